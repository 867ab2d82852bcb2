// A tool call in any of its states, from whichever host: so that all sources describe it alike.
//
// A call is asked for (`tool.invoked`), somebody may be asked about it (`tool.permission_request`) and may agree
// (`tool.approved`), and it ends in exactly one outcome: `tool.result` (it ran), `tool.denied`, `tool.cancelled` or
// `tool.unknown`. The outcome also stands in `metadata.outcome`, for readers that go by metadata.
import type { EventDraft } from "../event/draft.js";
import { compact, gist } from "./fields.js";

export interface ToolCall {
  toolName?: string | undefined;
  toolCallId?: string | undefined;
  args?: unknown;
  durationMs?: number | undefined;
  exitCode?: number | undefined;
  error?: string | undefined;
  content?: unknown;
  /** Anything more worth keeping. */
  more?: Record<string, unknown>;
}

/** Why a call was refused, in the same words for all hosts. */
export type DeniedReason = "policy" | "approval" | "loop" | "limit" | "sandbox" | "host";
/** Who or what refused it. */
export type DeniedBy = "policy" | "user" | "timeout" | "cancelled" | "sandbox" | "host";

export interface Denial {
  deniedReason: DeniedReason;
  by: DeniedBy;
  /** What was said. */
  reason?: string | undefined;
  /** The host's own word for it, where it has one. */
  hostDeniedReason?: string | undefined;
}

const nameOf = (call: ToolCall) => call.toolName ?? "a tool";
const detailOf = (call: ToolCall) => ({ text: gist(call.args), kind: "args" }) as const;
/** A refusal quotes what was to run, in its reason as in what stands for a result. */
const QUOTES = ["args", "result"] as const;
const contentOf = (call: ToolCall) => (call.content === undefined ? {} : { content: call.content });

function metadataOf(call: ToolCall): Record<string, unknown> {
  const { toolName, toolCallId, args, durationMs, exitCode, error } = call;
  return compact({ ...call.more, toolName, toolCallId, args: args ?? undefined, durationMs, exitCode, error });
}

/** The model asked for it. */
export function toolInvoked(call: ToolCall): EventDraft {
  return { type: "tool.invoked", description: nameOf(call), detail: detailOf(call), metadata: metadataOf(call) };
}

/** Somebody or something was asked whether it may run. */
export function toolPermissionRequest(call: ToolCall): EventDraft {
  return {
    type: "tool.permission_request",
    description: `permission asked for ${nameOf(call)}`,
    detail: detailOf(call),
    metadata: metadataOf(call),
  };
}

/** It may run. `by`: who said so, `route`: how, such as "dialog", "allow rule", "session rule"; both as the host tells. */
export function toolApproved(
  call: ToolCall,
  approval: { by: string; route?: string | undefined; reason?: string | undefined },
): EventDraft {
  return {
    type: "tool.approved",
    description: `${nameOf(call)} approved by ${approval.by}`,
    detail: detailOf(call),
    metadata: { ...metadataOf(call), ...compact({ ...approval }) },
  };
}

/** It ran: with an exit code or an error where the host tells one. */
export function toolResult(call: ToolCall): EventDraft {
  const { exitCode, error } = call;
  let ended = "returned"; // with Codex, whose hooks tell no exit code, this is all that is known
  if (exitCode !== undefined && exitCode !== 0) ended = `exited ${exitCode}`;
  else if (error !== undefined) ended = "failed";
  return {
    type: "tool.result",
    description: `${nameOf(call)} ${ended}`,
    detail: detailOf(call),
    metadata: { ...metadataOf(call), outcome: "ran" },
    ...contentOf(call),
  };
}

/** It was refused and never ran. */
export function toolDenied(call: ToolCall, denial: Denial): EventDraft {
  return {
    type: "tool.denied",
    description: `${nameOf(call)} denied`,
    detail: { text: denial.reason ?? gist(call.args), kind: QUOTES },
    metadata: { ...metadataOf(call), ...compact({ ...denial }), outcome: "denied" },
    sealable: { reason: QUOTES, error: QUOTES },
    ...contentOf(call),
    contentKind: QUOTES,
  };
}

/** Somebody stopped it before it had a result: how far it came is not known. */
export function toolCancelled(
  call: ToolCall,
  cancelled: { by?: DeniedBy | undefined; reason?: string | undefined } = {},
): EventDraft {
  return {
    type: "tool.cancelled",
    description: `${nameOf(call)} cancelled`,
    detail: { text: cancelled.reason ?? gist(call.args), kind: QUOTES },
    metadata: { ...metadataOf(call), ...compact({ ...cancelled }), outcome: "cancelled" },
    sealable: { reason: QUOTES, error: QUOTES },
    ...contentOf(call),
    contentKind: QUOTES,
  };
}

/** Nothing tells how it ended. `startedAt`: ISO 8601 time at which it was asked for. */
export function toolUnknown(call: ToolCall, startedAt?: string): EventDraft {
  return {
    type: "tool.unknown",
    description: `${nameOf(call)} has no known end`,
    detail: detailOf(call),
    metadata: { ...metadataOf(call), ...compact({ startedAt }), outcome: "unknown" },
    ...contentOf(call),
  };
}

/** What another record of the host says of a call whose outcome is on record. `of`: id of the event with the outcome. */
export function toolDetail(call: ToolCall, of?: string): EventDraft {
  return {
    type: "tool.detail",
    description: `more about ${nameOf(call)}`,
    detail: detailOf(call),
    metadata: { ...metadataOf(call), ...compact({ of }) },
    ...contentOf(call),
  };
}
