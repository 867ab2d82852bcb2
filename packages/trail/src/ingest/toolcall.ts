// A tool call in any of its states, from whichever host: so that all sources describe it alike.
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

const nameOf = (call: ToolCall) => call.toolName ?? "a tool";
const detailOf = (call: ToolCall) => ({ text: gist(call.args), kind: "args" }) as const;

function metadataOf(call: ToolCall): Record<string, unknown> {
  const { toolName, toolCallId, args, durationMs, exitCode, error } = call;
  return compact({ ...call.more, toolName, toolCallId, args: args ?? undefined, durationMs, exitCode, error });
}

export function toolInvoked(call: ToolCall): EventDraft {
  return {
    type: "tool.invoked",
    description: nameOf(call),
    detail: detailOf(call),
    metadata: metadataOf(call),
  };
}

export function toolResult(call: ToolCall): EventDraft {
  const { exitCode, error } = call;
  let outcome = "returned"; // with Codex, whose hooks tell no exit code, this is all that is known
  if (exitCode !== undefined && exitCode !== 0) outcome = `exited ${exitCode}`;
  else if (error !== undefined) outcome = "failed";
  return {
    type: "tool.result",
    description: `${nameOf(call)} ${outcome}`,
    detail: detailOf(call),
    metadata: metadataOf(call),
    ...(call.content === undefined ? {} : { content: call.content }),
  };
}

/** Who or what said no. `deniedReason`: the kind of reason; `reason`: what was said. */
export interface Denial {
  reason?: string | undefined;
  deniedReason?: string | undefined;
  by: "user" | "timeout" | "cancelled" | "policy";
}

export function toolDenied(call: ToolCall, denial: Denial): EventDraft {
  return {
    type: "tool.denied",
    description: `${nameOf(call)} denied${denial.reason === undefined ? "" : `: ${denial.reason}`}`,
    metadata: { ...metadataOf(call), ...compact({ ...denial }) },
    ...(call.content === undefined ? {} : { content: call.content }),
  };
}
