// The plugin under a host that behaves as OpenClaw was seen to: several copies in one process, claim hooks that take any
// answer for theirs, sync hooks whose promises are ignored, contexts that can't be serialised.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Trail } from "@sealtrail/trail";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HOOKS } from "../src/hooks.js";
import type { ToolCallAnswer } from "../src/host-api.js";
import { call, context, FakeHost, SOON } from "./support/host.js";

let folder: string;
let db: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealtrail-plugin-"));
  db = join(folder, "audit.db");
  Trail.create(db).close();
});
afterEach(() => rmSync(folder, { recursive: true }));

function events() {
  const trail = Trail.open(db, { readOnly: true });
  try {
    return [...trail.events()];
  } finally {
    trail.close();
  }
}

const types = () => events().map((event) => event.type);
test("every hook of the table is subscribed, and none answers, whatever it is given", async () => {
  const host = new FakeHost({ db }).load();
  expect([...host.handlers.keys()].sort()).toEqual([...HOOKS.keys()].sort());
  const hostile = {
    get toolName() {
      throw new Error("a getter of the host's");
    },
    self: undefined as unknown,
    big: 10n,
  };
  hostile.self = hostile;
  for (const [hook, kind] of HOOKS) {
    for (const event of [undefined, null, 1, "x", [], {}, hostile]) {
      const answer = host.fire(hook, event, undefined);
      if (kind === "sync") expect(answer).toBeUndefined();
      else expect(await answer).toBeUndefined();
    }
  }
  await host.stop();
});

test("two copies, one writer: a turn is on record in order, and nothing of the context", async () => {
  const host = new FakeHost({ db }).load().load();
  await host.fire("session_start", { sessionId: "host-1", sessionKey: "agent:main:main" }, context(), 0);
  await host.fire(
    "llm_input",
    { runId: "run-1", provider: "p", model: "m", prompt: "do it", historyMessages: [1, 2] },
    context(),
    1,
  );
  await host.fire("before_tool_call", call("t1"), context(), 1);
  await host.fire(
    "after_tool_call",
    { ...call("t1"), result: { content: [], details: { exitCode: 3 } } },
    context(),
    1,
  );
  host.fire(
    "tool_result_persist",
    { toolCallId: "t1", toolName: "exec", message: { role: "toolResult", content: [] } },
    context(),
    1,
  );
  await host.fire(
    "after_tool_call",
    { ...call("t2"), error: "no", result: { details: { status: "blocked", reason: "no" } } },
    context(),
  );
  await host.stop();
  expect(types()).toEqual([
    "session.start",
    "prompt.input",
    "tool.invoked",
    "tool.result",
    "tool.persisted",
    "tool.denied",
  ]);
  expect(events().every((event) => event.sessionId === "agent:main:main" && event.source === "openclaw")).toBe(true);
  expect(readFileSync(db).includes("gateway-token-in-clear")).toBe(false);
});

test("tool events are on record when the hook returns, the synchronous one too", async () => {
  const host = new FakeHost({ db }).load();
  // The thread starts, and the machine may be busy: the hook waits 50 ms at most.
  let fired = 0;
  const onRecord = async () => {
    await host.fire("before_tool_call", call(`t${++fired}`), context());
    return types().length === fired;
  };
  await expect.poll(onRecord, SOON).toBe(true);
  const persisted = () => {
    host.fire("tool_result_persist", { toolCallId: `t${++fired}`, message: { content: [] } }, context());
    return types().length === fired;
  };
  await expect.poll(persisted, SOON).toBe(true);
  await host.stop();
});

test("the run marker is there while events come, and gone after a clean stop", async () => {
  const host = new FakeHost({ db }).load();
  host.fire("gateway_start", { port: 1 }, context());
  await host.fire("before_tool_call", call("t1"), context());
  await expect.poll(() => existsSync(`${db}.run`), SOON).toBe(true);
  await host.fire("gateway_stop", { reason: "gateway stopping" }, context());
  expect(existsSync(`${db}.run`)).toBe(false);
  await host.fire("session_end", { sessionId: "host-1", messageCount: 1, reason: "shutdown" }, context());
  await host.stop();
  expect(existsSync(`${db}.run`)).toBe(false);
  expect(types()).toEqual(["gateway.start", "tool.invoked", "gateway.stop", "session.end"]);
});

test("a writer that was killed is put on record by the next one", async () => {
  mkdirSync(`${db}.run`);
  const gone = {
    writer: "openclaw",
    pid: 2 ** 22 + 1,
    processStart: "1",
    machine: "elsewhere",
    startedAt: "2026-11-22T00:00:00.000Z",
  };
  writeFileSync(join(`${db}.run`, "4194305-abc.json"), "");
  renameSync(join(`${db}.run`, "4194305-abc.json"), join(`${db}.run`, "1-a.json"));
  const { leaveMarker } = await import("@sealtrail/trail");
  const mine = leaveMarker(db, "openclaw", { now: Date.now() });
  const path = join(`${db}.run`, readdirSync(`${db}.run`).find((name) => name !== "1-a.json")!);
  const marker = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(join(`${db}.run`, "1-a.json"), JSON.stringify({ ...gone, machine: marker.machine }));
  mine.remove();
  const host = new FakeHost({ db }).load();
  await host.fire("before_tool_call", call("t1"), context());
  await host.stop();
  expect(events()[0]).toMatchObject({ type: "system.degraded", metadata: { unknown: true, writer: "openclaw" } });
  expect(types()).toEqual(["system.degraded", "tool.invoked"]);
});

test("a missing grant is on record and warned about", async () => {
  const host = new FakeHost({ db }, false).load();
  await host.fire("gateway_start", { port: 1 }, context());
  await host.stop();
  expect(types()).toEqual(["gateway.start", "system.degraded"]);
  expect(events()[1]!.metadata).toMatchObject({ reason: "conversation-hooks-not-granted" });
});

async function withLock<T>(work: () => Promise<T>): Promise<T> {
  const other = new DatabaseSync(db);
  other.exec("BEGIN IMMEDIATE");
  try {
    return await work();
  } finally {
    other.exec("ROLLBACK");
    other.close();
  }
}

test("fail-open: a locked trail costs a tool call 50 ms, not its turn, and the event is written after", async () => {
  const host = new FakeHost({ db }).load();
  await host.fire("before_tool_call", call("t0"), context());
  await withLock(async () => {
    const started = performance.now();
    expect(await host.fire("before_tool_call", call("t1"), context())).toBeUndefined();
    host.fire("tool_result_persist", { toolCallId: "t1", message: { content: [] } }, context());
    expect(performance.now() - started).toBeLessThan(1_000);
  });
  await host.stop();
  expect(types()).toEqual(["tool.invoked", "tool.invoked", "tool.persisted"]);
});

test.each([
  ["block", { block: true }],
  ["ask", { requireApproval: { severity: "warning" } }],
])("fail-closed: no record, no action (%s)", async (whenUnrecorded, expected) => {
  const host = new FakeHost({ db, failClosed: true, whenUnrecorded }).load();
  let answer: unknown;
  // Until the writing thread runs, 50 ms may be too short: fail-closed says so too.
  await expect
    .poll(async () => (answer = await host.fire("before_tool_call", call("t0"), context())), SOON)
    .toBeUndefined();
  await withLock(async () => {
    answer = await host.fire("before_tool_call", call("t1"), context());
    expect(answer as ToolCallAnswer).toMatchObject(expected);
    expect(await host.fire("after_tool_call", call("t1"), context())).toBeUndefined();
  });
  expect(await host.fire("before_tool_call", call("t2"), context())).toBeUndefined();
  await host.stop();
});

test("no trail: events wait in the spool, with a warning, and come in when there is one", async () => {
  rmSync(db);
  const host = new FakeHost({ db }).load();
  await host.fire("before_tool_call", call("t1"), context());
  await expect.poll(() => existsSync(`${db}.spool`), SOON).toBe(true);
  await expect.poll(() => host.warnings.join(), SOON).toContain("spool");
  Trail.create(db).close();
  await new Promise((done) => setTimeout(done, 1_100));
  await host.fire("before_tool_call", call("t2"), context());
  await host.stop();
  expect(events().map((event) => (event.metadata as { toolCallId: string }).toolCallId)).toEqual(["t1", "t2"]);
  expect(existsSync(`${db}.spool`)).toBe(false);
});

test("a trail that is replaced under the writer gets the events, not the file that is gone, and says so", async () => {
  const host = new FakeHost({ db }).load();
  await host.fire("before_tool_call", call("t1"), context());
  await expect.poll(types, SOON).toHaveLength(1);
  const { tree } = Trail.open(db, { readOnly: true }).genesis;
  for (const part of ["", "-wal", "-shm"]) if (existsSync(db + part)) renameSync(db + part, `${folder}/old.db${part}`);
  Trail.create(db).close();
  await host.fire("before_tool_call", call("t2"), context());
  await host.stop();
  expect(events().map((event) => event.metadata)).toMatchObject([
    { reason: "file-replaced", tree, lastSequence: 1 },
    { toolCallId: "t2" },
  ]);
});

test("what is redacted in config.json is redacted here", async () => {
  writeFileSync(join(folder, "config.json"), '{"format":"sealtrail-config/1","redactToolArgs":true,"userId":"alice"}');
  const host = new FakeHost({ db }).load();
  await host.fire("before_tool_call", call("t1", { command: "echo very-private" }), context());
  await host.stop();
  const [event] = events();
  expect(event!.userId).toBe("alice");
  expect((event!.metadata as { args: string }).args).toMatch(/^sealed:/);
});

test("a burst is taken whole: what is over the rate waits, calls do not", async () => {
  const host = new FakeHost({ db }).load();
  for (let i = 0; i < 400; i++) void host.fire("message_sending", { to: "x", content: `m${i}` }, context());
  await host.fire("before_tool_call", call("t1"), context());
  await host.stop();
  const count = (type: string) => types().filter((t) => t === type).length;
  expect(count("message.sending")).toBe(400);
  expect(count("tool.invoked")).toBe(1);
  expect(types().indexOf("tool.invoked")).toBeLessThan(300);
});
