// Figures as a Markdown table, and the inserts a second as a plot in SVG.
import type { Figure } from "./measure.ts";

export interface Section {
  name: string;
  figures: Figure[];
}

export function format(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}

export function table(sections: readonly Section[]): string {
  const lines = ["| what | figure | target | |", "| --- | ---: | ---: | --- |"];
  for (const { name, figures } of sections) {
    lines.push(`| **${name}** | | | |`);
    for (const { name: what, unit, value, target, met } of figures) {
      const indented = what.startsWith("  ") ? `&emsp;${what.trim()}` : what;
      const verdict = met === undefined ? "" : met ? "met" : "**missed**";
      lines.push(`| ${indented} | ${format(value)} ${unit} | ${target ?? ""} | ${verdict} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Horizontal bars from zero. */
export function plot(title: string, bars: readonly { label: string; value: number; ours: boolean }[]): string {
  const width = 760;
  const left = 330;
  const row = 26;
  const height = 54 + bars.length * row;
  const high = Math.max(...bars.map((bar) => bar.value));
  const x = (value: number) => left + (value / high) * (width - left - 80);
  const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const rows = bars.map(({ label, value, ours }, i) => {
    const y = 40 + i * row;
    return (
      `<text x="${left - 8}" y="${y + 14}" text-anchor="end">${escaped(label)}</text>` +
      `<rect x="${left}" y="${y}" width="${(x(value) - left).toFixed(1)}" height="18" fill="${ours ? "#0b6e4f" : "#9aa5b1"}"/>` +
      `<text x="${(x(value) + 6).toFixed(1)}" y="${y + 14}">${format(value)}</text>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${escaped(title)}">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="16" y="22" font-size="15" font-weight="600">${escaped(title)}</text>
${rows.join("\n")}
</svg>
`;
}
