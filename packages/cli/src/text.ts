/**
 * Text for people and for scripts. Descriptions, session names and file names come from whoever an agent talked to,
 * so nothing of them may reach a terminal as a control sequence or turn the reading order around.
 */

/** Control characters, format characters (bidirectional overrides, zero-width, tags) and line separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** One line, safe for a terminal: white space of any kind becomes a blank, everything else unsafe is dropped. */
export function clean(text: string): string {
  return text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, " ").replace(UNSAFE, "");
}

/** JSON on one line. Nothing is lost: what a terminal could obey is written as `\uXXXX`. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.replace(UNSAFE, (found) => {
    let escaped = "";
    for (let i = 0; i < found.length; i++) escaped += `\\u${found.charCodeAt(i).toString(16).padStart(4, "0")}`;
    return escaped;
  });
}

const two = (n: number): string => String(n).padStart(2, "0");

/** `2026-11-22 08:03:16`, in the reader's own time zone; JSON keeps UTC. */
export function localTime(iso: string | number): string {
  const d = new Date(iso);
  if (Number.isNaN(d.getTime())) return clean(String(iso));
  const day = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  return `${day} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** The same with its offset from UTC, for single values: `2026-11-22 08:03:16 +01:00`. */
export function localTimeZone(iso: string | number): string {
  const d = new Date(iso);
  if (Number.isNaN(d.getTime())) return clean(String(iso));
  const offset = -d.getTimezoneOffset();
  const size = Math.abs(offset);
  return `${localTime(iso)} ${offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

export function bytesForPeople(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let size = n;
  let unit = "B";
  for (const next of units) {
    if (size < 999.5) break;
    size /= 1000;
    unit = next;
  }
  return `${size < 9.95 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}

/** `1,234,567`: the same everywhere, whatever the locale. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** Cut to what fits, with an ellipsis. */
export function fit(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

/** A mark of `paint.ts`; it takes no width on the screen. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: no text that was cleaned holds it
const MARK = /\u0001[0-9a-f]+;\d{1,2}m/gu;

function widthOf(cell: string): number {
  return cell.replace(MARK, "").length;
}

/** Rows in aligned columns, two blanks apart. Cells must be clean already; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell + " ".repeat(widths[i]! - widthOf(cell))))
      .join("  ")
      .trimEnd(),
  );
}

/** The candidate that a mistyped word most likely meant: one edit away, two in longer words (a swap is one), else none. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = word.length <= 4 ? 2 : 3;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > 2 || word.length > 60) continue;
    const edits = editDistance(word, candidate);
    if (edits < fewest && edits < candidate.length) {
      fewest = edits;
      best = candidate;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}
