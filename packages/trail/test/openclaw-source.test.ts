// OpenClaw's hooks: what a call came to, by which door it came, what a turn cost, and what the seals cover.
import { readdirSync, readFileSync } from "node:fs";
import { SOURCE_NAMES, sourceOf } from "@sealtrail/sources";
import { describe, expect, it } from "vitest";
import { contentText, jsonLines, taken, writtenText } from "./support/ingested.js";

const TS = "2026-01-01T00:00:00.000Z";
const metadata = (event: { metadata: string }) => JSON.parse(event.metadata) as Record<string, unknown>;
const lines = (...captures: object[]) =>
  jsonLines(...captures.map((capture, n) => ({ ts: TS, pid: 1, n, ...capture })));
const one = (hook: string, event: unknown, ctx: unknown = {}, more: object = {}) =>
  taken("openclaw", lines({ hook, event, ctx, ...more })).events[0]!;

describe("how a call ended", () => {
  const after = (error: string | undefined, details: object, diagnostic?: object, toolName = "exec") =>
    one(
      "after_tool_call",
      { toolName, toolCallId: "c", params: { command: "make" }, error, result: { content: [], details } },
      {},
      diagnostic === undefined ? {} : { diagnostic },
    );
  const thrown = (error: string, diagnostic?: object, toolName = "web") =>
    after(error, { status: "error", tool: toolName, error }, diagnostic, toolName);

  it.each([
    ["Denied by user. The tool call did not run.\nThis denial is final", "user"],
    ["Approval timed out", "timeout"],
    ["Approval cancelled (run aborted)", "cancelled"],
    ["Plugin approval unavailable (no approval route)", "host"],
    ["Plugin approval required (gateway unavailable)", "host"],
    ["Plugin approval unavailable: cron runs have no approval-capable initiating surface.", "host"],
  ])("an approval that was not given is a refusal: %s", (error, by) => {
    const event = thrown(error);
    expect(event.type).toBe("tool.denied");
    expect(metadata(event)).toMatchObject({ deniedReason: "approval", by, outcome: "denied", reason: error });
  });

  it("a tool can't pass its own failure off as a refusal where the host's diagnostics are there", () => {
    const forged = thrown("Denied by user", { type: "tool.execution.error", errorCategory: "Error" });
    expect(forged.type).toBe("tool.result");
    expect(metadata(forged)).toMatchObject({ error: "Denied by user", errorCategory: "Error", outcome: "ran" });
    const told = { type: "tool.execution.error", errorCategory: "plugin_approval", terminalReason: "timed_out" };
    expect(metadata(thrown("a text of the plugin's own", told))).toMatchObject({
      deniedReason: "approval",
      by: "timeout",
    });
  });

  it.each([
    ["plugin-before-tool-call", "policy", "policy"],
    ["tool-loop", "loop", "policy"],
    ["plugin-approval", "approval", "user"],
    ["plugin-approval-unavailable", "approval", "host"],
    ["client-voice-confirmation", "approval", "user"],
    ["tool-admission", "limit", "policy"],
    ["sandbox-required", "sandbox", "sandbox"],
    ["internal-dispose", "host", "host"],
    ["a word of next year", "host", "host"],
  ])("a blocked call goes by the host's word: %s", (hostDeniedReason, deniedReason, by) => {
    const event = after("no", { status: "blocked", deniedReason: hostDeniedReason, reason: "no" });
    expect([event.type, metadata(event)]).toMatchObject(["tool.denied", { hostDeniedReason, deniedReason, by }]);
  });

  it("a command that the host refused to start is denied, and one that only says so is not", () => {
    const text = "Exec denied (gateway id=4f, user-denied): make";
    const refused = { status: "failed", exitCode: null, durationMs: 0, aggregated: text };
    const denied = after(undefined, refused);
    expect([denied.type, metadata(denied)]).toMatchObject([
      "tool.denied",
      { deniedReason: "approval", by: "user", hostDeniedReason: "user-denied" },
    ]);
    expect(after(undefined, { ...refused, exitCode: 1, durationMs: 40 }).type).toBe("tool.result");
    expect(after(undefined, { ...refused, durationMs: 40 }).type).toBe("tool.result");
    const late = { ...refused, aggregated: "Exec denied (gateway id=4f, approval-timeout: allowlist-miss): make" };
    expect(metadata(after(undefined, late))).toMatchObject({ deniedReason: "approval", by: "timeout" });
    const policy = thrown("exec denied: allowlist miss", undefined, "exec");
    expect(metadata(policy)).toMatchObject({ deniedReason: "policy", by: "policy" });
    expect(thrown("exec denied: allowlist miss", undefined, "web").type).toBe("tool.result");
  });

  it("a call that was stopped is cancelled; one that waits for a person stays open; one of the client's is unknown", () => {
    const aborted = { type: "tool.execution.error", errorCategory: "aborted", terminalReason: "cancelled" };
    expect(metadata(thrown("aborted", aborted))).toMatchObject({ outcome: "cancelled", by: "cancelled" });
    expect(after(undefined, { status: "skipped" }).type).toBe("tool.cancelled");
    expect(after(undefined, { status: "approval-pending" }).type).toBe("tool.permission_request");
    expect(after(undefined, { status: "pending", tool: "exec" }).type).toBe("tool.unknown");
  });

  it("an error has its category and HTTP status", () => {
    const diagnostic = { type: "tool.execution.error", errorCategory: "TypeError", errorCode: "404" };
    expect(metadata(thrown("not found", diagnostic))).toMatchObject({ errorCategory: "TypeError", httpStatus: 404 });
    expect(metadata(after(undefined, { status: 503 }))).toMatchObject({ httpStatus: 503 });
    expect(metadata(after(undefined, { status: 7 })).httpStatus).toBeUndefined();
  });
});

describe("by which door a call came", () => {
  const surface = (toolCallId: string, ctx: object = {}, runId?: string) =>
    metadata(one("before_tool_call", { toolName: "t", toolCallId, ...(runId && { runId }) }, ctx)).surface;

  it("is told by the ids that the gateway makes", () => {
    expect(surface("http-direct-operator-k1")).toBe("tools-invoke");
    expect(surface("rpc-delegated-k3")).toBe("rpc");
    expect(surface("call_1", {}, "resp_1")).toBe("responses");
    expect(surface("call_1", {}, "chatcmpl_1")).toBe("chat-completions");
    expect(surface("call_1", { sessionKey: "agent:main:cron:job:run:1" })).toBe("cron");
    expect(surface("call_1", { sessionKey: "agent:main:main" })).toBeUndefined();
  });

  it("an id that a model chose does not tell it", () => {
    expect(surface("http-direct-operator-k1", {}, "c0ffee")).toBeUndefined();
  });
});

describe("what a turn cost stands once", () => {
  const usage = { input: 100, output: 20, cacheRead: 7, totalTokens: 127, cost: { total: 0.5 } };
  const written = (sessionKey: string, of: object | undefined, role = "assistant") => ({
    hook: "before_message_write",
    event: { message: { role, content: "x", ...(of && { usage: of }) } },
    ctx: { sessionKey },
  });
  const response = (sessionKey: string, of: object = usage) => ({
    hook: "llm_output",
    event: { model: "m", assistantTexts: ["x"], usage: of },
    ctx: { sessionKey },
  });
  const sum = (events: readonly { metadata: string }[], name: string) =>
    events.reduce((total, event) => total + Number(metadata(event)[name] ?? 0), 0);
  const read = (...captures: object[]) => taken("openclaw", lines(...captures)).events;

  it("on the messages, where there are some", () => {
    const events = read(written("a", usage), written("a", usage), response("a"));
    expect([sum(events, "costUsd"), sum(events, "inputTokens"), sum(events, "cacheReadTokens")]).toEqual([1, 200, 14]);
    expect(metadata(events[2]!)).not.toHaveProperty("inputTokens");
  });

  it("on the response, where no message of its turn and session told it", () => {
    const events = read(written("a", usage), response("a"), response("a"), response("b"), written("c", usage, "user"));
    expect(sum(events, "costUsd")).toBe(1.5);
    expect(sum(events, "outputTokens")).toBe(60);
  });

  it("each of tokens and money, where messages tell only one of them", () => {
    const { cost: _, ...tokens } = usage;
    const events = read(written("a", tokens), response("a"));
    expect([sum(events, "costUsd"), sum(events, "inputTokens")]).toEqual([0.5, 100]);
  });

  it("and not again on the reply that goes out", () => {
    const usageState = { model: "m", turnUsd: 0.5, usage, lastUsage: usage };
    const reply = one("reply_payload_sending", { payload: { text: "x" }, usageState });
    for (const name of ["costUsd", "inputTokens", "outputTokens"]) expect(metadata(reply)).not.toHaveProperty(name);
  });
});

describe("what the seeds of the design name", () => {
  it("a message has account, surface, the sender's name and the host's time", () => {
    const details = { surface: "telegram", senderName: "Ada", senderUsername: "ada", senderId: "7" };
    const ctx = { channelId: "telegram", accountId: "bot-1" };
    const event = { from: "", content: "hi", timestamp: 1_767_225_600_000, metadata: details };
    expect(metadata(one("message_received", event, ctx))).toMatchObject({
      channel: "telegram",
      account: "bot-1",
      surface: "telegram",
      sender: "7",
      senderName: "Ada",
      senderUsername: "ada",
      hostTime: "2026-01-01T00:00:00.000Z",
    });
    expect(metadata(one("message_received", { content: "hi", timestamp: "soon" })).hostTime).toBe("soon");
  });

  it("ends of sessions, compactions and resets name their file; an install what was scanned", () => {
    for (const hook of ["session_end", "before_compaction", "after_compaction", "before_reset"]) {
      expect(metadata(one(hook, { sessionFile: "sqlite:main" })).sessionFile).toBe("sqlite:main");
    }
    const scan = { status: "error", scannedFiles: 12, error: "too many files" };
    expect(metadata(one("before_install", { targetType: "skill", builtinScan: scan }))).toMatchObject({
      scannedFiles: 12,
      scanError: "too many files",
    });
  });

  it("a trace has its span and its parent span", () => {
    const trace = { traceId: "a".repeat(32), spanId: "b".repeat(16), parentSpanId: "c".repeat(16) };
    expect(metadata(one("before_tool_call", { toolName: "t" }, { trace }))).toMatchObject(trace);
    expect(metadata(one("message_received", { content: "x", ...trace }))).toMatchObject(trace);
  });
});

describe("the seals", () => {
  const all = { redactPromptText: true, redactToolArgs: true, redactToolResults: true };
  const fixtures = new URL("./fixtures/openclaw/", import.meta.url).pathname;
  /** Members that hold prompts, arguments or results, whole. */
  const texts =
    /^(prompt|systemPrompt|content|text|body|\w*Body\w*|\w*Text|cleanedBody|lastAssistantMessage|assistantTexts|transcript|params|args|arguments|result|error|summary|label|task|aggregated|payload|messages|historyMessages|lastAssistant)$/;
  /** Names and ids among them. */
  const names = /^(type|role|status|kind|name|toolName|model\w*|provider\w*|api|\w*Id|\w*Key|\w*Reason|mode|tool)$/;

  function planted(value: unknown, mark: string, inside = false, key = ""): unknown {
    if (typeof value === "string") return inside && !names.test(key) ? `${mark} ${value}` : value;
    if (Array.isArray(value)) return value.map((part) => planted(part, mark, inside, key));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, planted(v, mark, inside || texts.test(k), k)]));
  }

  it.each(readdirSync(fixtures))("show nothing of prompts, arguments and results in %s", (file) => {
    const captures = readFileSync(`${fixtures}${file}`, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const { report, events } = taken("openclaw", jsonLines(...captures.map((c) => planted(c, "quince"))), all);
    expect(report.refused).toBe(0);
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) expect(`${event.type} ${writtenText(event)}`).not.toContain("quince");
  });

  it("a hook without a row of its own shows names and ids, and no text", () => {
    const event = {
      toolName: "exec",
      callId: "c-1",
      params: { command: "quince" },
      result: "quince",
      text: "quince",
      unheardOf: "quince",
      status: "quince with words",
    };
    const hidden = taken("openclaw", lines({ hook: "some_new_hook", event }), all).events[0]!;
    expect(metadata(hidden)).toMatchObject({ toolName: "exec", callId: "c-1" });
    expect(writtenText(hidden)).not.toContain("quince");
    // What nothing tells the kind of goes with any of the three.
    for (const flag of ["redactPromptText", "redactToolArgs", "redactToolResults"] as const) {
      const sealed = metadata(taken("openclaw", lines({ hook: "x_hook", event }), { [flag]: true }).events[0]!);
      expect([sealed.unheardOf, sealed.status].every((v) => String(v).startsWith("sealed:"))).toBe(true);
    }
  });

  it("an assistant's message that asks for a tool is sealed with the arguments", () => {
    const content = [{ type: "toolCall", id: "c", name: "exec", arguments: { command: "quince" } }];
    const capture = { hook: "before_message_write", event: { message: { role: "assistant", content } } };
    const event = taken("openclaw", lines(capture), { redactToolArgs: true }).events[0]!;
    expect(contentText(event)).toMatch(/^sealed:/);
  });

  it("a refusal that quotes the command is sealed with the arguments", () => {
    const text = "Exec denied (gateway id=4f, user-denied): quince";
    const details = { status: "failed", exitCode: null, durationMs: 0, aggregated: text };
    const event = {
      toolName: "exec",
      params: { command: "quince" },
      result: { content: [{ type: "text", text }], details },
    };
    const hidden = taken("openclaw", lines({ hook: "after_tool_call", event }), { redactToolArgs: true }).events[0]!;
    expect(hidden.type).toBe("tool.denied");
    expect(writtenText(hidden)).not.toContain("quince");
  });
});

it("each input has a reader of its own: nothing of one file's turns reaches another", () => {
  expect(SOURCE_NAMES).toContain("openclaw");
  expect(sourceOf("openclaw")).not.toBe(sourceOf("openclaw"));
});
