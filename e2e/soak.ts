// Half an hour of everything at once on one trail: hooks, a followed log, anchors on a local network, exports and verifications.
// Are the long-running processes' memory and the write-ahead log bounded, is every verdict right, is everything there at the end?
// `npm run soak [-- minutes]`. Prints a table; ends with 1 where a bound is broken.
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { PythonVerifier } from "../packages/cli/test/support/lives/python.ts";
import { REPOSITORY } from "./hosts/install.ts";
import { hookPayload } from "./lib/hook-payload.ts";
import { Report, rowsOf } from "./lib/report.ts";

const minutes = Number(process.argv[2] ?? 30);
/** SQLite empties the log at 16,000 pages of 4 KiB, when no reader is in the way. */
const mostWal = 128 << 20;
/** By how much a process may be larger in the last third of the run than in the second. */
const mostGrowth = { factor: 1.2, bytes: 24 << 20 };

const audit = join(REPOSITORY, "packages/cli/bin/audit.js");
const folder = mkdtempSync(join(tmpdir(), "sealtrail-soak-"));
const db = join(folder, "audit.db");
const log = join(folder, "agent.ndjson");
const report = new Report();

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly milliseconds: number;
}

let env: Record<string, string> = { HOME: folder, PATH: process.env.PATH ?? "", SEALTRAIL_API_KEY: "local-key" };

function run(argv: readonly string[], input = ""): Promise<Ended> {
  const began = performance.now();
  const child = spawn(process.execPath, [audit, ...argv, "--db", db], { cwd: folder, env, stdio: "pipe" });
  const said = { out: "", err: "" };
  child.stdout.on("data", (piece) => {
    said.out += piece;
  });
  child.stderr.on("data", (piece) => {
    said.err += piece;
  });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.on("close", (code) => resolve({ code, ...said, milliseconds: performance.now() - began }));
  });
}

async function well(argv: readonly string[], input = ""): Promise<Ended> {
  const ended = await run(argv, input);
  if (ended.code !== 0) throw new Error(`audit ${argv.join(" ")}: exit ${ended.code}: ${ended.out}${ended.err}`);
  return ended;
}

interface Long {
  readonly name: string;
  readonly child: ChildProcess;
  readonly rss: number[];
  ended: boolean;
  err: string;
}

function long(name: string, argv: readonly string[]): Long {
  const child = spawn(process.execPath, argv, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const made: Long = { name, child, rss: [], ended: false, err: "" };
  child.stderr?.on("data", (piece) => {
    made.err = `${made.err}${piece}`.slice(-2_000);
  });
  child.stdout?.resume();
  child.on("close", () => {
    made.ended = true;
  });
  return made;
}

/** Bytes that a process holds in memory; undefined where the system does not say. */
function rssOf(pid: number | undefined): number | undefined {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
  } catch {
    return undefined;
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
const at = (sorted: readonly number[], part: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
const mib = (bytes: number): string => (bytes / (1 << 20)).toFixed(1);

async function startNetwork(): Promise<Long> {
  const program = join(REPOSITORY, "private/devkit/dist/local-network/main.js");
  const made = long("network server", [program, "--port", "0"]);
  const url = await new Promise<string>((resolve, reject) => {
    let said = "";
    made.child.stdout?.on("data", (piece) => {
      said += piece;
      const found = /DE_TEST_URL=(\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    made.child.on("close", () => reject(new Error(`the local network ended: ${made.err}`)));
  });
  env = { ...env, DE_TEST_URL: url };
  return made;
}

const network = await startNetwork();
await well(["init"]);
await well(["keygen"]);
writeFileSync(
  join(folder, "config.json"),
  JSON.stringify({ format: "sealtrail-config/1", anchor: "test", anchorEveryEvents: 200, anchorEverySeconds: 60 }),
);
writeFileSync(log, "");
const follow = long("follow", [audit, "ingest", "ndjson", log, "--follow", "--db", db]);
const watch = long("anchor watch", [audit, "anchor", "watch", "--every", "5s", "--db", db]);
const longs = [follow, watch, network];

const until = performance.now() + minutes * 60_000;
const goesOn = (): boolean => performance.now() < until;
let [lines, hooks] = [0, 0];
const counts = { verifies: 0, exports: 0 };
const wrong: string[] = [];
const hookMs: number[] = [];
const walBytes: number[] = [];

async function writeLog(): Promise<void> {
  while (goesOn()) {
    let text = "";
    for (let n = 0; n < 5; n++) {
      text += `${JSON.stringify({ type: "tool.invoked", sessionId: `s${lines % 7}`, description: `line-${lines++}`, metadata: { toolName: "exec", args: { command: "x".repeat(200) } } })}\n`;
    }
    appendFileSync(log, text);
    await pause(500);
  }
}

async function hook(): Promise<void> {
  while (goesOn()) {
    const id = `hook-${hooks++}`;
    const { code, out, err, milliseconds } = await run(["hook", "claude-code"], hookPayload("soak", id));
    hookMs.push(milliseconds);
    if (code !== 0 || out !== "" || err !== "") wrong.push(`hook: exit ${code}: ${out}${err}`);
    await pause(300);
  }
}

async function verify(): Promise<void> {
  while (goesOn()) {
    const { code, out, err } = await run(["verify", "--json"]);
    counts.verifies++;
    // 2: nothing is in it yet.
    if (code !== 0 && !(code === 2 && /"empty"/.test(out))) wrong.push(`verify: exit ${code}: ${out}${err}`);
    await pause(5_000);
  }
}

async function exportAndVerify(): Promise<void> {
  const file = join(folder, "soak.ndjson");
  while (goesOn()) {
    await pause(10_000);
    const made = await run(["export", "ndjson", "--with-salts", "--include-content", "--out", file]);
    if (made.code !== 0) wrong.push(`export: exit ${made.code}: ${made.err}`);
    const { code, out, err } = await run(["verify", "--from", file, "--json"]);
    counts.exports++;
    if (code !== 0 && !(code === 2 && /"empty"/.test(out))) wrong.push(`verify --from: exit ${code}: ${out}${err}`);
    rmSync(file, { force: true });
  }
}

async function measure(): Promise<void> {
  while (goesOn()) {
    await pause(Math.min(5_000, minutes * 1_000));
    walBytes.push(sizeOf(`${db}-wal`));
    for (const one of longs) {
      const rss = rssOf(one.child.pid);
      if (rss !== undefined && !one.ended) one.rss.push(rss);
    }
  }
}

await Promise.all([writeLog(), hook(), hook(), verify(), exportAndVerify(), measure()]);

for (const one of [follow, watch]) report.check(`${one.name} still runs`, !one.ended, one.err);
// It may be behind what was written last.
for (let tries = 0; tries < 60 && !follow.ended; tries++) {
  if (rowsOf(db).some(({ description }) => description === `line-${lines - 1}`)) break;
  await pause(1_000);
}
for (const one of [follow, watch]) {
  one.child.kill("SIGINT");
  while (!one.ended) await pause(50);
}
await well(["due", "--all"]).catch(() => {});
await well(["anchor", "now"]);

const rows = rowsOf(db);
const linesSeen = rows
  .map(({ description }) => /^line-\d+$/.exec(description)?.[0])
  .filter((word) => word !== undefined);
const hooksSeen = rows.map(({ metadata }) => metadata.toolCallId).filter((id) => /^hook-\d+$/.test(String(id)));
report.equal("lines of the followed log, each once", [linesSeen.length, new Set(linesSeen).size], [lines, lines]);
report.equal("hooks, each once", [hooksSeen.length, new Set(hooksSeen).size], [hooks, hooks]);
report.equal("false verdicts and commands that failed", wrong, []);
const verified = JSON.parse((await well(["verify", "--json"])).out);
report.equal("verify at the end", verified.status, "verified");
report.check(
  `anchor statements, the newest of checkpoint ${verified.anchors.anchoredVersion}: ${verified.anchors.checked}`,
  verified.anchors.checked > 0 && verified.anchors.anchoredVersion > 0,
  verified.anchors,
);
const whole = join(folder, "whole.ndjson");
await well(["export", "ndjson", "--with-salts", "--include-content", "--out", whole]);
report.equal("the export at the end, by TypeScript", (await run(["verify", "--from", whole])).code, 0);
const python = new PythonVerifier();
report.check("the export at the end, by Python", (await python.verify(whole))?.ok !== false);
python.end();
network.child.kill("SIGINT");

const table: string[][] = [["", "middle third", "last third", "most"]];
for (const { name, rss } of longs) {
  const third = Math.floor(rss.length / 3);
  const [middle, last] = [at(sorted(rss.slice(third, 2 * third)), 0.5), at(sorted(rss.slice(-third)), 0.5)];
  table.push([`memory of ${name}, MiB`, mib(middle), mib(last), mib(Math.max(...rss))]);
  // In a run of a minute or two a process has not yet grown to its size.
  if (minutes >= 5 && third > 0) {
    report.check(`memory of ${name} is flat`, last <= middle * mostGrowth.factor + mostGrowth.bytes, [middle, last]);
  }
}
const walThird = Math.floor(walBytes.length / 3);
table.push([
  "write-ahead log, MiB",
  mib(Math.max(0, ...walBytes.slice(walThird, 2 * walThird))),
  mib(Math.max(0, ...walBytes.slice(-walThird))),
  mib(Math.max(...walBytes)),
]);
report.check(`the write-ahead log stays below ${mib(mostWal)} MiB`, Math.max(...walBytes) < mostWal);
const hookTimes = sorted(hookMs);
console.log(
  [
    "",
    `${minutes} minutes: ${rows.length} events (${lines} lines followed, ${hooks} hooks), ${verified.anchors.checked} anchors, ${counts.verifies} verifies, ${counts.exports} exports verified, database ${mib(sizeOf(db))} MiB`,
    `hook: p50 ${at(hookTimes, 0.5).toFixed(0)} ms, p95 ${at(hookTimes, 0.95).toFixed(0)} ms, p99 ${at(hookTimes, 0.99).toFixed(0)} ms, most ${at(hookTimes, 1).toFixed(0)} ms`,
    ...table.map((cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(34) : cell.padStart(14))).join("")),
    "",
  ].join("\n"),
);
if (process.env.E2E_KEEP !== "1") rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
process.exit(report.end());
