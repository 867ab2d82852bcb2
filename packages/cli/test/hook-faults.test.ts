// A hook whose own file operations fail, or that is killed right after one took effect, by strace: while it spools, while
// it takes the spool in, and while it puts a new trail in the place of a damaged one. The hooks after it must find
// everything in order: what it was given is on record once or counted as lost, unless it was killed before it had it.
// Here the most telling call of each situation; all of them are in `npm run faults`.
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Trail } from "@sealtrail/trail";
import { afterEach, beforeEach, expect, test } from "vitest";
import { recordPayload } from "../src/hook/record.js";

const AUDIT = fileURLToPath(new URL("../bin/audit.js", import.meta.url));
const traceable = spawnSync("strace", ["-qq", "-o", "/dev/null", "true"], { stdio: "ignore" }).status === 0;

const all = process.env.SEALTRAIL_FAULTS !== undefined;

let folder: string;
let db: string;
const { TMPDIR } = process.env;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealtrail-hook-faults-"));
  db = join(folder, "trail", "audit.db");
  mkdirSync(join(folder, "tmp"));
  mkdirSync(join(folder, "trail"), { mode: 0o700 });
  // The spool's second place is under the temporary folder.
  process.env.TMPDIR = join(folder, "tmp");
});
afterEach(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  rmSync(folder, { recursive: true });
});

function payload(id: string): Buffer {
  const call = { tool_name: "Bash", tool_input: {}, tool_use_id: id };
  return Buffer.from(JSON.stringify({ session_id: "s", hook_event_name: "PreToolUse", ...call }));
}

const env = () => ({ PATH: process.env.PATH, HOME: folder, USER: "tester", TMPDIR: join(folder, "tmp") });

/** A hook that meets no fault; in this process. */
const hook = (id: string) => recordPayload("claude-code", payload(id), { db, env: env(), now: Date.now });

/** A process of its own, traced. */
function traced(tracer: readonly string[]) {
  const [program, ...args] = [...tracer, process.execPath, AUDIT, "hook", "claude-code", "--db", db];
  return spawnSync(program!, args, { env: env(), cwd: folder, encoding: "utf8", input: payload("victim") });
}

/** The hook that the fault meets. Undefined when it makes fewer such calls; else whether it was killed. */
function victim(call: string, fault: string, nth: number): boolean | undefined {
  const log = join(folder, "strace.log");
  const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:${fault}:when=${nth}`];
  const { status, stdout, stderr } = traced(["strace", "-f", "-qq", "-o", log, ...inject]);
  const calls = readFileSync(log, "utf8");
  const killed = calls.includes("SIGABRT");
  if (!killed && !calls.includes("(INJECTED)")) return undefined;
  // Whatever fails, the agent does not notice.
  if (!killed) expect([status, stdout, stderr]).toEqual([0, "", ""]);
  return killed;
}

function onRecord() {
  const trail = Trail.open(db, { readOnly: true });
  try {
    const events = [...trail.events()];
    const calls = events.flatMap(({ metadata }) => (metadata?.toolCallId === undefined ? [] : [metadata.toolCallId]));
    const lost = events.filter(({ metadata }) => metadata?.reason === "spool-failed").map((e) => e.metadata!.count);
    return { first: events[0], calls, lost: lost.reduce((sum: number, n) => sum + Number(n), 0) };
  } finally {
    trail.close();
  }
}

function overwrite(bytes: Uint8Array): void {
  const handle = openSync(db, "r+");
  writeSync(handle, bytes, 0, bytes.length, 0);
  closeSync(handle);
}

interface Situation {
  readonly name: string;
  begin(): void;
  /** Between the fault and the next hooks. */
  mend?(): void;
  readonly calls: readonly string[];
  /** On record in the end, apart from the victim's. */
  readonly others: readonly string[];
  readonly restarted?: true;
}

/** What a process left behind is respected for a while. */
function timeGoesBy(): void {
  const spool = `${db}.spool`;
  const drafts = existsSync(spool) ? readdirSync(spool).map((name) => join(spool, name)) : [];
  for (const path of [`${db}.restart`, ...drafts]) if (existsSync(path)) utimesSync(path, 0, 0);
}

const create = () => Trail.create(db).close();

const SITUATIONS: Situation[] = [
  {
    name: "spooling",
    begin() {},
    mend: create,
    calls: ["rename", "mkdir", "fsync"],
    others: ["after-1", "after-2"],
  },
  {
    name: "taking the spool in",
    begin() {
      hook("waiting");
      create();
    },
    calls: ["unlink", "rmdir", "rename"],
    others: ["waiting", "after-1", "after-2"],
  },
  {
    name: "beginning anew",
    begin() {
      create();
      hook("before");
      overwrite(new Uint8Array(200).fill(0x41));
    },
    calls: ["rename", "unlink", "link", "fsync", "ftruncate"],
    others: ["after-1", "after-2"],
    restarted: true,
  },
];

const CASES = SITUATIONS.flatMap((situation) =>
  situation.calls
    .slice(0, all ? undefined : 1)
    .flatMap((call) => ["error=EIO", "signal=SIGABRT"].map((fault) => ({ ...situation, situation, call, fault }))),
);

test.skipIf(!traceable).each(CASES)("$name: $call, $fault, each in turn", ({ situation, call, fault }) => {
  const { begin, mend, others, restarted } = situation;
  let hits = 0;
  for (let nth = 1; nth < 20; nth++) {
    begin();
    const killed = victim(call, fault, nth);
    if (killed === undefined) break;
    hits++;
    mend?.();
    timeGoesBy();
    hook("after-1");
    hook("after-2");
    const { first, calls, lost } = onRecord();
    const where = `${call} ${fault} ${nth}`;
    expect([where, calls.filter((id) => id !== "victim").sort()]).toEqual([where, [...others].sort()]);
    const times = calls.filter((id) => id === "victim").length;
    if (killed) expect([where, times <= 1]).toEqual([where, true]);
    else expect([where, times + lost]).toEqual([where, 1]);
    if (restarted) {
      expect(first?.type).toBe("system.restarted");
      expect(existsSync(join(dirname(db), String(first?.metadata?.keptAs)))).toBe(true);
    }
    const left = readdirSync(dirname(db), { recursive: true }).filter((name) =>
      /\.(restart|restarting|new|json)$/.test(String(name)),
    );
    expect([where, left]).toEqual([where, []]);
    rmSync(dirname(db), { recursive: true });
    mkdirSync(dirname(db), { mode: 0o700 });
    rmSync(join(folder, "tmp"), { recursive: true });
    mkdirSync(join(folder, "tmp"));
  }
  console.log(`${situation.name}: ${call} ${fault}: ${hits} hit`);
});
