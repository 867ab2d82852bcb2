// Gateways' own logs: every way to say that a call was refused, and no call that ran taken for one.
import { describe, expect, it } from "vitest";
import { judged } from "../../sources/src/gateway/verdict.js";
import { contentText, jsonLines, taken } from "./support/ingested.js";

const metadata = (event: { metadata: string }) => JSON.parse(event.metadata) as Record<string, unknown>;
const one = (
  more: object,
  line: object = {
    ts: "2026-01-05T08:00:00Z",
    event: "tool.call",
    tool: "exec",
    args: { command: "ls" },
    session: "s",
  },
) => taken("gateway-jsonl", jsonLines({ ...line, ...more })).events[0]!;

describe("a refusal, however it is spelt, is tool.denied", () => {
  it.each([
    [{ status: "denied" }, "policy", "policy"],
    [{ status: "DENIED_BY_POLICY", reason: "no shell" }, "policy", "policy"],
    [{ status: "policy_denied" }, "policy", "policy"],
    [{ status: "denied_by_user" }, "approval", "user"],
    [{ status: "accessDenied" }, "policy", "policy"],
    [{ status: "not_allowed" }, "policy", "policy"],
    [{ status: "unauthorized" }, "host", "host"],
    [{ status: "rate_limited" }, "limit", "policy"],
    [{ status: "blocked", reason: "loop detected" }, "loop", "policy"],
    [{ status: "blocked_by_sandbox" }, "sandbox", "sandbox"],
    [{ outcome: "Rejected", reason: "rejected by the user" }, "approval", "user"],
    [{ result: "denied" }, "policy", "policy"],
    [{ result: "ACCESS_DENIED" }, "policy", "policy"],
    [{ decision: "deny" }, "policy", "policy"],
    [{ decision: { behavior: "deny", reason: "rule 7" } }, "policy", "policy"],
    [{ action: "deny" }, "policy", "policy"],
    [{ verdict: "BLOCK" }, "policy", "policy"],
    [{ effect: "Deny" }, "policy", "policy"],
    [{ policy: { decision: "deny", reason: "no shell" } }, "policy", "policy"],
    [{ authorization: { allowed: false } }, "policy", "policy"],
    [{ data: { status: "denied" } }, "policy", "policy"],
    [{ allowed: false }, "policy", "policy"],
    [{ allowed: "false" }, "policy", "policy"],
    [{ blocked: true }, "policy", "policy"],
    [{ status: 403 }, "policy", "policy"],
    [{ httpStatus: 401 }, "host", "host"],
    [{ response_code: 429 }, "limit", "policy"],
    [{ error: { code: -32002, message: "denied" } }, "policy", "policy"],
    [{ mcp_error_code: -32001 }, "policy", "policy"],
    [{ mcp_error_code: -32003, error: "rate limit exceeded" }, "limit", "policy"],
    [{ error: { code: "POLICY_DENIED", message: "no" } }, "policy", "policy"],
    [{ event: "tool.denied" }, "policy", "policy"],
    [{ blockedReason: "rule 7" }, "policy", "policy"],
    [{ policy: "deny" }, "policy", "policy"],
    [{ status: "403" }, "policy", "policy"],
    [
      { jsonrpc: "2.0", id: 1, event: undefined, tool: "exec", error: { code: -32002, message: "Access denied" } },
      "policy",
      "policy",
    ],
    [{ event: "tool_call_blocked" }, "policy", "policy"],
    [{ status: "denied", reason: "approval timed out" }, "approval", "timeout"],
    [{ status: "approval_timeout" }, "approval", "timeout"],
    [{ status: "denied", deniedReason: "tool-loop" }, "loop", "policy"],
    [{ status: "denied", deniedBy: "user" }, "approval", "user"],
  ])("%j", (more, deniedReason, by) => {
    const event = one(more);
    expect([event.type, metadata(event).deniedReason, metadata(event).by]).toEqual(["tool.denied", deniedReason, by]);
    expect(metadata(event)).toMatchObject({ outcome: "denied", toolName: "exec", args: { command: "ls" } });
    expect(metadata(event).hostDeniedReason).toBeTypeOf("string");
  });
});

describe("a call that was let through or ran is none", () => {
  it.each([
    [{}, "tool.invoked"],
    [{ allowed: true }, "tool.invoked"],
    [{ decision: "allow" }, "tool.invoked"],
    [{ denied: false }, "tool.invoked"],
    [{ status: "not_denied" }, "tool.invoked"],
    [{ policy: "deny-all-but-ls", status: "ok" }, "tool.result"],
    [{ status: "denied_then_allowed" }, "tool.invoked"],
    [{ status: "ok", result: "permission denied: blocked by policy" }, "tool.result"],
    [{ status: "ok", result: "denied" }, "tool.result"],
    [{ event: "tool.result", result: { status: "denied", content: "403 Forbidden" } }, "tool.result"],
    [{ event: "tool.result", httpStatus: 403, error: "Forbidden" }, "tool.result"],
    [{ event: "tool.error", error: "Permission denied" }, "tool.result"],
    [{ status: "error", error: "EACCES: permission denied" }, "tool.result"],
    [{ args: { allowed: false, status: "denied", decision: "deny" } }, "tool.invoked"],
    [{ args: undefined, params: { command: "ls", allowed: false, status: "denied" } }, "tool.invoked"],
    [{ status: "completed", exitCode: 1 }, "tool.result"],
    [{ error: { code: -32602, message: "Unknown tool" } }, "tool.result"],
    [{ error: { code: -32002, message: "Resource not found" } }, "tool.result"],
    [{ status: "allowed_and_ran" }, "tool.result"],
    [{ event: "tool.call", context: { note: "denied" } }, "tool.invoked"],
    [{ status: "pending_approval" }, "tool.permission_request"],
    [{ status: "cancelled" }, "tool.cancelled"],
    [{ event: "tool.approved", decision: "approved", by: "alice" }, "tool.approved"],
  ])("%j is %s", (more, type) => expect(one(more).type).toBe(type));

  it.each([
    ["ok", "ended"],
    ["undenied_thing", undefined],
    ["deny_list_passed", "ended"],
    ["blocklist", undefined],
    ["never blocked", "allowed"],
  ])("%s is judged %s", (text, outcome) => expect(judged(text)).toBe(outcome));
});

describe("members are found where products put them", () => {
  it("nested, under other names, with ids that are numbers", () => {
    const event = one(
      {},
      {
        timestamp: 1767600000,
        event: "tool.call",
        data: { tool: { name: "grep", arguments: { pattern: "TODO" } }, sessionId: 7, extra: 1 },
        call_id: 12,
        duration_ms: "42ms",
      },
    );
    expect(event).toMatchObject({ type: "tool.invoked", sessionId: "7", occurredAt: "2026-01-05T08:00:00.000Z" });
    expect(metadata(event)).toMatchObject({
      toolName: "grep",
      args: { pattern: "TODO" },
      toolCallId: "12",
      durationMs: 42,
    });
    expect(JSON.stringify(metadata(event).data)).toContain("extra");
  });

  it("MCP on the wire, with its trace", () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const call = one(
      {},
      {
        jsonrpc: "2.0",
        id: 3,
        method: "tools/call",
        params: { name: "greet", arguments: { name: "A" }, _meta: { traceparent } },
      },
    );
    expect([call.type, metadata(call)]).toMatchObject([
      "tool.invoked",
      {
        toolName: "greet",
        toolCallId: "3",
        args: { name: "A" },
        traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
        spanId: "00f067aa0ba902b7",
      },
    ]);
    const own = one({ traceparent, spanId: "aaaaaaaaaaaaaaaa" });
    expect(metadata(own)).toMatchObject({ spanId: "aaaaaaaaaaaaaaaa", parentSpanId: "00f067aa0ba902b7" });
    const answer = one(
      {},
      { jsonrpc: "2.0", id: 3, result: { content: [{ type: "text", text: "hello" }], isError: true } },
    );
    expect([answer.type, metadata(answer).error, contentText(answer)]).toEqual([
      "tool.result",
      "the tool reported an error",
      "hello",
    ]);
  });

  it("OpenTelemetry attributes, also as OTLP writes them", () => {
    const attributes = {
      "mcp.method.name": "tools/call",
      "gen_ai.tool.name": "get-weather",
      "mcp.session.id": "m1",
      "jsonrpc.request.id": "1",
      "error.type": "tool_error",
    };
    const list = Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
    for (const given of [attributes, list]) {
      const span = one(
        {},
        {
          name: "tools/call get-weather",
          traceId: "t",
          spanId: "s",
          startTimeUnixNano: "1767600003123456789",
          status: { code: 2, message: "boom" },
          attributes: given,
        },
      );
      expect(span).toMatchObject({ type: "tool.result", sessionId: "m1", occurredAt: "2026-01-05T08:00:03.123Z" });
      expect(metadata(span)).toMatchObject({
        toolName: "get-weather",
        toolCallId: "1",
        error: "boom",
        errorCategory: "tool_error",
        traceId: "t",
        spanId: "s",
      });
    }
  });

  it.each([
    [
      {
        Datetime: "2026-01-05T08:00:00Z",
        Method: "tools/call",
        ToolCallName: "x",
        SessionID: "S",
        Success: false,
        Error: "bad",
      },
      "tool.result",
      "x",
    ],
    [
      {
        api_type: "mcp",
        mcp_method: "tools/call",
        mcp_primitive_type: "tool",
        mcp_primitive_name: "weather",
        mcp_error_code: -32002,
      },
      "tool.denied",
      "weather",
    ],
    [
      { TimeGenerated: "2026-01-05T08:00:00Z", Method: "tools/call", ToolName: "y", SessionId: "S" },
      "tool.invoked",
      "y",
    ],
    [
      {
        start_time: "2026-01-05T08:00:00Z",
        method: "POST",
        mcp_method: "tools/call",
        mcp_tool: "z",
        response_code: 200,
      },
      "tool.invoked",
      "z",
    ],
    [{ event: "tool.call", params: { name: "awk", arguments: { program: "1" } } }, "tool.invoked", "awk"],
  ])("%j", (line, type, tool) => {
    const event = one({}, line);
    expect([event.type, metadata(event).toolName]).toEqual([type, tool]);
  });

  it.each([
    ["time_unix_nano", 1767600009000000000],
    ["ts_ms", 1767600009000],
  ])("a time that names its unit is read: %s", (name, time) => {
    expect(one({ ts: undefined, [name]: time }).occurredAt).toBe("2026-01-05T08:00:09.000Z");
  });

  it("of several times the one that can be read counts", () => {
    const event = one({ ts: "n/a", time: 12, timestamp: "2026-01-05T08:00:09Z" });
    expect(event.occurredAt).toBe("2026-01-05T08:00:09.000Z");
    expect(metadata(event)).toMatchObject({ ts: "n/a", time: 12 });
  });

  it("a time that cannot be read is kept as it was written", () => {
    const event = one({ ts: "2026-02-30T08:00:07Z" });
    expect([event.occurredAt, metadata(event).hostTime]).toEqual([undefined, "2026-02-30T08:00:07Z"]);
    expect(metadata(one({ ts: 12 })).hostTime).toBe("12");
  });

  it("an error's category and HTTP status are kept", () => {
    const event = one({
      status: "error",
      httpStatus: 502,
      error: { message: "bad gateway", category: "upstream", code: "E_UP" },
    });
    expect(metadata(event)).toMatchObject({
      error: "bad gateway",
      errorCategory: "upstream",
      errorCode: "E_UP",
      httpStatus: 502,
    });
  });
});
