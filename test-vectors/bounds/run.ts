// Measures what hostile files cost the verifiers: `node test-vectors/bounds/run.ts [word of a name]... [--size MiB]`.
// Prints a table: processor seconds and megabytes of TypeScript and Python, and how the time grows from half the size. Exit
// code 1 where TypeScript needs over 300 MB, or one of them more than 2.6 times the time for twice the bytes.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hostileInputs, smallBundle } from "./inputs.ts";

const MOST_MEGABYTES = 300;
const MOST_GROWTH = 2.6;
/** Seconds: below, the growth is noise. */
const LEAST = 1;

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const audit = path("../../packages/cli/bin/audit.js");
const verify = path("../verify.py");
/** Prints its own cost as the last line of stderr. */
const tellNode = `process.on("exit", () => { const r = process.resourceUsage();
require("node:fs").writeSync(2, "\\ncost " + (r.userCPUTime + r.systemCPUTime) / 1e6 + " " + r.maxRSS / 1024 + "\\n"); });`;
const tellPython = `import atexit, os, resource, runpy, sys
def tell():
    used = resource.getrusage(resource.RUSAGE_SELF)
    sys.stderr.write(f"\\ncost {used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024}\\n")
atexit.register(tell)
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")`;

interface Cost {
  seconds: number;
  megabytes: number;
  code: number | null;
}

const folder = mkdtempSync(join(tmpdir(), "sealtrail-bounds-"));
writeFileSync(join(folder, "tell.cjs"), tellNode);
writeFileSync(join(folder, "bundle.json"), smallBundle);

function cost(program: string, args: readonly string[]): Cost {
  const env = { ...process.env, SEALTRAIL_DB: join(folder, "none.db"), HOME: folder };
  const { stderr, status } = spawnSync(program, args, { cwd: folder, env, encoding: "utf8", maxBuffer: 2 ** 28 });
  const said = /\ncost ([0-9.e-]+) ([0-9.e-]+)\n$/.exec(stderr);
  // Killed, or out of memory: no limit is kept.
  if (said === null) return { seconds: Number.POSITIVE_INFINITY, megabytes: Number.POSITIVE_INFINITY, code: status };
  return { seconds: Number(said[1]), megabytes: Number(said[2]), code: status };
}

const typescript = (args: readonly string[]) =>
  cost(process.execPath, ["-r", join(folder, "tell.cjs"), audit, ...args]);
const python = (args: readonly string[]) => cost("python3", ["-B", "-c", tellPython, verify, ...args]);

const { values, positionals } = parseArgs({ allowPositionals: true, options: { size: { type: "string" } } });
const size = Number(values.size ?? 16) * 2 ** 20;
let bad = 0;

try {
  const startNode = typescript(["--version"]).seconds;
  const startPython = python(["--version"]).seconds;
  console.log("                                        TypeScript              Python");
  console.log("file                                    s     MB   growth exit  s     MB   growth exit");
  for (const { name, make, audit, python: ask } of hostileInputs()) {
    if (positionals.length > 0 && !positionals.some((word) => name.includes(word))) continue;
    const file = join(folder, "input");
    const at = (bytes: number, run: typeof typescript, args: (file: string) => string[]) => {
      // No more than 16 MiB: what is larger is refused unread.
      writeFileSync(file, make(Math.floor(bytes * 0.98) - 8_192));
      return run(args(file));
    };
    const row = [name.padEnd(38)];
    for (const [run, args, start] of [
      [typescript, audit, startNode],
      [python, ask, startPython],
    ] as const) {
      if (args === undefined) continue;
      const { seconds, megabytes, code } = at(size, run, args);
      const half = seconds - start < LEAST ? undefined : at(size / 2, run, args).seconds - start;
      const growth = half === undefined ? undefined : (seconds - start) / Math.max(half, LEAST / 4);
      const isBad =
        (run === typescript && megabytes > MOST_MEGABYTES) || (growth ?? 0) > MOST_GROWTH || !Number.isFinite(seconds);
      if (isBad) bad++;
      const cells = [
        seconds.toFixed(1).padStart(5),
        megabytes.toFixed(0).padStart(5),
        (growth?.toFixed(2) ?? "-").padStart(6),
      ];
      row.push(`${cells.join("  ")}  ${String(code).padStart(3)}${isBad ? " !" : "  "}`);
    }
    console.log(row.join(" "));
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(bad === 0 ? "all within bounds" : `${bad} out of bounds`);
process.exitCode = bad === 0 ? 0 : 1;
