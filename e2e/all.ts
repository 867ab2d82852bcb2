// Every run that CI makes, one after the other, each in a process group of its own with a hard limit. A run whose host
// can't be had now (a registry that does not answer) is said so and passed by; a check that fails makes this fail.
// Nothing is tried twice. `node e2e/all.ts [script ...]`
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { REPOSITORY } from "./hosts/install.ts";
import { NOT_RUN } from "./lib/not-run.ts";

/** Minutes, its host's installation included: several times of what a slow machine with two processors needs. */
const LIMITS: Readonly<Record<string, number>> = { trouble: 5, "claude-code": 12, codex: 12, openclaw: 35 };

let running: ChildProcess | undefined;

/** The whole group: a host leaves processes of its own behind when its parent is killed. */
function kill(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

async function runOf(name: string): Promise<string> {
  const minutes = LIMITS[name];
  if (minutes === undefined) throw new RangeError(`no run ${name}: one of ${Object.keys(LIMITS).join(", ")}`);
  console.log(`--- e2e: ${name}`);
  const script = join(REPOSITORY, "e2e", `${name}.ts`);
  const child = spawn(process.execPath, [script], { detached: true, stdio: ["ignore", "inherit", "inherit"] });
  running = child;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill(child);
  }, minutes * 60_000);
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  clearTimeout(timer);
  kill(child);
  if (late) return `FAILED: not done within ${minutes} minutes`;
  if (code === NOT_RUN) return "not run (why stands above)";
  return code === 0 ? "passed" : `FAILED (${signal ?? code})`;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    if (running !== undefined) kill(running);
    process.exit(1);
  });
}

const names = process.argv.slice(2);
const results: string[] = [];
for (const name of names.length > 0 ? names : Object.keys(LIMITS)) {
  const started = performance.now();
  const result = await runOf(name);
  results.push(`e2e: ${name}: ${result}, ${Math.round((performance.now() - started) / 1000)} s`);
  console.log(results.at(-1));
}
console.log(["--- e2e, all", ...results].join("\n"));
process.exit(results.some((line) => line.includes("FAILED")) ? 1 : 0);
