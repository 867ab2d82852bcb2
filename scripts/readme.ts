// Runs every `console` block of the README and of the pages for operators, auditors and integrators, and compares what it prints
// with what stands there. Each page has one shell for all its blocks, with an empty home and nothing but the path in its
// environment, as a reader's has. The programs of a page (its `js` blocks) stand in the checkout meanwhile, under the name in
// their first line, and are checked against the types of what they import.
// `--write` puts in what was seen. Hashes, ids, times and sizes differ from run to run, so they are compared by shape.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

interface Step {
  command: string;
  /** Lines of the page that hold the expected output. */
  from: number;
  to: number;
}

const pages = ["README.md", "docs/operators.md", "docs/auditors.md", "docs/integrators.md"];
const texts = pages.map((page) => readFileSync(page, "utf8").split("\n"));
const programs = texts.flatMap(findPrograms);
for (const { name } of programs)
  if (existsSync(name)) throw new Error(`${name} is there already: move it out of the way`);
for (const { name, text } of programs) writeFileSync(name, text);
try {
  checkTypes(programs.map(({ name }) => name));
  const results = await Promise.all(pages.map((page, i) => check(page, texts[i]!)));
  const failed = results.reduce((sum, count) => sum + count, 0);
  console.log(`commands of ${pages.join(", ")}: ${failed} differ`);
  process.exitCode = failed ? 1 : 0;
} finally {
  for (const { name } of programs) rmSync(name);
}

/** Resolves with the number of commands that print something else; with `--write`, puts in what they print. */
async function check(page: string, lines: string[]): Promise<number> {
  const steps = findSteps(lines);
  const seen = await run(steps.map((step) => step.command));
  const differing = [...steps.entries()].filter(
    ([i, step]) => shape(lines.slice(step.from, step.to)) !== shape(seen[i]!),
  );
  if (process.argv.includes("--write")) {
    for (const [i, step] of differing.reverse()) lines.splice(step.from, step.to - step.from, ...seen[i]!);
    writeFileSync(page, lines.join("\n"));
    console.log(`${page}: the output of ${differing.length} of ${steps.length} commands written`);
    return 0;
  }
  for (const [i, step] of differing) {
    const expected = shape(lines.slice(step.from, step.to));
    console.log(`${page}:${step.from}: ${step.command}\n--- expected\n${expected}\n--- printed\n${shape(seen[i]!)}\n`);
  }
  return differing.length;
}

function findSteps(text: string[]): Step[] {
  const found: Step[] = [];
  let inside = false;
  for (const [i, line] of text.entries()) {
    if (line.startsWith("```")) {
      inside = line === "```console";
      if (found.length > 0 && found[found.length - 1].to < 0) found[found.length - 1].to = i;
    } else if (inside && line.startsWith("$ ")) {
      const last = found[found.length - 1];
      if (last && last.to < 0) last.to = i;
      found.push({ command: line.slice(2), from: i + 1, to: -1 });
    }
  }
  return found;
}

/** The `js` blocks whose first line is `// NAME.mjs`. */
function findPrograms(text: string[]): { name: string; text: string }[] {
  const found: { name: string; text: string }[] = [];
  for (const [i, line] of text.entries()) {
    const name = line === "```js" ? /^\/\/ (\w+\.mjs)$/.exec(text[i + 1])?.[1] : undefined;
    if (name !== undefined) found.push({ name, text: `${text.slice(i + 1, text.indexOf("```", i)).join("\n")}\n` });
  }
  return found;
}

function checkTypes(names: string[]): void {
  const options = "--noEmit --allowJs --checkJs --strict --skipLibCheck --target es2022 --module nodenext --types node";
  const ran = spawnSync("npx", ["tsc", "--ignoreConfig", ...options.split(" "), ...names], { encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`a program's types are wrong:\n${ran.stdout}${ran.stderr}`);
}

async function run(commands: string[]): Promise<string[][]> {
  const home = mkdtempSync(join(tmpdir(), "sealtrail-readme-"));
  const mark = "=====sealtrail-readme=====";
  const script = commands.map((command) => `${command}\nprintf '%s\\n' ${mark}`).join("\n");
  const env = { HOME: home, PATH: process.env.PATH, TMPDIR: home, TZ: "UTC" };
  try {
    const shell = spawn("bash", ["-c", `exec 2>&1\n${script}`], { env, stdio: ["ignore", "pipe", "inherit"] });
    const printed = await text(shell.stdout);
    const parts = printed.split(`${mark}\n`);
    if (parts.length !== commands.length + 1) throw new Error(`the shell stopped early:\n${printed.slice(-2000)}`);
    return parts.slice(0, -1).map((part) =>
      part
        // What mktemp made stands in the home here, which goes away with it.
        .replace(new RegExp(`${home}/tmp\\.\\w+`, "g"), "/tmp/demo")
        .replaceAll(home, "~")
        .replace(/^npm warn .*\n/gm, "")
        .replace(/\n$/, "")
        .split("\n")
        .filter((l, _, all) => all.length > 1 || l !== ""),
    );
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function shape(text: string[]): string {
  return text
    .join("\n")
    .trim()
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uuid>")
    .replace(/\b[0-9a-f]{6,}…?/g, "<hex>")
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?/g, "<time>")
    .replace(/\d+(\.\d+)? ?(ms|s|kB|KiB|MiB|MB|B|bytes|us)\b/g, "<size>")
    .replace(/"bitmap":"[0-9a-f]*"/g, '"bitmap":"<hex>"')
    .replace(/"depth":\d+/g, '"depth":<n>')
    .replace(/ +/g, " ");
}
