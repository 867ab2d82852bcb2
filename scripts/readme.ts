// Runs every `console` block of the README in one shell, in order, and holds what it prints against what stands there. The shell
// has an empty home and nothing in its environment but the path, so that a reader's does the same. The README's program stands in
// the checkout meanwhile, under the name that the README gives it, and is checked against the types of what it imports.
// `--write` puts in what was seen. Hashes, ids, times and sizes differ from run to run, so they are compared by shape.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Step {
  command: string;
  /** Lines of the README that hold the expected output. */
  from: number;
  to: number;
}

const file = "README.md";
const lines = readFileSync(file, "utf8").split("\n");
const steps = findSteps(lines);
const program = "check.mjs";
if (existsSync(program)) throw new Error(`${program} is there already: move it out of the way`);
writeFileSync(program, programIn(lines));
let seen: string[][];
try {
  checkTypes(program);
  seen = run(steps.map((step) => step.command));
} finally {
  rmSync(program);
}

if (process.argv.includes("--write")) {
  for (const [i, step] of [...steps.entries()].reverse()) lines.splice(step.from, step.to - step.from, ...seen[i]);
  writeFileSync(file, lines.join("\n"));
  console.log(`${file}: the output of ${steps.length} commands written`);
} else {
  let failed = 0;
  for (const [i, step] of steps.entries()) {
    const expected = shape(lines.slice(step.from, step.to));
    const got = shape(seen[i]);
    if (expected === got) continue;
    failed++;
    console.log(`${file}:${step.from}: ${step.command}\n--- expected\n${expected}\n--- printed\n${got}\n`);
  }
  console.log(`README commands: ${steps.length - failed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
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

/** The one `js` block. */
function programIn(text: string[]): string {
  const from = text.indexOf("```js");
  const to = text.indexOf("```", from + 1);
  if (from < 0 || to < 0) throw new Error(`${file}: no program`);
  return `${text.slice(from + 1, to).join("\n")}\n`;
}

function checkTypes(name: string): void {
  const options = "--noEmit --allowJs --checkJs --strict --skipLibCheck --target es2022 --module nodenext --types node";
  const ran = spawnSync("npx", ["tsc", "--ignoreConfig", ...options.split(" "), name], { encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`${file}: the program's types are wrong:\n${ran.stdout}${ran.stderr}`);
}

function run(commands: string[]): string[][] {
  const home = mkdtempSync(join(tmpdir(), "sealtrail-readme-"));
  const mark = "=====sealtrail-readme=====";
  const script = commands.map((command) => `${command}\nprintf '%s\\n' ${mark}`).join("\n");
  const env = { HOME: home, PATH: process.env.PATH, TMPDIR: home, TZ: "UTC" };
  try {
    const result = spawnSync("bash", ["-c", `exec 2>&1\n${script}`], {
      env,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    const parts = result.stdout.split(`${mark}\n`);
    if (parts.length !== commands.length + 1)
      throw new Error(`the shell stopped early:\n${result.stdout.slice(-2000)}`);
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
