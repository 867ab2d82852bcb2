// Every run that CI makes, each in a process group of its own with a hard limit. Claude Code runs beside Codex and the
// trouble run, because they mostly wait, and the executable is built in the same time. OpenClaw is installed meanwhile and runs alone: its gateway gives up where a start
// takes over five seconds. What a run prints is kept until it ends, so that two runs do not mix. A run whose host can't be had now (a registry that does not answer) is said so and passed
// by; a check that fails makes this fail. Nothing is tried twice. `node e2e/all.ts [script ...]`
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { REPOSITORY } from "./hosts/install.ts";
import { NOT_RUN } from "./lib/not-run.ts";

/** Minutes, its host's installation included: several times of what a slow machine with two processors needs. */
const LIMITS: Readonly<Record<string, number>> = {
  "claude-code": 12,
  trouble: 5,
  codex: 12,
  executable: 5,
  openclaw: 35,
};

const running = new Set<ChildProcess>();

/** The whole group: a host leaves processes of its own behind when its parent is killed. */
function kill(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

/** One run: what it printed and how it ended. */
async function runOf(name: string): Promise<{ readonly output: string; readonly result: string }> {
  const minutes = LIMITS[name];
  if (minutes === undefined) throw new RangeError(`no run ${name}: one of ${Object.keys(LIMITS).join(", ")}`);
  const started = performance.now();
  const script = join(REPOSITORY, "e2e", `${name}.ts`);
  const child = spawn(process.execPath, [script], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => printed.push(chunk));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill(child);
  }, minutes * 60_000);
  const closed = once(child, "close");
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  clearTimeout(timer);
  kill(child);
  running.delete(child);
  // What is still in the pipes; a process outside the group may hold them open for ever.
  await Promise.race([closed, sleep(2000, undefined, { ref: false })]);
  const seconds = Math.round((performance.now() - started) / 1000);
  const result = late
    ? `FAILED: not done within ${minutes} minutes`
    : code === NOT_RUN
      ? "not run (why stands above)"
      : code === 0
        ? "passed"
        : `FAILED (${signal ?? code})`;
  return { output: Buffer.concat(printed).toString(), result: `e2e: ${name}: ${result}, ${seconds} s` };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const child of running) kill(child);
    process.exit(1);
  });
}

const results: string[] = [];

async function lane(names: readonly string[]): Promise<void> {
  for (const name of names) {
    console.log(`--- e2e: ${name} started`);
    const { output, result } = await runOf(name);
    console.log(`--- e2e: ${name}\n${output.trimEnd()}\n${result}`);
    results.push(result);
  }
}

/** Puts the host into the cache. Where that fails, its own run installs it and says what is wrong. */
async function installAhead(name: string): Promise<void> {
  const script = join(REPOSITORY, "e2e", "hosts", "install.ts");
  const child = spawn(process.execPath, [script, name], { detached: true, stdio: "ignore" });
  running.add(child);
  await once(child, "exit");
  running.delete(child);
}

const names = process.argv.slice(2);
const chosen = names.length > 0 ? names : Object.keys(LIMITS);
const beside = ["trouble", "codex", "executable"].filter((name) => chosen.includes(name));
await Promise.all([
  lane(chosen.filter((name) => name === "claude-code")),
  lane(beside),
  chosen.includes("openclaw") ? installAhead("openclaw") : undefined,
]);
await lane(chosen.filter((name) => name !== "claude-code" && !beside.includes(name)));
console.log(["--- e2e, all", ...results].join("\n"));
process.exit(results.some((line) => line.includes("FAILED")) ? 1 : 0);
