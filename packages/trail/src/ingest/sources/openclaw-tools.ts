// OpenClaw's tool calls. What was seen of them: a non-zero exit is no error, it stands in `result.details.exitCode`; a
// blocked call comes as before + after; a call to an unknown tool has an after only; calls nest inside `tool_call`.
import type { EventDraft } from "../../event/draft.js";
import { compact, contentOf, errorText, type Fields, field, fieldsOf, length, number, pick, text } from "../fields.js";
import { type Denial, type DeniedReason, type ToolCall, toolDenied, toolInvoked, toolResult } from "../toolcall.js";

/** The host's kinds of refusal, by the names that events use. */
const DENIED: Readonly<Record<string, DeniedReason>> = {
  "plugin-before-tool-call": "policy",
  "plugin-approval": "approval",
  "tool-loop": "loop",
};

function call(event: Fields, ctx: Fields): ToolCall {
  const toolCallId = text(event, "toolCallId") ?? text(ctx, "toolCallId");
  return {
    toolName: text(event, "toolName") ?? text(ctx, "toolName"),
    toolCallId,
    args: field(event, "params"),
    durationMs: number(event, "durationMs"),
    more: compact({
      parentToolCallId: parentOf(toolCallId),
      sender: text(fieldsOf(field(ctx, "requester")), "senderId"),
      channel: text(fieldsOf(field(ctx, "requester")), "channel"),
    }),
  };
}

/** `tool_search_code:<outer call>:<tool>:<n>`: the call that this one runs inside of. */
function parentOf(toolCallId: string | undefined): string | undefined {
  const nested = /^tool_search_code:(.+):[^:]+:\d+$/.exec(toolCallId?.slice(0, 512) ?? "");
  return nested?.[1];
}

export function beforeToolCall(event: Fields, ctx: Fields): EventDraft {
  return toolInvoked(call(event, ctx));
}

export function afterToolCall(event: Fields, ctx: Fields): EventDraft {
  const result = fieldsOf(field(event, "result"));
  const details = fieldsOf(field(result, "details"));
  const error = errorText(field(event, "error"));
  const ended: ToolCall = {
    ...call(event, ctx),
    exitCode: number(details, "exitCode"),
    error,
    content: contentOf(field(result, "content") ?? field(event, "result")),
  };
  const denial = denialOf(details, error);
  ended.more = compact({
    ...ended.more,
    ...pick(details, ["status", "exitSignal", "exitReason", "noOutputTimedOut", "cwd", "childSessionKey>childSession"]),
    targetTool: text(fieldsOf(field(details, "tool")), "name"),
    unknownTool: error !== undefined && /^Tool .{0,200} not found$/.test(error) ? true : undefined,
  });
  return denial === undefined ? toolResult(ended) : toolDenied(ended, denial);
}

function denialOf(details: Fields, error: string | undefined): Denial | undefined {
  const status = text(details, "status");
  // A policy hook that itself failed: the host closes the door with these words and the status "error".
  const closed = error?.startsWith("Tool call blocked") === true;
  if (status !== "blocked" && status !== "denied" && !closed) return undefined;
  const hostDeniedReason = text(details, "deniedReason");
  const deniedReason = hostDeniedReason === undefined ? (closed ? "host" : "policy") : kindOf(hostDeniedReason);
  const reason = text(details, "reason") ?? error;
  return { reason, deniedReason, hostDeniedReason, by: deniedBy(deniedReason, details) };
}

/** A word of a newer host goes by what is in it; one that says nothing is the host's own refusal. */
function kindOf(hostWord: string): DeniedReason {
  const word = hostWord.slice(0, 100).toLowerCase();
  if (Object.hasOwn(DENIED, word)) return DENIED[word]!;
  if (word.includes("approv")) return "approval";
  if (word.includes("loop")) return "loop";
  if (/limit|budget|quota|rate/.test(word)) return "limit";
  if (word.includes("sandbox")) return "sandbox";
  return /policy|hook|rule|plugin|allow|deny/.test(word) ? "policy" : "host";
}

function deniedBy(deniedReason: DeniedReason, details: Fields): Denial["by"] {
  const decision = text(details, "decision", "resolution", "approvalDecision") ?? "";
  if (/time.?out|expire/i.test(decision)) return "timeout";
  if (/cancel/i.test(decision)) return "cancelled";
  if (deniedReason === "approval") return "user";
  if (deniedReason === "sandbox" || deniedReason === "host") return deniedReason;
  return /deny|denied|reject/i.test(decision) ? "user" : "policy";
}

/** What goes into the transcript; the text itself stands in the `message.write` that follows. */
export function toolResultPersist(event: Fields, ctx: Fields): EventDraft {
  const message = fieldsOf(field(event, "message"));
  const toolName = text(event, "toolName") ?? text(ctx, "toolName");
  return {
    type: "tool.persisted",
    description: `result of ${toolName ?? "a tool"} kept in the transcript`,
    metadata: compact({
      toolName,
      toolCallId: text(event, "toolCallId") ?? text(ctx, "toolCallId"),
      ...pick(message, ["isError"]),
      ...pick(event, ["isSynthetic"]),
      exitCode: number(fieldsOf(field(message, "details")), "exitCode"),
      contentLength: length(contentOf(field(message, "content"))),
    }),
  };
}
