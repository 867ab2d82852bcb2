// A gateway's own JSON Lines log: `{ts, source, event: "tool.call", surface, tool, args, session, channel, model, runId,
// toolCallId, status?, reason?}` a line, denied calls included.
import { categoryOf } from "../../event/categories.js";
import type { EventDraft, Normalised, Source } from "../../event/draft.js";
import { isoTime } from "../../event/time.js";
import { compact, contentOf, errorText, type Fields, field, fieldsOf, number, pick, text } from "../fields.js";
import { nearestType } from "../nearest.js";
import { type Denial, type DeniedReason, type ToolCall, toolDenied, toolInvoked, toolResult } from "../toolcall.js";
import { isOwnType } from "./own-types.js";

const KNOWN = new Set(
  "ts,source,event,surface,tool,args,session,channel,model,runId,toolCallId,status,reason,error,result,durationMs,exitCode,agentId,userId".split(
    ",",
  ),
);
const DENIED = /^(?:denied|deny|blocked|rejected|forbidden|refused)$/i;
const FAILED = /^(?:error|failed|failure|timeout|timed_out)$/i;
const ENDED = /^(?:ok|success|succeeded|completed|complete|done|allowed_and_ran)$/i;

export const gatewayJsonl: Source = {
  name: "gateway-jsonl",
  normalise(value: unknown): Normalised {
    const line = fieldsOf(value);
    const name = text(line, "event");
    if (name === undefined) return { refused: 'no event: expected {ts, event: "tool.call", tool, ...}' };
    const draft = /^tool\b/.test(name) ? toolLine(line, name) : otherLine(line, name);
    const occurredAt = isoTime(field(line, "ts"));
    const ids = {
      sessionId: text(line, "session"),
      runId: text(line, "runId"),
      agentId: text(line, "agentId"),
      userId: text(line, "userId"),
      occurredAt,
      dedupeKey: identity(line, name),
    };
    const metadata = compact({
      ...rest(line),
      gateway: text(line, "source"),
      ...pick(line, ["surface", "channel", "model"]),
      ...draft.metadata,
    });
    return { events: [{ ...draft, ...compact(ids), metadata }] };
  },
};

function toolLine(line: Fields, name: string): EventDraft {
  const status = text(line, "status") ?? "";
  const reason = text(line, "reason");
  const call: ToolCall = {
    toolName: text(line, "tool"),
    toolCallId: text(line, "toolCallId"),
    args: field(line, "args"),
    durationMs: number(line, "durationMs"),
    exitCode: number(line, "exitCode"),
    error: errorText(field(line, "error")),
    content: contentOf(field(line, "result")),
    more: compact({ status: status === "" ? undefined : status }),
  };
  if (DENIED.test(status) || name === "tool.denied" || name === "tool.blocked") {
    return toolDenied(call, { reason, deniedReason: kindOf(reason), by: deniedBy(reason) });
  }
  if (FAILED.test(status)) return toolResult({ ...call, error: call.error ?? reason ?? status });
  if (ENDED.test(status) || name === "tool.result" || call.content !== undefined) return toolResult(call);
  if (name === "tool.call" || name === "tool.invoked") return withReason(toolInvoked(call), reason);
  const asked = withReason(toolInvoked(call), reason);
  return { ...asked, type: categoryOf(name) === "tool" ? name : nearestType(name) };
}

function withReason(draft: EventDraft, reason: string | undefined): EventDraft {
  return reason === undefined ? draft : { ...draft, metadata: { ...draft.metadata, reason } };
}

function kindOf(reason: string | undefined): DeniedReason {
  if (reason !== undefined && /approv|user|time.?out|cancel/i.test(reason)) return "approval";
  return reason !== undefined && /\bloop/i.test(reason) ? "loop" : "policy";
}

function deniedBy(reason = ""): Denial["by"] {
  if (/time.?out|timed out/i.test(reason)) return "timeout";
  if (/cancel/i.test(reason)) return "cancelled";
  return /approv|\buser\b/i.test(reason) ? "user" : "policy";
}

function otherLine(line: Fields, name: string): EventDraft {
  const own = isOwnType(name);
  const type = categoryOf(name) !== undefined && !own ? name : nearestType(name);
  return {
    type,
    description: name,
    metadata: compact({
      ...pick(line, ["status", "reason", "durationMs", "toolCallId", "tool>toolName"]),
      args: field(line, "args") ?? undefined,
      error: errorText(field(line, "error")),
    }),
    content: contentOf(field(line, "result")),
  };
}

/** Fields that we have not heard of are kept as they are. */
function rest(line: Fields): Record<string, unknown> {
  const more: Record<string, unknown> = {};
  for (const name of Object.keys(line)) if (!KNOWN.has(name)) more[name] = field(line, name);
  return more;
}

function identity(line: Fields, name: string): string | undefined {
  const callId = text(line, "toolCallId");
  const ts = field(line, "ts");
  if (callId === undefined || (typeof ts !== "string" && typeof ts !== "number")) return undefined;
  const place = [
    text(line, "source"),
    text(line, "session"),
    text(line, "runId"),
    callId,
    name,
    text(line, "status"),
    ts,
  ];
  return JSON.stringify(place.map((part) => part ?? null));
}
