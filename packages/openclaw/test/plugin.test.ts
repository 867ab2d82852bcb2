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
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { prepare, redactionPolicy, Trail } from "@sealtrail/trail";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { programFile } from "../src/command.js";
import { HOOKS } from "../src/hooks.js";
import type { ToolCallAnswer } from "../src/host-api.js";
import { sharedOf } from "../src/shared.js";
import { SILENT, silence } from "../src/silence.js";
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

/** As in a process that has just begun. */
function forget(): void {
  const holder = globalThis as Record<symbol, unknown>;
  for (const key of Object.getOwnPropertySymbols(holder)) {
    if (holder[key] === sharedOf()) delete holder[key];
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
  const { startHeartbeat } = await import("@sealtrail/trail/marker");
  const mine = startHeartbeat(db, "openclaw", { now: Date.now() });
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

test("a missing grant is on record and warned about, with each hook that the host refuses for it", async () => {
  forget();
  const host = new FakeHost({ db }, false).load().load();
  await host.fire("gateway_start", { port: 1 }, context());
  await host.fire("gateway_start", { port: 1 }, context());
  await host.stop();
  const conversation = [...HOOKS].filter(([, kind]) => kind === "conversation").map(([hook]) => hook);
  const refused = events().filter((event) => event.type === "system.install_hook_unavailable");
  expect(refused.map((event) => event.metadata!.hook)).toEqual(conversation);
  expect(events()[1]!.metadata).toMatchObject({ reason: "conversation-hooks-not-granted" });
  expect(host.warnings.join()).toContain("allowConversationAccess true");
});

test("a hook that the host refuses is on record, and hinders none of the others", async () => {
  forget();
  const host = new FakeHost({ db }, true, { refuses: ["before_install"] }).load();
  expect(host.handlers.size).toBe(HOOKS.size - 1);
  await host.fire("before_tool_call", call("t1"), context());
  await host.stop();
  expect(types()).toEqual(["system.install_hook_unavailable", "tool.invoked"]);
  expect(events()[0]!.metadata).toMatchObject({ hook: "before_install", error: "no before_install for you" });
});

test("a plugin that is taken out or switched off says so last; one that goes down with its host does not", async () => {
  forget();
  const path = join(folder, "openclaw.json");
  vi.stubEnv("OPENCLAW_CONFIG_PATH", path);
  const host = new FakeHost({ db }).load();
  const leave = async (stopReason: string, config: object) => {
    writeFileSync(path, JSON.stringify(config));
    await host.fire("gateway_stop", { reason: stopReason }, context());
    for (const cleanup of host.cleanups) {
      await cleanup({ reason: "restart" });
      await cleanup({ reason: "disable" });
    }
  };
  await leave("plugin replacement", { plugins: { entries: {} } });
  await leave("plugin replacement", { plugins: { entries: { sealtrail: { enabled: false } } } });
  await leave("plugin replacement", { plugins: { allow: ["other"], entries: { sealtrail: { enabled: true } } } });
  await leave("plugin replacement", { plugins: { allow: [], entries: { sealtrail: { enabled: true } } } });
  await leave("gateway stopping", { plugins: { entries: {} } });
  vi.unstubAllEnvs();
  const removed = events().filter((event) => event.type === "system.hook_removed");
  expect(removed.map((event) => event.metadata)).toEqual([
    { host: "openclaw", reason: "uninstalled" },
    { host: "openclaw", reason: "disabled" },
    { host: "openclaw", reason: "disabled" },
    { host: "openclaw", reason: "unloaded" },
  ]);
});

test("the host's own patterns are honoured; one that can't be is named and hinders none", async () => {
  const redactPatterns = ["QX-[0-9]{6}", "(broken", "/ZY-[a-z]{4}/gi", "/Wv-[0-9]{4}/", " "];
  const host = new FakeHost({ db }, true, { redactPatterns }).load();
  await host.fire("gateway_start", { port: 1 }, context());
  await host.fire(
    "before_tool_call",
    call("t1", { command: "echo QX-123456 qx-654321 ZY-abcd zy-ABCD Wv-1234 WV-4321" }),
    context(),
  );
  await host.stop();
  const [, ignored, asked] = events();
  expect(events()).toHaveLength(3);
  expect(ignored!.metadata).toMatchObject({ reason: "host-redact-pattern-ignored", pattern: "(broken" });
  expect(host.warnings.join()).toContain("(broken");
  expect(JSON.stringify(asked!.metadata)).not.toMatch(/QX-1|qx-6|ZY-a|zy-A|Wv-1/);
  // Flags are the pattern's own: this one minds the case.
  expect(asked!.metadata).toMatchObject({ args: { command: expect.stringContaining("WV-4321") } });
});

test("a call that the host asks for several times is marked, and one that ends several times has one outcome", async () => {
  const host = new FakeHost({ db }).load();
  await host.fire("gateway_start", { port: 1 }, context());
  for (const command of ["ls", "ls", "rm x"]) await host.fire("before_tool_call", call("t1", { command }), context());
  for (const text of ["one", "two"])
    await host.fire("after_tool_call", { ...call("t1", { command: "rm x" }), result: { content: text } }, context());
  await host.stop();
  const told = events().filter(({ type }) => type.startsWith("tool."));
  expect(told.map(({ type, metadata }) => [type, metadata?.repeated ?? metadata?.idReused ?? metadata?.of])).toEqual([
    ["tool.invoked", undefined],
    ["tool.invoked", true],
    ["tool.invoked", true],
    ["tool.result", undefined],
    ["tool.detail", told[3]!.id],
  ]);
  expect(told.slice(1, 3).map(({ metadata }) => [metadata?.repeated, metadata?.idReused])).toEqual([
    [true, undefined],
    [undefined, true],
  ]);
});

test("what the host's diagnostics say of a call decides between a refusal and a tool's own error", async () => {
  forget();
  let hear: ((event: unknown, metadata: unknown) => void) | undefined;
  const diagnostics = async () => ({
    onInternalDiagnosticEvent(listener: (event: unknown, metadata: unknown) => void) {
      hear = listener;
      return () => {};
    },
  });
  const host = new FakeHost({ db }, true, { diagnostics }).load().load();
  await expect.poll(() => hear !== undefined, SOON).toBe(true);
  const fails = async (id: string, errorCategory: string, trusted = true) => {
    const ended = {
      ...call(id),
      runId: "r",
      error: "Denied by user",
      result: { details: { status: "error", error: "Denied by user" } },
    };
    const recorded = host.fire("after_tool_call", ended, context());
    const event = { type: "tool.execution.error", toolCallId: id, runId: "r", errorCategory, errorCode: "403" };
    setImmediate(() => hear!(event, { trusted }));
    await recorded;
  };
  await fails("t1", "plugin_approval");
  await fails("t2", "Error");
  await fails("t3", "Error", false);
  await host.stop();
  expect(types()).toEqual(["tool.denied", "tool.result", "tool.denied"]);
  expect(events()[1]!.metadata).toMatchObject({ errorCategory: "Error", httpStatus: 403, outcome: "ran" });
});

test("openclaw sealtrail runs the command line on the plugin's trail, wherever npm has put it", async () => {
  const bin = join(folder, "cli", "bin");
  mkdirSync(bin, { recursive: true });
  const program = join(bin, "audit.js");
  writeFileSync(program, "globalThis.ran = [process.argv.slice(2), process.env.SEALTRAIL_DB];\n");
  mkdirSync(join(folder, "path"));
  symlinkSync(program, join(folder, "path", "sealtrail"));
  vi.stubEnv("PATH", join(folder, "path"));
  vi.stubEnv("SEALTRAIL_DB", "");
  const { argv } = process;
  const host = new FakeHost({ db }).load();
  await host.commands.get("sealtrail")!(["status", "--json"]);
  process.argv = argv;
  vi.unstubAllEnvs();
  expect((globalThis as { ran?: unknown }).ran).toEqual([["status", "--json"], db]);
  expect(programFile(undefined, join(folder, "nowhere"))).toBeUndefined();
  writeFileSync(join(folder, "path", "audit"), "");
  rmSync(join(folder, "path", "sealtrail"));
  expect(programFile(undefined, join(folder, "path"))).toBeUndefined();
});

test("tool calls and no prompt for a day are a warning, said once a day", () => {
  let now = Date.now();
  const trail = Trail.open(db, { clock: () => now });
  const asked = (type: string, runId?: string) =>
    trail.append([
      prepare(
        { type, metadata: { toolName: "exec" }, ...(runId && { runId }) },
        { source: "openclaw", redaction: redactionPolicy() },
      ),
    ]);
  asked("tool.invoked");
  expect(silence(trail, now)).toBeUndefined(); // through /tools/invoke: no agent, no prompt
  asked("tool.invoked", "r");
  asked("tool.invoked", "r");
  expect(silence(trail, now)).toContain("2 tool calls");
  expect([...trail.events()].at(-1)?.metadata).toMatchObject({ reason: SILENT, calls: 2 });
  expect(silence(trail, now)).toBeUndefined();
  now += 25 * 3_600_000;
  expect(silence(trail, now)).toBeUndefined();
  asked("tool.invoked", "r");
  expect(silence(trail, now)).toContain("1 tool calls");
  now += 25 * 3_600_000;
  asked("tool.invoked", "r");
  asked("prompt.input", "r");
  expect(silence(trail, now)).toBeUndefined();
  trail.close();
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
    expect(performance.now() - started).toBeLessThan(3_000);
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
  // On a busy machine the thread goes on after the time that a stop has.
  await expect.poll(() => count("message.sending"), SOON).toBe(400);
  expect(count("tool.invoked")).toBe(1);
  expect(types().indexOf("tool.invoked")).toBeLessThan(300);
});
