// `audit hook` as hosts run it: real processes of the built program. It exits 0 and says nothing on every path, and what
// it was given is on record or in the spool.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { Trail } from "@sealtrail/trail";
import { afterEach, beforeEach, expect, test } from "vitest";

const AUDIT = fileURLToPath(new URL("../bin/audit.js", import.meta.url));

let folder: string;
let db: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealtrail-hook-"));
  db = join(folder, "trail", "audit.db");
  // The spool's second place is under the temporary folder: every test has its own.
  mkdirSync(join(folder, "tmp"));
  mkdirSync(join(folder, "trail"), { mode: 0o700 });
});
afterEach(() => {
  chmodSync(join(folder, "trail"), 0o700);
  rmSync(folder, { recursive: true });
});

interface Ended {
  code: number | null;
  output: string;
  milliseconds: number;
}

function hook(payload: string | Uint8Array, args: string[] = ["--db", db], host = "claude-code"): Promise<Ended> {
  const started = performance.now();
  const env = { PATH: process.env.PATH, HOME: folder, USER: "tester", TMPDIR: join(folder, "tmp") };
  const child: ChildProcess = spawn(process.execPath, [AUDIT, "hook", host, ...args], { env, cwd: folder });
  let output = "";
  child.stdout!.on("data", (text) => (output += text));
  child.stderr!.on("data", (text) => (output += text));
  child.stdin!.on("error", () => {});
  child.stdin!.end(payload);
  return new Promise((resolve) =>
    child.on("close", (code) => resolve({ code, output, milliseconds: performance.now() - started })),
  );
}

const payload = (id: string, more: object = {}) =>
  JSON.stringify({
    session_id: "s-1",
    cwd: "/ws",
    hook_event_name: "PreToolUse",
    tool_name: "Bash",
    tool_input: { command: `echo ${id}` },
    tool_use_id: id,
    ...more,
  });

const silent = { code: 0, output: "" };

test("options may stand before the command, as everywhere else", () => {
  Trail.create(db).close();
  const env = { PATH: process.env.PATH, HOME: folder, USER: "tester", TMPDIR: join(folder, "tmp") };
  const ran = spawnSync(process.execPath, [AUDIT, "--db", db, "hook", "codex"], { input: payload("first"), env });
  expect([ran.status, `${ran.stdout}${ran.stderr}`]).toEqual([0, ""]);
  expect(eventsOf().map((e) => e.source)).toContain("codex");
});

function eventsOf(path = db) {
  const trail = Trail.open(path, { readOnly: true });
  try {
    return [...trail.events()];
  } finally {
    trail.close();
  }
}

function spoolFiles(): string[] {
  const found: string[] = [];
  for (const place of [`${db}.spool`, ...readdirSync(join(folder, "tmp")).map((n) => join(folder, "tmp", n))]) {
    try {
      found.push(...readdirSync(place).map((name) => join(place, name)));
    } catch {}
  }
  return found;
}

test("a payload is on record: redacted, with the host's ids", async () => {
  Trail.create(db).close();
  expect(
    await hook(payload("a", { tool_input: { command: "curl -H 'Authorization: Bearer abc.def.ghi'" } })),
  ).toMatchObject(silent);
  const [event] = eventsOf();
  expect(event).toMatchObject({ type: "tool.invoked", source: "claude-code", sessionId: "s-1", userId: "tester" });
  expect(readFileSync(db).includes("abc.def.ghi")).toBe(false);
  expect(spoolFiles()).toEqual([]);
});

test("the same event twice is one; a payload without identity is always new", async () => {
  Trail.create(db).close();
  await hook(payload("a"));
  await hook(payload("a"));
  const stop = JSON.stringify({ session_id: "s-1", hook_event_name: "Stop", stop_hook_active: false });
  await hook(stop);
  await hook(stop);
  expect(eventsOf().map((e) => e.type)).toEqual(["tool.invoked", "agent.end", "agent.end"]);
});

test.each([
  ["nothing at all", ""],
  ["no JSON", "{"],
  ["no object", "[1]"],
  ["no UTF-8", new Uint8Array([0x7b, 0xff, 0x7d])],
  ["no hook", '{"a": 1}'],
])("%s is on record as refused, without its bytes", async (_what, bytes) => {
  Trail.create(db).close();
  expect(await hook(bytes)).toMatchObject(silent);
  expect(eventsOf()).toMatchObject([
    { type: "system.degraded", metadata: { reason: "payload-refused", host: "claude-code" } },
  ]);
});

test("without a trail the event waits, redacted and 0600, and the next hook takes it in", async () => {
  expect(await hook(payload("early", { tool_input: { command: "export API_KEY=hunter2hunter2" } }))).toMatchObject(
    silent,
  );
  const [file] = spoolFiles();
  expect(statSync(file!).mode & 0o777).toBe(0o600);
  expect(statSync(`${db}.spool`).mode & 0o777).toBe(0o700);
  expect(readFileSync(file!, "utf8")).not.toContain("hunter2");
  Trail.create(db).close();
  await hook(payload("late"));
  expect(eventsOf().map((e) => (e.metadata as { toolCallId?: string }).toolCallId)).toEqual(["early", "late"]);
  expect(spoolFiles()).toEqual([]);
});

test("a locked trail costs 2 seconds at most, and the event comes in later, once", async () => {
  Trail.create(db).close();
  const other = new DatabaseSync(db);
  other.exec("BEGIN IMMEDIATE");
  const ended = await hook(payload("a"));
  expect(ended).toMatchObject(silent);
  expect(ended.milliseconds).toBeLessThan(6_000);
  other.exec("ROLLBACK");
  other.close();
  expect(spoolFiles()).toHaveLength(1);
  await hook(payload("a"));
  await hook(payload("b"));
  expect(eventsOf()).toHaveLength(2);
  expect(spoolFiles()).toEqual([]);
});

test("a trail that is no database any more is set aside, once, and recording goes on", async () => {
  // What shows that a trail stood here.
  writeFileSync(join(folder, "trail", "config.json"), '{"format":"sealtrail-config/1"}\n', { mode: 0o600 });
  writeFileSync(db, "not a database, but long enough to be taken for one".repeat(100));
  const ends = await Promise.all(["a", "b", "c", "d"].map((id) => hook(payload(id))));
  for (const end of ends) expect(end).toMatchObject(silent);
  await hook(payload("e"));
  const kept = readdirSync(join(folder, "trail")).filter((name) => name.includes(".damaged-"));
  expect(kept).toHaveLength(1);
  expect(readFileSync(join(folder, "trail", kept[0]!), "utf8")).toContain("not a database");
  const events = eventsOf();
  expect(events[0]).toMatchObject({ type: "system.restarted", metadata: { reason: "damaged", keptAs: kept[0] } });
  expect(
    events
      .slice(1)
      .map((e) => (e.metadata as { toolCallId: string }).toolCallId)
      .sort(),
  ).toEqual(["a", "b", "c", "d", "e"]);
});

test("a spool file that is not ours is put aside and named, not believed", async () => {
  Trail.create(db).close();
  mkdirSync(`${db}.spool`, { mode: 0o700 });
  writeFileSync(
    join(`${db}.spool`, "000000000000001-forged.json"),
    '{"format":"sealtrail-spool/1","events":[{"type":"x"}]}',
  );
  await hook(payload("a"));
  expect(eventsOf().map((e) => e.type)).toEqual(["system.degraded", "tool.invoked"]);
  await hook(payload("b"));
  expect(eventsOf()).toHaveLength(3);
});

test("a configuration that can't be read hides contents and goes on", async () => {
  Trail.create(db).close();
  writeFileSync(join(folder, "trail", "config.json"), "{");
  await hook(payload("a", { tool_input: { command: "echo very-private" } }));
  const [event] = eventsOf();
  expect(JSON.stringify(event)).not.toContain("very-private");
  expect((event!.metadata as { args: string }).args).toMatch(/^sealed:/);
});

test("odd arguments end quietly too", async () => {
  for (const args of [[], ["--db"], ["--db", ""], ["--nonsense"], ["--db", "\0"]]) {
    if (args.includes("\0")) continue; // no process takes one
    expect(await hook(payload("a"), args)).toMatchObject(silent);
  }
});

test("20 processes at once: every payload is there, none twice, the chain holds", { timeout: 600_000 }, async () => {
  Trail.create(db).close();
  // Twice as many as run at once, so that those that begin meet those that end; 2,000 are `npm run e2e:hook-load`.
  const ids = Array.from({ length: 30 }, (_, i) => `call-${i}`);
  const left = [...ids, ...ids.slice(0, 10)];
  const worker = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) expect(await hook(payload(id))).toMatchObject(silent);
  };
  await Promise.all(Array.from({ length: 20 }, worker));
  // What a lock sent to the spool is taken in by the hooks after it, some files each.
  for (let i = 0; i === 0 || (i < 20 && spoolFiles().length > 0); i++) await hook(payload("last"));
  const trail = Trail.open(db);
  const seen = [...trail.events()].map((e) => (e.metadata as { toolCallId: string }).toolCallId).sort();
  expect(seen).toEqual([...ids, "last"].sort());
  expect(await trail.verify()).toMatchObject({ findings: [], lastSequence: ids.length + 1 });
  trail.close();
});
