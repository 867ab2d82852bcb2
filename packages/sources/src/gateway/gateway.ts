// A gateway's own JSON Lines log, of whichever product: `{ts, source, event: "tool.call", surface, tool, args, session, ...}`, MCP
// as it goes over the wire, or a span with OpenTelemetry's names. Denied calls are told from those that ran.
import { categoryOf } from "../event/categories.js";
import type { EventDraft, Normalised, Sealable, Source } from "../event/draft.js";
import { hostTime } from "../event/time.js";
import { fallbackType } from "../shared/fallback-type.js";
import { compact, contentOf, errorText, type Fields, field, fieldsOf, pick, text } from "../shared/fields.js";
import { isOwnType } from "../shared/own-types.js";
import {
  type ToolCall,
  toolApproved,
  toolCancelled,
  toolDenied,
  toolInvoked,
  toolPermissionRequest,
  toolResult,
  toolUnknown,
} from "../shared/tool-call.js";
import { asId, asNumber, asText, GatewayLine, NAMES } from "./line.js";
import { denialOf, httpOf, verdictOf } from "./verdict.js";

export const gatewayJsonl: Source = {
  name: "gateway-jsonl",
  standalone: true,
  recognises: isGatewayLine,
  normalise(value: unknown): Normalised {
    const line = new GatewayLine(value);
    const name = eventOf(line);
    if (name === undefined) return { refused: 'no event: expected {ts, event: "tool.call", tool, ...}' };
    const draft = isToolLine(line, name) ? toolLine(line, name) : otherLine(line, name);
    // Several members may tell a time: the first that can be read, else the first.
    const time =
      line.find("time", (found) => (hostTime(found) === undefined ? undefined : (found as string | number))) ??
      line.find("time", (found) => (typeof found === "string" || typeof found === "number" ? found : undefined));
    const occurredAt = hostTime(time);
    const ids = {
      sessionId: line.id("session"),
      runId: line.id("run"),
      agentId: line.id("agent"),
      userId: line.id("user"),
      occurredAt,
      dedupeKey: identity(line, name, time),
    };
    const known = compact({
      gateway: line.own("gateway", asText),
      ...pick(line.top, ["surface", "channel", "model"]),
      ...traceOf(line),
      // A time that cannot be read is kept as the host wrote it.
      hostTime: occurredAt === undefined && time !== undefined ? String(time) : undefined,
      ...draft.metadata,
    });
    line.use("surface", "channel", "model", "jsonrpc");
    const rest = line.rest();
    const sealable = { ...sealableMembers(rest), ...draft.sealable };
    return { events: [{ ...draft, ...compact(ids), metadata: { ...rest, ...known }, sealable }] };
  },
};

/** A line of a gateway says which event it is, or names a tool; lines of hosts' own logs have other marks. */
function isGatewayLine(value: unknown): boolean {
  const top = fieldsOf(value);
  if (
    text(top, "hook_event_name") !== undefined ||
    text(top, "hook") !== undefined ||
    field(top, "payload") !== undefined
  )
    return false;
  if (text(top, "event") !== undefined || field(top, "jsonrpc") === "2.0") return true;
  const named = [
    "tool",
    "toolName",
    "tool_name",
    "ToolCallName",
    "ToolName",
    "mcp_tool",
    "mcp_method",
    "mcp_primitive_name",
  ];
  return (
    named.some((name) => text(top, name) !== undefined) ||
    /(?:mcp|gen_ai)\./.test(Object.keys(attributesOf(top)).join(" "))
  );
}

function attributesOf(top: Fields): Fields {
  const attributes = field(top, "attributes");
  if (!Array.isArray(attributes)) return fieldsOf(attributes);
  return Object.fromEntries(attributes.map((pair) => [String(field(fieldsOf(pair), "key")), true]));
}

function eventOf(line: GatewayLine): string | undefined {
  const named = line.find("event", (value) =>
    typeof value === "string" &&
    value !== "" &&
    value.length <= 200 &&
    !/^(?:GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS)$/.test(value)
      ? value
      : undefined,
  );
  if (named !== undefined) return named;
  if (line.text("tool") !== undefined) return "tool.call";
  // An answer on the wire names neither method nor tool.
  const isAnswer =
    field(line.top, "jsonrpc") === "2.0" &&
    (field(line.top, "result") !== undefined || field(line.top, "error") !== undefined);
  return isAnswer ? "tool.result" : undefined;
}

function isToolLine(line: GatewayLine, name: string): boolean {
  if (/^tools?\b/.test(name)) return !/^tools\/(?!call)/.test(name);
  if (line.peek("tool") === undefined && toolObject(line) === undefined) return false;
  // Other kinds of events may name a tool as well, but an event with a refusal is always a call's.
  const category = categoryOf(name);
  return (
    category === undefined || category === "tool" || /tool/i.test(name) || verdictOf(line, name)?.outcome === "denied"
  );
}

/** `tool: {name, arguments}`. */
function toolObject(line: GatewayLine): Fields | undefined {
  const tool = line.find("tool", (value) => (typeof value === "object" ? fieldsOf(value) : undefined));
  return tool !== undefined && text(tool, "name") !== undefined ? tool : undefined;
}

function callOf(line: GatewayLine, name: string): ToolCall {
  const tool = toolObject(line);
  const onWire = field(line.top, "jsonrpc") === "2.0";
  const params = fieldsOf(field(line.top, "params"));
  // Gateways also write MCP's `params: {name, arguments}` without the message around them.
  const isNamed = onWire || line.scopes.includes(params);
  const result = line.find("result", (value) => value);
  const error =
    line.find("error", errorText) ??
    (field(fieldsOf(result), "isError") === true ? "the tool reported an error" : undefined);
  const spanned = /^tools\/call (.{1,200})$/.exec(name)?.[1];
  return {
    toolName:
      line.text("tool") ?? (tool && text(tool, "name")) ?? (isNamed ? text(params, "name") : undefined) ?? spanned,
    toolCallId:
      line.id("call") ?? (tool && asId(field(tool, "id"))) ?? (onWire ? asId(field(line.top, "id")) : undefined),
    args:
      line.find("args", (value) => value) ??
      (onWire ? undefined : paramsOf(line)) ??
      (tool && (field(tool, "arguments") ?? field(tool, "args") ?? field(tool, "input"))),
    durationMs: line.find("duration", durationOf),
    exitCode: line.number("exitCode"),
    error,
    content: contentOf(field(fieldsOf(result), "content") ?? result),
    more: compact({
      status: text(line.top, "status"),
      httpStatus: httpOf(line),
      errorCategory:
        line.text("errorCategory") ?? line.find("error", (value) => text(fieldsOf(value), "category", "type")),
      errorCode:
        line.find("error", (value) => codeIn(value)) ??
        line.find("errorCode", (value) => asText(value) ?? asNumber(value)),
    }),
  };
}

/** `params` of a line that names its tool beside them are the tool's arguments. */
function paramsOf(line: GatewayLine): unknown {
  const params = field(line.top, "params");
  if (params === undefined || line.scopes.includes(fieldsOf(params))) return undefined;
  line.use("params");
  return params;
}

function codeIn(error: unknown): string | number | undefined {
  const code = field(fieldsOf(error), "code");
  return typeof code === "string" || typeof code === "number" ? code : undefined;
}

/** Milliseconds; `142ms` and `1.5s` as well. */
function durationOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  const parts = typeof value === "string" ? /^(\d{1,12}(?:\.\d{1,6})?)\s?(ms|s)?$/.exec(value) : null;
  return parts === null ? undefined : Number(parts[1]) * (parts[2] === "s" ? 1000 : 1);
}

function toolLine(line: GatewayLine, name: string): EventDraft {
  const call = callOf(line, name);
  const verdict = verdictOf(line, name);
  const reason = line.text("reason");
  const isResult = /result|response|end|output|complete/i.test(name) || /\.error$/.test(name);
  line.use("status", ...(call.more?.httpStatus === undefined ? [] : ["httpStatus"]));
  switch (verdict?.outcome) {
    case "denied":
      return toolDenied({ ...call, error: undefined }, denialOf(line, verdict.word));
    case "cancelled":
      return toolCancelled(call, { reason });
    case "failed":
      return toolResult({ ...call, error: call.error ?? reason ?? verdict.word });
    case "ended":
      return withReason(toolResult(call), reason);
    case "unknown":
      return withReason(toolUnknown(call), reason);
    case "pending":
      return withReason(toolPermissionRequest(call), reason);
    default:
  }
  const spanEnded = /^tools\/call ./.test(name) && line.id("span") !== undefined;
  if (spanEnded || isResult || call.content !== undefined || call.error !== undefined)
    return withReason(toolResult(call), reason);
  if (verdict?.outcome === "allowed" && /approv|decision|permission|grant/i.test(name)) {
    return toolApproved(call, { by: line.peek("by") ?? "gateway", route: name, reason });
  }
  if (/permission|approval/i.test(name)) return withReason(toolPermissionRequest(call), reason);
  const asked = withReason(toolInvoked(call), reason);
  if (ASKS.has(name.toLowerCase().replace(/[^a-z]/g, "")) || /^tools\/call /.test(name)) return asked;
  // Another name is kept as the type, unless it would say how a call ended.
  const type = categoryOf(name) === "tool" ? name : fallbackType(name);
  return { ...asked, type: /^tool\.(?:denied|cancelled|unknown|detail|approved)$/.test(type) ? "tool.invoked" : type };
}

/** Names of the event for a call of a tool, without punctuation. */
const ASKS = new Set(
  "toolcall,toolscall,calltool,toolcalled,toolinvoked,toolinvocation,toolinvoke,invoketool,tooluse,toolexecute,executetool,toolexecution,toolstart,toolstarted,toolcallstart,toolcallstarted,toolrequest,toolbegin,mcptoolcall,mcptoolscall".split(
    ",",
  ),
);

function withReason(draft: EventDraft, reason: string | undefined): EventDraft {
  if (reason === undefined) return draft;
  return { ...draft, metadata: { ...draft.metadata, reason }, sealable: { ...draft.sealable, reason: "args" } };
}

function otherLine(line: GatewayLine, name: string): EventDraft {
  const own = isOwnType(name);
  const type = categoryOf(name) !== undefined && !own ? name : fallbackType(name);
  const said = line.own("prompt", asText);
  const result = line.own("result", (value) => value);
  return {
    type,
    description: name.slice(0, 200),
    metadata: compact({
      ...pick(line.top, ["status"]),
      reason: line.own("reason", asText),
      durationMs: line.find("duration", durationOf),
      toolCallId: line.id("call"),
      args: line.own("args", (value) => value),
      error: line.own("error", errorText),
      httpStatus: httpOf(line),
    }),
    sealable: { reason: "args", error: "result" },
    content: said ?? contentOf(result),
    contentKind: said === undefined ? "result" : "prompt",
  };
}

/** W3C trace context: on the wire in `params._meta`, or among the line's own members. */
function traceOf(line: GatewayLine): Record<string, unknown> {
  const meta = line.scopes
    .map((scope) => text(fieldsOf(field(scope, "_meta")), "traceparent"))
    .find((found) => found !== undefined);
  const header = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/i.exec(meta ?? line.text("traceparent") ?? "");
  const spanId = line.id("span");
  const parent = line.id("parentSpan");
  return compact({
    traceId: line.id("trace") ?? header?.[1],
    // The header holds the sender's span, which is the parent of the gateway's own span.
    spanId: spanId ?? header?.[2],
    parentSpanId: parent ?? (spanId === undefined || spanId === header?.[2] ? undefined : header?.[2]),
  });
}

const ARGS = new Set(NAMES.args.split(","));
const PROMPTS = new Set(NAMES.prompt.split(","));
const RESULTS = new Set([...NAMES.result.split(","), ...NAMES.error.split(",")]);

/** An unknown member may hold any of these. */
const ANY = ["prompt", "args", "result"] as const;

/** The kinds of unknown members: by a name that tells the kind, else any kind. */
function sealableMembers(rest: Record<string, unknown>): Record<string, Sealable> {
  const kinds: Record<string, Sealable> = {};
  for (const name of Object.keys(rest))
    kinds[name] = ARGS.has(name) ? "args" : RESULTS.has(name) ? "result" : PROMPTS.has(name) ? "prompt" : ANY;
  return kinds;
}

/** Identity of a call's line: the place, the call id, the outcome and the time. */
function identity(line: GatewayLine, name: string, time: unknown): string | undefined {
  const callId = line.id("call");
  if (callId === undefined || time === undefined) return undefined;
  const place = [
    line.own("gateway", asText),
    line.id("session"),
    line.id("run"),
    callId,
    name,
    text(line.top, "status"),
    time,
  ];
  return JSON.stringify(place.map((part) => part ?? null));
}
