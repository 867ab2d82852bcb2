// The adapters on captured input: golden files say what each line becomes; the tests below say why.
import { readdirSync, readFileSync } from "node:fs";
import { SOURCE_NAMES, type SourceName, sourceOf } from "@sealtrail/sources";
import { categoryOf } from "@sealtrail/sources/event";
import { describe, expect, it } from "vitest";
import { HOOKS } from "../../sources/src/openclaw/hooks.js";
import { readLines } from "../src/ingest/lines.js";
import { contentText, golden, jsonLines, taken, writtenText } from "./support/ingested.js";

const fixtures = new URL("./fixtures/", import.meta.url).pathname;
const openclawFiles = readdirSync(`${fixtures}openclaw`).map((name) => ["openclaw", `openclaw/${name}`] as const);
const captured: readonly (readonly [SourceName, string])[] = [
  ...openclawFiles,
  ["claude-code", "claude-code/hooks.jsonl"],
  ["claude-transcript", "claude-code/transcript.jsonl"],
  ["claude-transcript", "claude-code/transcript-subagent.jsonl"],
  ["claude-transcript", "claude-code/stream-json.jsonl"],
  ["codex", "codex/hooks.jsonl"],
  ["codex", "codex/exec.jsonl"],
  ["codex-rollout", "codex/rollout.jsonl"],
];

const metadata = (event: { metadata: string }) => JSON.parse(event.metadata) as Record<string, unknown>;

describe("golden", () => {
  it.each(captured)("%s %s", async (source, file) => {
    const { report, events } = taken(source, readLines(fixtures + file));
    expect(report.refused).toBe(0);
    const skipped = Object.values(report.skipped).reduce((sum, lines) => sum + lines, 0);
    // A line of a session file may tell an approval and an outcome; an answer stands in several.
    if (source !== "claude-transcript") expect(report.added + report.known + skipped).toBe(report.read);
    for (const event of events) expect(categoryOf(event.type)).toBe(event.category);
    const { coalesced: _, lost: __, ...counts } = report;
    const lines = `${JSON.stringify(counts)}\n${events.map(golden).join("\n")}\n`;
    await expect(lines).toMatchFileSnapshot(`${fixtures}golden/${file.replace("/", "-")}.txt`);
  });
});

describe("planted secrets come through from no source, at no depth", () => {
  const secrets = [
    `AKIA${"Z7Q2".repeat(4)}`,
    "hunter2hunter2",
    `ghp_${"a1B2".repeat(9)}`,
    "eyJhbGciOiJIUzI1NiJ9.e30.abcdefghijklmnop",
  ];
  const [aws, plain, github, jwt] = secrets as [string, string, string, string];
  /** What tells the adapters what a line is must stay as it is. */
  const structural = new Set([
    "hook",
    "ts",
    "type",
    "hook_event_name",
    "event",
    "status",
    "pid",
    "n",
    "inst",
    "role",
    "timestamp",
  ]);

  function planted(value: unknown, key = ""): unknown {
    if (typeof value === "string") {
      return structural.has(key)
        ? value
        : `${value} AWS_KEY=${aws} --password ${plain} https://u:${github}@h/ Bearer ${jwt}`;
    }
    if (Array.isArray(value)) return [...value.map((v) => planted(v)), aws, { apiKey: plain }];
    if (typeof value !== "object" || value === null) return value;
    const members = Object.entries(value).map(([k, v]) => [k, planted(v, k)]);
    return { ...Object.fromEntries(members), Password: [plain], env: { GITHUB_TOKEN: github, nested: [{ jwt }] } };
  }

  const others: readonly (readonly [SourceName, unknown])[] = [
    [
      "gateway-jsonl",
      {
        ts: "2026-01-01T00:00:00Z",
        source: "gw",
        event: "tool.call",
        tool: "exec",
        args: { command: "ls" },
        session: "s",
        reason: "r",
      },
    ],
    [
      "gateway-jsonl",
      {
        ts: "2026-01-01T00:00:00Z",
        event: "tool.call",
        tool: "exec",
        args: '{"apiKey":"x"}',
        status: "denied",
        reason: "policy",
      },
    ],
    [
      "ndjson",
      {
        type: "tool.invoked",
        sessionId: "s",
        agentId: "a",
        runId: "r",
        userId: "u",
        description: "d",
        metadata: { deep: [{ x: "y" }] },
        content: "c",
      },
    ],
  ];

  it.each(captured)("%s %s", (source, file) => {
    const values = readFileSync(fixtures + file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const hidden = values.map((value) =>
      Object.fromEntries(
        Object.entries(value).map(([k, v]) => [k, structural.has(k) && typeof v !== "object" ? v : planted(v, k)]),
      ),
    );
    const { report, events } = taken(source, jsonLines(...hidden));
    expect(report.refused).toBe(0);
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) for (const secret of secrets) expect(writtenText(event)).not.toContain(secret);
    expect(events.some((event) => event.metadata.includes("[REDACTED]"))).toBe(true);
  });

  it.each(others)("%s %j", (source, value) => {
    const members = Object.entries(value as object).map(([k, v]) => [k, structural.has(k) ? v : planted(v, k)]);
    const { report, events } = taken(source, jsonLines(Object.fromEntries(members)));
    expect(report).toMatchObject({ added: 1, refused: 0 });
    for (const secret of secrets) expect(writtenText(events[0]!)).not.toContain(secret);
    expect(metadata(events[0]!).redacted).toBeGreaterThan(0);
  });

  it("of OpenClaw's ctx nothing but named fields", () => {
    const ctx = {
      sessionKey: "agent:main:main",
      config: { gateway: { auth: { x: "qq-secret" } } },
      cfg: "qq-secret",
      foo: "qq-secret",
    };
    for (const hook of [...Object.keys(HOOKS), "some_new_hook"]) {
      const event = {
        config: "qq-secret",
        cfg: { x: "qq-secret" },
        messages: ["qq-secret"],
        historyMessages: ["qq-secret"],
      };
      const { events } = taken("openclaw", jsonLines({ hook, event, ctx, ts: "2026-01-01T00:00:00.000Z" }));
      expect(events).toHaveLength(1);
      expect(writtenText(events[0]!), hook).not.toContain("qq-secret");
    }
  });
});

describe("openclaw", () => {
  const one = (hook: string, event: unknown, ctx: unknown = {}) =>
    taken("openclaw", jsonLines({ hook, event, ctx, ts: "2026-01-01T00:00:00.000Z", pid: 1, n: 1 })).events[0]!;

  it("has a row for each of OpenClaw's 42 typed hooks", () => {
    expect(Object.keys(HOOKS)).toHaveLength(42);
    for (const name of ["before_tool_call", "llm_output", "cron_changed", "skill_changed", "message_sent"])
      expect(HOOKS).toHaveProperty(name);
  });

  it("a blocked call is tool.denied with its reason", () => {
    const result = { details: { status: "blocked", deniedReason: "plugin-before-tool-call", reason: "not here" } };
    const denied = one("after_tool_call", { toolName: "exec", params: { command: "rm" }, error: "not here", result });
    expect(denied.type).toBe("tool.denied");
    expect(metadata(denied)).toMatchObject({
      toolName: "exec",
      args: { command: "rm" },
      reason: "not here",
      deniedReason: "policy",
      hostDeniedReason: "plugin-before-tool-call",
      by: "policy",
    });
    const timedOut = { details: { status: "blocked", deniedReason: "plugin-approval", resolution: "timeout" } };
    expect(metadata(one("after_tool_call", { result: timedOut, error: "no answer" }))).toMatchObject({
      deniedReason: "approval",
      by: "timeout",
    });
    const failed = "Tool call blocked because before_tool_call hook failed";
    const closed = one("after_tool_call", {
      toolName: "exec",
      error: failed,
      result: { details: { status: "error" } },
    });
    expect([closed.type, metadata(closed).deniedReason]).toEqual(["tool.denied", "host"]);
  });

  it("a non-zero exit is a result with its code; an unknown tool a result with its error", () => {
    const exited = one("after_tool_call", {
      toolName: "exec",
      result: { details: { status: "completed", exitCode: 3 } },
    });
    expect([exited.type, metadata(exited).exitCode, exited.description]).toEqual(["tool.result", 3, "exec exited 3"]);
    const unknown = one("after_tool_call", { toolName: "x", error: "Tool x not found" });
    expect(metadata(unknown)).toMatchObject({ error: "Tool x not found", unknownTool: true });
  });

  it("a nested call names its parent, also where the parent's id has colons", () => {
    const nested = one("before_tool_call", { toolName: "t", toolCallId: "tool_search_code:call:0:t:12" });
    expect(metadata(nested).parentToolCallId).toBe("call:0");
  });

  it("sessions are known by key, then by the host's id, then not at all", () => {
    expect(one("session_start", { sessionId: "i", sessionKey: "agent:ops:main" })).toMatchObject({
      sessionId: "agent:ops:main",
      agentId: "ops",
    });
    expect(metadata(one("session_start", { sessionId: "i", sessionKey: "k" })).hostSessionId).toBe("i");
    expect(one("session_start", { sessionId: "i" }).sessionId).toBe("i");
    expect(one("gateway_start", { port: 1 }).sessionId).toBeUndefined();
  });

  it("cron jobs: runs by outcome, all else a change of configuration", () => {
    expect(one("cron_changed", { action: "started", jobId: "j" }).type).toBe("cron.executed");
    expect(one("cron_changed", { action: "finished", status: "ok" }).type).toBe("cron.executed");
    expect(one("cron_changed", { action: "finished", status: "error", error: "e" }).type).toBe("cron.failed");
    expect(metadata(one("cron_changed", { action: "removed", jobId: "j" }))).toMatchObject({
      artifact: "j",
      changeType: "removed",
    });
  });

  it("a hook of a newer host is kept: nearest category, its own name", () => {
    const event = one("tool_budget_exceeded", { limit: 5, list: [1, 2], detail: { a: 1 } });
    expect(event.type).toBe("tool.tool_budget_exceeded");
    expect(metadata(event)).toEqual({ hook: "tool_budget_exceeded", limit: 5, listCount: 2, detail: { a: 1 } });
    expect(one("brand new: hook!", {}).type).toBe("agent.brand_new_hook");
    expect(one("constructor", {}).type).toBe("agent.constructor");
  });

  it("a pairing code is not kept", () => {
    expect(writtenText(one("channel_pairing_requested", { channel: "tg", code: "731994" }))).not.toContain("731994");
  });

  it("takes live values as well: getters that throw, cycles, functions", () => {
    const event: Record<string, unknown> = { toolName: "t", params: { f: () => 1, big: 1n } };
    event.result = event;
    Object.defineProperty(event, "error", {
      enumerable: true,
      get: () => {
        throw new Error("no");
      },
    });
    const normalised = sourceOf("openclaw").normalise({ hook: "after_tool_call", event, ctx: null });
    expect(normalised).toHaveProperty("events");
  });
});

describe("claude-code and codex", () => {
  const one = (payload: object, source: SourceName = "claude-code") =>
    taken(source, jsonLines({ session_id: "s", tool_use_id: "t", tool_name: "Bash", ...payload })).events[0]!;

  it("exit codes out of a failure's text", () => {
    const failed = one({ hook_event_name: "PostToolUseFailure", error: "Exit code 3\noops", is_interrupt: false });
    expect(metadata(failed)).toMatchObject({ exitCode: 3, error: "Exit code 3" });
    expect(contentText(failed)).toBe("Exit code 3\noops");
    expect(metadata(one({ hook_event_name: "PostToolUseFailure", error: "File not found\nmore" }))).toMatchObject({
      error: "File not found",
    });
  });

  it("denials, by whoever denied", () => {
    const denied = one({ hook_event_name: "PermissionDenied", tool_input: { command: "rm" }, reason: "no" });
    expect([denied.type, metadata(denied).reason, metadata(denied).by]).toEqual(["tool.denied", "no", "policy"]);
    const refused = one({
      hook_event_name: "PostToolUseFailure",
      error: "The user doesn't want to proceed with this tool use.",
    });
    expect([refused.type, metadata(refused).by]).toEqual(["tool.denied", "user"]);
  });

  it("a batch repeats its calls and is counted as skipped", () => {
    const batch = taken("claude-code", jsonLines({ hook_event_name: "PostToolBatch", tool_calls: [] }));
    expect(batch.report).toEqual({
      source: "claude-code",
      read: 1,
      added: 0,
      known: 0,
      skipped: { "repeats-its-calls": 1 },
      refused: 0,
      coalesced: 0,
      lost: 0,
    });
  });

  it("the same call told twice is one event, the same id in another session another", () => {
    const payload = { session_id: "a", tool_use_id: "toolu_1", hook_event_name: "PreToolUse", tool_name: "Bash" };
    const { report } = taken(
      "claude-code",
      jsonLines(payload, { ...payload, cwd: "/x" }, { ...payload, session_id: "b" }),
    );
    expect(report).toMatchObject({ added: 2, known: 1 });
  });

  it("hooks without a row of their own are kept", () => {
    const event = one({ hook_event_name: "ToolBudgetSpent", message: "m", budget: 3, list: [1] });
    expect(event.type).toBe("tool.tool_budget_spent");
    expect(metadata(event)).toMatchObject({ hook: "ToolBudgetSpent", message: "m", budget: 3, list_count: 1 });
  });

  it("codex: apply_patch says its exit code itself, a shell's output does not", () => {
    const patch = { hook_event_name: "PostToolUse", tool_name: "apply_patch", tool_response: "Exit code: 1\nno" };
    expect(metadata(one(patch, "codex")).exitCode).toBe(1);
    expect(metadata(one({ ...patch, tool_name: "Bash" }, "codex")).exitCode).toBeUndefined();
  });
});

describe("gateway-jsonl", () => {
  const line = {
    ts: 1767225600000,
    source: "gw",
    event: "tool.call",
    surface: "mcp",
    tool: "exec",
    args: { command: "ls" },
    session: "s",
    runId: "r",
    toolCallId: "c",
  };
  const one = (more: object) => taken("gateway-jsonl", jsonLines({ ...line, ...more })).events[0]!;

  it("calls, results and denials", () => {
    expect(one({})).toMatchObject({
      type: "tool.invoked",
      sessionId: "s",
      runId: "r",
      occurredAt: "2026-01-01T00:00:00.000Z",
    });
    expect(one({ status: "ok", durationMs: 5 }).type).toBe("tool.result");
    expect(metadata(one({ status: "error", reason: "bad" }))).toMatchObject({ error: "bad" });
    const denied = one({ status: "denied", reason: "approval timed out" });
    expect([denied.type, metadata(denied).by, metadata(denied).deniedReason]).toEqual([
      "tool.denied",
      "timeout",
      "approval",
    ]);
    expect(metadata(one({ status: "blocked", reason: "rule 7" }))).toMatchObject({
      by: "policy",
      deniedReason: "policy",
      gateway: "gw",
    });
  });

  it("other events keep their name where it is one of ours, and unknown fields stay", () => {
    expect(one({ event: "message.received", extra: { a: 1 } }).type).toBe("message.received");
    expect(metadata(one({ event: "message.received", extra: { a: 1 } })).extra).toEqual({ a: 1 });
    expect(one({ event: "rate.limited", tool: undefined }).type).toBe("agent.rate_limited");
    expect(one({ event: "system.erasure", tool: undefined }).type).toBe("agent.system_erasure");
  });
});

describe("ndjson", () => {
  const refusal = (value: unknown) => {
    const result = sourceOf("ndjson").normalise(value);
    return "refused" in result ? result.refused : "accepted";
  };

  it.each([
    [[], "expected a JSON object"],
    ["text", "expected a JSON object"],
    [{}, "type: is missing"],
    [{ type: "tool" }, /^type: expected category\.action/],
    [{ type: "weather.changed" }, /^type: expected category\.action/],
    [{ type: "tool.Invoked" }, /^type: /],
    [{ type: "system.erasure" }, "type: is written by the trail itself only"],
    [{ type: "tool.invoked", category: "prompt" }, 'category: "prompt" is not the category of type "tool.invoked"'],
    [{ type: "tool.invoked", occurredAt: "yesterday" }, /^occurredAt: expected an ISO 8601 time/],
    [{ type: "tool.invoked", sessionId: 5 }, "sessionId: expected a string"],
    [{ type: "tool.invoked", metadata: [] }, "metadata: expected an object"],
    [{ type: "tool.invoked", surprise: 1 }, 'unknown fields: "surprise"'],
    [
      { type: "tool.invoked", content: 5, agentId: "" },
      "agentId: expected 1 to 512 characters; content: expected a string",
    ],
  ])("%j is refused with the field named", (value, reason) => {
    if (typeof reason === "string") expect(refusal(value)).toBe(reason);
    else expect(refusal(value)).toMatch(reason);
  });

  it("takes all its fields, and an own __proto__ in metadata", () => {
    const line =
      '{"type":"tool.invoked","category":"tool","occurredAt":"2026-01-01T01:00:00+01:00","sessionId":"s","agentId":"a","runId":"r","userId":"u","description":"d","metadata":{"__proto__":{"x":1}},"content":"c","dedupeKey":"k"}';
    const { events } = taken("ndjson", jsonLines(JSON.parse(line)));
    expect(events[0]).toMatchObject({
      sessionId: "s",
      agentId: "a",
      runId: "r",
      userId: "u",
      description: "d",
      occurredAt: "2026-01-01T00:00:00.000Z",
    });
    expect(events[0]!.metadata).toBe('{"__proto__":{"x":1}}');
    expect(contentText(events[0]!)).toBe("c");
  });
});

it("an unknown source is a caller's mistake", () => {
  expect(() => sourceOf("nope" as SourceName)).toThrow(/^source: "nope" is none of/);
  expect(() => sourceOf("constructor" as SourceName)).toThrow(TypeError);
  expect(SOURCE_NAMES).toContain("gateway-jsonl");
});

describe("nothing that a host sends makes an adapter throw", () => {
  const odd = [
    null,
    1,
    "x",
    [],
    {},
    { hook: 5 },
    { hook: "llm_output", event: [1], ctx: "x" },
    { hook_event_name: {} },
    { type: [] },
    { event: null },
  ];
  it.each(SOURCE_NAMES)("%s", (name) => {
    for (const value of odd) expect(sourceOf(name).normalise(value)).toBeTypeOf("object");
    for (const hook of Object.keys(HOOKS)) {
      for (const event of [null, 5, [], { result: 5, message: 5, params: null, usage: "x", requester: [] }]) {
        expect(sourceOf("openclaw").normalise({ hook, event, ctx: event })).toHaveProperty("events");
      }
    }
  });
});
