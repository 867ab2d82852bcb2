// OpenClaw's tool calls. What was seen of them: a non-zero exit is no error, it stands in `result.details.exitCode`; a
// blocked call comes as before + after; a call to an unknown tool has an after only; calls nest inside `tool_call`.
import type { EventDraft, Sealable } from "../event/draft.js";
import {
  compact,
  contentOf,
  errorText,
  type Fields,
  field,
  fieldsOf,
  length,
  number,
  pick,
  text,
} from "../shared/fields.js";
import {
  type Denial,
  type DeniedBy,
  type DeniedReason,
  type ToolCall,
  toolCancelled,
  toolDenied,
  toolInvoked,
  toolPermissionRequest,
  toolResult,
  toolUnknown,
} from "../shared/tool-call.js";
import type { Hook } from "./hooks.js";

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
      ...pick(event, ["toolKind", "toolInputKind"]),
      ...pick(fieldsOf(field(ctx, "requester")), ["senderId>sender", "channel", "accountId>account", "senderIsOwner"]),
    }),
  };
}

/** `tool_search_code:<outer call>:<tool>:<n>`: the call that this one runs inside of. */
export function parentOf(toolCallId: string | undefined): string | undefined {
  const nested = /^tool_search_code:(.+):[^:]+:\d+$/.exec(toolCallId?.slice(0, 512) ?? "");
  return nested?.[1];
}

export const beforeToolCall: Hook = (event, ctx) => toolInvoked(call(event, ctx));

export const afterToolCall: Hook = (event, ctx, { diagnostic }) => {
  const result = fieldsOf(field(event, "result"));
  const details = fieldsOf(field(result, "details"));
  const error = errorText(field(event, "error"));
  const ended: ToolCall = {
    ...call(event, ctx),
    exitCode: number(details, "exitCode"),
    error,
    content: contentOf(field(result, "content") ?? field(event, "result")),
  };
  const told = compact({
    ...pick(details, ["status", "exitSignal", "exitReason", "noOutputTimedOut", "cwd", "childSessionKey>childSession"]),
    targetTool: text(fieldsOf(field(details, "tool")), "name"),
  });
  ended.more = compact({
    ...ended.more,
    ...told,
    unknownTool: error !== undefined && /^Tool .{0,200} not found$/.test(error) ? true : undefined,
    errorCategory: categoryOf(text(diagnostic, "errorCategory") ?? text(details, "errorCategory", "failureKind")),
    httpStatus: httpStatusOf(diagnostic, details, fieldsOf(field(event, "error"))),
  });
  const draft = outcomeOf(ended, { event, details, error, diagnostic });
  const pieces: Record<string, Sealable> = {};
  for (const [name, value] of Object.entries(told)) {
    if (typeof value === "string" && !HOST_WORD.test(value)) pieces[name] = "result";
  }
  return { ...draft, sealable: { ...pieces, ...draft.sealable } };
};

/** The host's own words. Any other text in a result's details is part of the result. */
const HOST_WORD =
  /^(ok|completed|failed|error|blocked|denied|running|accepted|skipped|pending|approval-pending|exit|signal|timeout|SIG[A-Z0-9]{1,10})$/;

function outcomeOf(ended: ToolCall, said: Said): EventDraft {
  const denial = denialOf(said);
  if (denial !== undefined) return toolDenied(ended, denial);
  const cancelled = cancelledOf(said);
  if (cancelled !== undefined) return toolCancelled(ended, cancelled);
  const status = text(said.details, "status");
  // The command waits for a person. A plugin is not told whether it ran in the end, so the call stays open.
  if (status === "approval-pending") return toolPermissionRequest(ended);
  // Handed to the client, whose answer comes with the next request.
  if (status === "pending" && isNamed(said.details, "tool", ended.toolName)) {
    return toolUnknown({ ...ended, more: { ...ended.more, delegatedTo: "client" } });
  }
  return toolResult(ended);
}

/** A category is a name. A sentence in its place is part of the result. */
const categoryOf = (said: string | undefined) => (said !== undefined && /^[\w.-]{1,60}$/.test(said) ? said : undefined);

/** The HTTP status of a tool that uses the web, from the host's diagnostics or the tool's own details. */
function httpStatusOf(...from: readonly Fields[]): number | undefined {
  for (const fields of from) {
    for (const name of ["errorCode", "httpStatus", "statusCode", "status"]) {
      const value = field(fields, name);
      const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
      if (typeof status === "number" && Number.isInteger(status) && status >= 100 && status <= 599) return status;
    }
  }
  return undefined;
}

const isNamed = (fields: Fields, name: string, value: string | undefined) => text(fields, name) === value;

/** The host's information on how a call ended. */
interface Said {
  readonly event: Fields;
  readonly details: Fields;
  readonly error: string | undefined;
  /** From the host itself and not from a tool. Where it is present, it decides between a refusal and a tool's own error. */
  readonly diagnostic: Fields;
}

/** The refusal that the details of a result state, where nothing else is known of the call. */
export function statedDenial(details: Fields): Denial | undefined {
  return denialOf({ event: {}, details, error: undefined, diagnostic: {} });
}

function denialOf(said: Said): Denial | undefined {
  const { details, error, diagnostic } = said;
  const status = text(details, "status");
  if (status === "blocked" || status === "denied" || text(diagnostic, "type") === "tool.execution.blocked") {
    const hostDeniedReason = text(details, "deniedReason") ?? text(diagnostic, "deniedReason");
    const deniedReason = hostDeniedReason === undefined ? "policy" : kindOf(hostDeniedReason);
    const reason = text(details, "reason") ?? error;
    return {
      reason,
      deniedReason,
      hostDeniedReason,
      by: deniedBy(deniedReason, details, `${hostDeniedReason} ${reason}`),
    };
  }
  return execDenial(said) ?? refusalInError(said);
}

/** Refusals that the host throws: they come as an error of the tool, told apart by the host's own words. */
function refusalInError({ event, details, error, diagnostic }: Said): Denial | undefined {
  if (error === undefined) return undefined;
  const category = text(diagnostic, "errorCategory");
  const toldByHost = category === "plugin_approval" || category === "before_tool_call";
  // A tool that ran and failed has another category, whatever its message says.
  if (category !== undefined && category !== "aborted" && !toldByHost) return undefined;
  // A policy hook failed, so the host refused the call.
  if (error.startsWith("Tool call blocked")) return { reason: error, deniedReason: "host", by: "host" };
  const isHostsOwn = toldByHost || isNamed(details, "error", error) || text(details, "status") === undefined;
  if (isHostsOwn && /^(Denied by user|Approval (timed out|cancelled|denied)|Plugin approval )/.test(error)) {
    return { reason: error, deniedReason: "approval", by: deniedBy("approval", details, error) };
  }
  if (category === "plugin_approval") {
    const by = text(diagnostic, "terminalReason") === "timed_out" ? "timeout" : "host";
    return { reason: error, deniedReason: "approval", by };
  }
  if (category === "before_tool_call") return { reason: error, deniedReason: "host", by: "host" };
  const denied = /^exec denied: /i.test(error) && text(event, "toolName") === "exec";
  return denied ? { reason: error, deniedReason: "policy", by: "policy" } : undefined;
}

/**
 * The refusal of a command that the host did not start: it has no exit code, a duration of 0, and the output `Exec denied
 * (<why>): <command>`.
 */
function execDenial({ details }: Said): Denial | undefined {
  if (text(details, "status") !== "failed" || field(details, "exitCode") !== null) return undefined;
  const started = number(details, "durationMs") !== 0;
  const output = text(details, "aggregated") ?? "";
  const why = /^Exec denied \(([^()\n]{1,300})\): /.exec(output.slice(0, 400))?.[1];
  if (started || why === undefined) return undefined;
  const hostDeniedReason = why.replace(/^(gateway|node)[= ][^,]{0,200}, /, "");
  const deniedReason = /approv|^user-|ask-/.test(hostDeniedReason) ? "approval" : kindOf(hostDeniedReason);
  const by = hostDeniedReason.includes("user-denied") ? "user" : deniedBy(deniedReason, details, hostDeniedReason);
  return { reason: output, deniedReason, hostDeniedReason, by };
}

/**
 * A call that was stopped before it had a result: the run was aborted, or the call was never started because the user gave
 * another instruction.
 */
function cancelledOf({ details, error, diagnostic }: Said): { by: DeniedBy; reason?: string } | undefined {
  if (text(diagnostic, "terminalReason") === "cancelled" || text(diagnostic, "errorCategory") === "aborted") {
    return { by: "cancelled", ...(error !== undefined && { reason: error }) };
  }
  if (text(details, "status") === "skipped") return { by: "host", reason: "skipped" };
  return undefined;
}

/** An unknown word, from a newer host, is judged by its parts. Without a known part it is a refusal by the host. */
function kindOf(hostWord: string): DeniedReason {
  const word = hostWord.slice(0, 100).toLowerCase();
  if (Object.hasOwn(DENIED, word)) return DENIED[word]!;
  if (/approv|voice-confirmation/.test(word)) return "approval";
  if (word.includes("loop")) return "loop";
  if (/limit|budget|quota|\brate|admission/.test(word)) return "limit";
  if (word.includes("sandbox")) return "sandbox";
  return /policy|hook|rule|plugin|allow|deny/.test(word) ? "policy" : "host";
}

/** Who refused. Where an approval was never answered, the host's reason says so. */
function deniedBy(deniedReason: DeniedReason, details: Fields, reason: string | undefined): DeniedBy {
  const decision = text(details, "decision", "resolution", "approvalDecision") ?? "";
  const words = `${decision} ${deniedReason === "approval" ? (reason ?? "").slice(0, 200) : ""}`;
  if (/time.?out|timed out|expire/i.test(words)) return "timeout";
  if (/cancel|aborted/i.test(words)) return "cancelled";
  if (deniedReason === "approval") {
    return /unavailable|no approval route|approval.?required|rejected|no longer|request failed/i.test(words)
      ? "host"
      : "user";
  }
  if (deniedReason === "sandbox" || deniedReason === "host") return deniedReason;
  return /deny|denied|reject/i.test(decision) ? "user" : "policy";
}

/** What goes into the transcript; the text itself stands in the `message.write` that follows. */
export const toolResultPersist: Hook = (event, ctx) => {
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
};
