// Has random cases judged by both verifiers. Alone: `npx node test-vectors/agree/run.ts [cases] [seed]`; prints what differs.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { randomCase, seedsOf } from "./cases.ts";
import { type Case, judge } from "./judge.ts";
import { Random } from "./random.ts";

export const folder = new URL("../", import.meta.url);
const script = fileURLToPath(new URL("verify.py", folder));

export interface PythonRun {
  status: number | null;
  /** All lines that it printed. */
  out: string;
  lastLine: string;
}

/** Runs a script of the folder; on trouble its error output is part of `out`. */
export function python(args: readonly string[], path = script): PythonRun {
  const { status, stdout, stderr } = spawnSync(interpreter() || "python3", ["-B", path, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  const out = `${stdout}${stderr}`;
  return { status, out, lastLine: stdout.trimEnd().split("\n").at(-1) ?? "" };
}

let found: { readonly path: string | undefined } | undefined;

/**
 * The program behind `python3`, where it is 3.9 or newer. Asked once: with a version manager `python3` is a shell script
 * that takes longer than most runs of verify.py.
 */
function interpreter(): string | undefined {
  const script = "import sys; print(sys.executable); sys.exit(0 if sys.version_info >= (3, 9) else 1)";
  if (found === undefined) {
    const { status, stdout } = spawnSync("python3", ["-c", script], { encoding: "utf8" });
    found = { path: status === 0 ? stdout.trim() : undefined };
  }
  return found.path;
}

export function hasPython(): boolean {
  return interpreter() !== undefined;
}

export interface Agreement {
  /** How many cases of each kind and verdict (its code) there were. */
  verdicts: Map<string, number>;
  run: PythonRun;
}

/** Writes `count` random cases with the TypeScript verdicts as their expectation, and has Python judge them. */
export async function compare(count: number, seed: number): Promise<Agreement> {
  const random = new Random(seed);
  const seeds = seedsOf(folder);
  const files = new Map<string, Case[]>();
  const verdicts = new Map<string, number>();
  for (let n = 0; n < count; n++) {
    const [kind, made] = randomCase(seeds, random);
    // Through JSON first: both sides judge what stands in the file.
    const of: Case = JSON.parse(JSON.stringify({ ...made, name: `seed ${seed}, case ${n}` }));
    of.expect = await judge(kind, of);
    const list = files.get(kind) ?? [];
    list.push(of);
    files.set(kind, list);
    const verdict = `${kind}: ${of.expect.code ?? of.expect.verdict ?? of.expect.relation ?? "ok"}`;
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  }
  return { verdicts, run: runOn(files) };
}

/** Writes cases as vector files and has Python judge them. */
export function runOn(files: ReadonlyMap<string, readonly Case[]>): PythonRun {
  const directory = mkdtempSync(join(tmpdir(), "sealtrail-agree-"));
  try {
    for (const [kind, cases] of files) {
      mkdirSync(join(directory, kind));
      writeFileSync(
        join(directory, kind, "random.json"),
        JSON.stringify({ format: "sealtrail-vectors/1", kind, cases }),
      );
    }
    return python([directory]);
  } finally {
    if (process.env.KEEP_CASES) console.log(`kept: ${directory}`);
    else rmSync(directory, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const count = Number(process.argv[2] ?? 20_000);
  const first = Number(process.argv[3] ?? Date.now() % 2 ** 31);
  const verdicts = new Map<string, number>();
  let failed = false;
  // In slices, so that a long run holds no more than one of them.
  for (let done = 0, seed = first; done < count; done += 10_000, seed++) {
    const part = await compare(Math.min(10_000, count - done), seed);
    for (const [verdict, n] of part.verdicts) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + n);
    console.log(`seed ${seed}: ${part.run.status === 0 ? part.run.lastLine : part.run.out.slice(0, 20_000)}`);
    failed ||= part.run.status !== 0;
  }
  console.log(
    [...verdicts]
      .sort()
      .map(([verdict, n]) => `${n} ${verdict}`)
      .join("\n"),
  );
  process.exitCode = failed ? 1 : 0;
}
