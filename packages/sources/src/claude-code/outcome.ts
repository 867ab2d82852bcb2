// How a tool call of Claude Code ended, out of the line of the session file that holds its result.
//
// Since 2.1.x the line says it in members of its own: `toolDenialKind` for a call that did not run or was stopped, and
// `permissionDecision` for what was decided before. Older files have only the text that was given to the model. Text is
// looked at where both members are missing and the result is marked as an error, and only from its first character: what
// a tool printed begins otherwise (`Exit code 1`), so the words of an output are no evidence.
import type { EventDraft } from "../event/draft.js";
import { contentOf, type Fields, field, fieldsOf, firstLine, text } from "../shared/fields.js";
import {
  type Denial,
  type ToolCall,
  toolApproved,
  toolCancelled,
  toolDenied,
  toolResult,
  toolUnknown,
} from "../shared/tool-call.js";
import { failure } from "./failure.js";

/** What was decided about the call before it ran. */
export interface Decision {
  accepted: boolean;
  /** Who decided, as `by` of an approval. */
  by: "user" | "hook" | "policy";
  /** How: `dialog once`, `rule:userSettings`, `mode:plan`. */
  route: string | undefined;
}

/** Undefined for a line without a decision (older versions; calls that were refused before anything was decided). */
export function decisionOf(line: Fields): Decision | undefined {
  const decision = fieldsOf(field(line, "permissionDecision"));
  const verdict = text(decision, "decision");
  const accepted = verdict === "accept" || verdict === "allow";
  if (!accepted && verdict !== "reject" && verdict !== "deny") return undefined;
  const source = text(decision, "source") ?? "";
  const reason = text(decision, "reasonType");
  const code = text(decision, "reasonCode");
  // A path rule that refuses a read has the source `user_reject`, as a person's refusal has; the reason tells them apart.
  const person = source.startsWith("user_") && reason === undefined;
  const told = code === undefined || code === "unknown" ? undefined : code;
  const byRule = [reason, text(decision, "ruleSource")].filter((part) => part !== undefined).join(":") || undefined;
  const scope = text(decision, "grantScope") ?? (source === "user_permanent" ? "permanent" : undefined);
  let by: Decision["by"] = person ? "user" : "policy";
  if (source === "hook" || code?.startsWith("hook:") === true) by = "hook";
  return {
    accepted,
    by,
    route: person ? ["dialog", scope].filter(Boolean).join(" ") : (told ?? byRule),
  };
}

export function approval(call: ToolCall, decision: Decision): EventDraft {
  const { toolName, toolCallId, args } = call;
  return toolApproved({ toolName, toolCallId, args }, { by: decision.by, route: decision.route });
}

/** @param block the `tool_result` of the line */
export function outcomeOf(line: Fields, block: Fields, call: ToolCall): EventDraft {
  const said = saidBy(block);
  const kind = text(line, "toolDenialKind");
  const decision = decisionOf(line);
  if (kind !== undefined) return notRun(kind, line, said, call, decision);
  if (decision !== undefined && !decision.accepted) return toolDenied(call, refusal(decision, said, undefined));
  if (decision === undefined && field(block, "is_error") === true) {
    const refused = refusedInWords(said, call, field(line, "toolUseResult"));
    if (refused !== undefined) return refused;
  }
  return ran(line, block, said, call);
}

function ran(line: Fields, block: Fields, said: string, call: ToolCall): EventDraft {
  const response = field(line, "toolUseResult");
  if (field(block, "is_error") === true) return toolResult({ ...call, ...failure(said, call.toolName) });
  const content = response ?? contentOf(field(block, "content"));
  return toolResult({ ...call, content: content ?? undefined });
}

/** `kind`: user-rejected, permission-rule, automode-blocked, automode-unavailable, automode-parsing-error, interrupted,
 * cancelled, or one of a newer version. */
function notRun(kind: string, line: Fields, said: string, call: ToolCall, decision: Decision | undefined): EventDraft {
  const reason = reasonOf(said);
  if (kind === "interrupted" || kind === "cancelled") {
    // The host writes these when a session is resumed. How the call ended is not known.
    if (UNSEEN.some((words) => said.startsWith(words))) return toolUnknown({ ...call, error: reason });
    const byHost = kind === "cancelled" || field(line, "interruptedByShutdown") === true;
    return toolCancelled(call, { by: byHost ? "host" : "user", reason });
  }
  if (kind === "user-rejected" && decision === undefined) {
    // When the user stops a turn, the host writes the text of a refusal even for a call that was running already.
    const began = field(line, "toolDenialBeforeRun") !== true;
    if (began || field(line, "toolDenialAfterRun") === true) return toolCancelled(call, { by: "user", reason });
    return toolDenied(call, { deniedReason: "approval", by: "user", reason, hostDeniedReason: kind });
  }
  if (decision !== undefined) return toolDenied(call, refusal(decision, said, kind));
  const byPolicy = kind === "permission-rule" || kind === "automode-blocked";
  return toolDenied(call, {
    deniedReason: byPolicy ? "policy" : "host",
    by: byPolicy ? "policy" : "host",
    reason,
    hostDeniedReason: kind,
  });
}

const UNSEEN = [
  "[Tool call interrupted: the session ended before",
  "[Tool call result not in this copy",
  "[Agent call interrupted: the process running",
];

function refusal(decision: Decision, said: string, kind: string | undefined): Denial {
  const { by, route } = decision;
  const hostDeniedReason = [kind, route].filter((part) => part !== undefined).join(" ") || undefined;
  const denial = { reason: reasonOf(said), hostDeniedReason };
  if (by === "user") return { ...denial, deniedReason: "approval", by: "user" };
  if (kind === "automode-unavailable" || kind === "automode-parsing-error") {
    return { ...denial, deniedReason: "host", by: "host" };
  }
  // A dialog was needed and there was nobody to ask, as in a headless run.
  if (kind === "user-rejected" && route === undefined) return { ...denial, deniedReason: "approval", by: "host" };
  return { ...denial, deniedReason: "policy", by: "policy" };
}

interface Words {
  begins: string;
  denial?: Pick<Denial, "deniedReason" | "by">;
}

/** How the host's own texts begin. Without `denial` the call was stopped. */
const WORDS: readonly Words[] = [
  { begins: "The user doesn't want to proceed with this tool use", denial: { deniedReason: "approval", by: "user" } },
  { begins: "The user doesn't want to take this action right now" },
  { begins: "[Request interrupted by user" },
  { begins: "Claude requested permissions to ", denial: { deniedReason: "approval", by: "host" } },
  { begins: "Permission for this ", denial: { deniedReason: "policy", by: "policy" } },
];

const POLICY: Pick<Denial, "deniedReason" | "by"> = { deniedReason: "policy", by: "policy" };

/** The outcome of a call whose refusal can only be read from the text; marked `judgedBy: "text"`. */
export function refusedInWords(said: string, call: ToolCall, structured?: unknown): EventDraft | undefined {
  const reason = reasonOf(said);
  const judged: ToolCall = { ...call, more: { ...call.more, judgedBy: "text" } };
  if (structured === "User rejected tool use")
    return toolDenied(judged, { deniedReason: "approval", by: "user", reason });
  for (const { begins, denial } of WORDS) {
    if (!said.startsWith(begins)) continue;
    return denial === undefined
      ? toolCancelled(judged, { by: "user", reason })
      : toolDenied(judged, { ...denial, reason });
  }
  const name = call.toolName;
  const ofTool = name === undefined ? "Permission to use " : `Permission to use ${name} `;
  if (said.startsWith(ofTool) && /\bdenied\b/.test(reason)) return toolDenied(judged, { ...POLICY, reason });
  // What an MCP server says may look like the host's own words, so its calls are left out here.
  if (name?.startsWith("mcp__") !== true) {
    if (/^Permission to [a-z]{2,16} .{1,4000} has been denied\b/.test(reason))
      return toolDenied(judged, { ...POLICY, reason });
    if (/^This (?:command|tool|action) requires approval/.test(reason))
      return toolDenied(judged, { deniedReason: "approval", by: "host", reason });
  }
  if (/^Cannot .{1,4000} while in plan mode\.$/.test(reason)) return toolDenied(judged, { ...POLICY, reason });
  if (
    /^(?:PreToolUse(?::[\w.-]{1,200})? hook error: |Hook PreToolUse(?::[\w.-]{1,200})? denied this tool)/.test(said)
  ) {
    return toolDenied(judged, { ...POLICY, reason });
  }
  // Arguments that the host found invalid, and tools that it does not have. The text of an MCP server may look the same.
  if (said.startsWith("<tool_use_error>") && name?.startsWith("mcp__") !== true) {
    return toolDenied(judged, { deniedReason: "host", by: "host", reason });
  }
  return undefined;
}

function saidBy(block: Fields): string {
  const content = contentOf(field(block, "content"));
  return typeof content === "string" ? content : "";
}

/** The first line, without the element that the host puts around some errors. */
export function reasonOf(words: string): string {
  return firstLine(words).replace(/^<tool_use_error>|<\/tool_use_error>$/g, "");
}
