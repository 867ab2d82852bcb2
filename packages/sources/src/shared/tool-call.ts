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

/** A refusal quotes what was to run, in its reason as in what stands for a result. */
const QUOTES = ["args", "result"] as const;

/** The step of a call that an event stands for; for any other step, the event's type. */
export type CallStep = "invoked" | "permission" | "approved" | "outcome" | `${string}.${string}`;

/**
 * The identity of an event of a call, the same from hooks and from the host's own logs. The session is part of it because
 * models choose call ids, which are unique only within a session.
 */
export function callIdentity(sessionId: string | undefined, toolCallId: string, step: CallStep): string {
  return JSON.stringify([sessionId ?? null, toolCallId, step]);
}

const nameOf = (call: ToolCall) => call.toolName ?? "a tool";

function callEvent(
  type: string,
  description: string,
  call: ToolCall,
  more: Record<string, unknown> = {},
): Required<Pick<EventDraft, "type" | "description" | "detail" | "metadata">> {
  const { toolName, toolCallId, args, durationMs, exitCode, error } = call;
  return {
    type,
    description,
    detail: { text: gist(args), kind: "args" },
    metadata: {
      ...compact({ ...call.more, toolName, toolCallId, args: args ?? undefined, durationMs, exitCode, error }),
      ...compact(more),
    },
  };
}

const contentOf = (call: ToolCall) => (call.content === undefined ? {} : { content: call.content });

/** The model asked for it. */
export function toolInvoked(call: ToolCall): EventDraft {
  return callEvent("tool.invoked", nameOf(call), call);
}

/** Somebody or something was asked whether it may run. */
export function toolPermissionRequest(call: ToolCall): EventDraft {
  return callEvent("tool.permission_request", `permission asked for ${nameOf(call)}`, call);
}

/** It may run. `by`: who said so, `route`: how, such as "dialog", "allow rule", "session rule"; both as the host tells. */
export function toolApproved(
  call: ToolCall,
  approval: { by: string; route?: string | undefined; reason?: string | undefined },
): EventDraft {
  return callEvent("tool.approved", `${nameOf(call)} approved by ${approval.by}`, call, approval);
}

/** It ran: with an exit code or an error where the host tells one. */
export function toolResult(call: ToolCall): EventDraft {
  const { exitCode, error } = call;
  let ended = "returned"; // with Codex, whose hooks tell no exit code, this is all that is known
  if (exitCode !== undefined && exitCode !== 0) ended = `exited ${exitCode}`;
  else if (error !== undefined) ended = "failed";
  return { ...callEvent("tool.result", `${nameOf(call)} ${ended}`, call, { outcome: "ran" }), ...contentOf(call) };
}

/** It was refused and never ran. */
export function toolDenied(call: ToolCall, denial: Denial): EventDraft {
  return stopped("denied", call, { ...denial });
}

/** Somebody stopped it before it had a result: how far it came is not known. */
export function toolCancelled(
  call: ToolCall,
  cancelled: { by?: DeniedBy | undefined; reason?: string | undefined } = {},
): EventDraft {
  return stopped("cancelled", call, cancelled);
}

function stopped(
  outcome: "denied" | "cancelled",
  call: ToolCall,
  why: { reason?: string | undefined; [member: string]: unknown },
): EventDraft {
  return {
    ...callEvent(`tool.${outcome}`, `${nameOf(call)} ${outcome}`, call, { ...why, outcome }),
    detail: { text: why.reason ?? gist(call.args), kind: QUOTES },
    sealable: { reason: QUOTES, error: QUOTES },
    ...contentOf(call),
    contentKind: QUOTES,
  };
}

/** Nothing tells how it ended. `startedAt`: ISO 8601 time at which it was asked for. */
export function toolUnknown(call: ToolCall, startedAt?: string): EventDraft {
  const draft = callEvent("tool.unknown", `${nameOf(call)} has no known end`, call, { startedAt, outcome: "unknown" });
  return { ...draft, ...contentOf(call) };
}

/** More about a call, which tells neither that it was asked for nor how it ended. */
export function toolDetail(call: ToolCall): EventDraft {
  return { ...callEvent("tool.detail", `more about ${nameOf(call)}`, call), ...contentOf(call) };
}
