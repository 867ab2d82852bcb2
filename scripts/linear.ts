// Proves that the patterns that read hosts' texts take linear time: npm run check:patterns
//
// Each pattern is read by `recheck`, whose automaton proof knows no counters. So it is given a form that is at least as costly:
// a repetition within bounds becomes one without an upper bound, a fixed count becomes a small one, what looks around is left
// out, and a character that never comes is asked for at the end, so that every way to match is tried. If that form is linear
// from where it begins, the pattern itself does a bounded amount of work at each place of a text.
import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { check } from "recheck";

/** Packages whose patterns meet texts of hosts and models. */
const PACKAGES = ["redact", "shell", "sources", "trail"];
const packages = fileURLToPath(new URL("../packages/", import.meta.url));

interface Pattern {
  readonly name: string;
  readonly source: string;
  readonly flags: string;
}

/** What the token formats ask for behind their literals; the engine tries it at the end of a literal and nowhere else. */
async function formats(): Promise<Pattern[]> {
  const { FORMATS } = await import("../packages/redact/dist/detectors/index.js");
  return FORMATS.map(({ name, rest, anyCase }) => ({ name, source: `:${rest}`, flags: anyCase === true ? "i" : "" }));
}

/** Those that are put together while the modules load, by watching the constructor. */
async function built(): Promise<Pattern[]> {
  const found = new Map<string, Pattern>();
  const plain = globalThis.RegExp;
  globalThis.RegExp = new Proxy(plain, {
    construct(target, [source, flags = ""]: [string | RegExp, string?], newTarget) {
      const made = Reflect.construct(target, [source, flags], newTarget) as RegExp;
      found.set(`${made}`, { name: "built", source: made.source, flags: made.flags });
      return made;
    },
  });
  try {
    for (const name of PACKAGES) await import(`../packages/${name}/dist/index.js`);
  } finally {
    globalThis.RegExp = plain;
  }
  return [...found.values()];
}

/** Regular expressions as they are written in the sources. */
function written(): Pattern[] {
  const found = new Map<string, Pattern>();
  for (const name of PACKAGES) {
    const folder = join(packages, name, "src");
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts") || file.startsWith("detectors")) continue;
      const code = readFileSync(join(folder, file), "utf8").replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");
      const expression =
        /(?<=[=(,:!&|?[\]{}\s])\/(?![*/])((?:\\.|\[(?:\\.|[^\]\\\n])+\]|[^/\\\n[])+)\/([dgimsuvy]*)(?=[\s.,;)\]:?])/g;
      for (const [, source, flags] of code.matchAll(expression))
        found.set(`${source}/${flags}`, { name: `${name}/${file}`, source: source!, flags: flags! });
    }
  }
  return [...found.values()];
}

/** The costlier form that the proof is made for. */
export function relaxed(source: string): string {
  let out = "";
  for (let i = 0; i < source.length; ) {
    const rest = source.slice(i);
    const around = /^\(\?<?[=!]/.test(rest) ? groupAt(source, i) : 0;
    const unit = /^\\[bB]|^[$^]/.exec(rest)?.[0].length ?? 0;
    const piece = /^(?:\\.|\[(?:\\.|[^\]\\])*\])/s.exec(rest)?.[0];
    const count = /^\{(\d+)(,?)(\d*)\}\??/.exec(rest);
    if (around > 0) i += around;
    else if (unit > 0) i += unit;
    else if (piece !== undefined) {
      out += piece;
      i += piece.length;
    } else if (count !== null) {
      const [whole, least, comma, most] = count;
      // An end that is near is no loop: `{1,8}` stays one with an end.
      const low = Math.min(Number(least), comma === "" ? 3 : 1);
      if (comma === "") out += `{${low}}`;
      else out += most !== "" && Number(most) <= 8 ? `{${low},2}` : `{${low},}`;
      i += whole.length;
    } else out += source[i++];
  }
  return out;
}

/** The length of the group that begins at `start`. */
function groupAt(source: string, start: number): number {
  let depth = 0;
  for (let i = start; i < source.length; i++) {
    if (source[i] === "\\") i++;
    else if (source[i] === "[") i += /^\[(?:\\.|[^\]\\])*/s.exec(source.slice(i))![0].length;
    else if (source[i] === "(") depth++;
    else if (source[i] === ")" && --depth === 0) return i + 1 - start;
  }
  return source.length - start;
}

async function main(): Promise<void> {
  const tokens = await formats();
  const known = new Set(tokens.map(({ source }) => source.slice(1)));
  // The engine's own expressions of the token formats are those already.
  const patterns = [...tokens, ...(await built()).filter(({ source }) => !known.has(source)), ...written()];
  /** Many patterns have the same form. */
  const forms = new Map<string, Pattern[]>();
  for (const pattern of patterns) {
    const form = `${pattern.flags.replace(/[gyd]/g, "")}/^(?:${relaxed(pattern.source)})\\x00`;
    forms.set(form, [...(forms.get(form) ?? []), pattern]);
  }
  const open = [...forms];
  const bad: string[] = [];
  const started = performance.now();
  const work = async (): Promise<void> => {
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      const [form, of] = one;
      const slash = form.indexOf("/");
      const begun = performance.now();
      const found = await check(form.slice(slash + 1), form.slice(0, slash), {
        timeout: 60_000,
        checker: "automaton",
      });
      if (process.argv.includes("--times")) console.log(Math.round(performance.now() - begun), "ms", form);
      if (found.status === "safe") continue;
      const proof = "complexity" in found ? found.complexity?.summary : undefined;
      for (const { name, source, flags } of of)
        bad.push(`${name}: /${source}/${flags}: ${found.status}, ${proof ?? "no proof"}`);
    }
  };
  await Promise.all(Array.from({ length: cpus().length }, work));
  for (const line of bad) console.error(line);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${patterns.length} patterns of ${forms.size} forms in ${seconds} s, ${bad.length} not proven linear`);
  process.exitCode = bad.length === 0 ? 0 : 1;
}

await main();
