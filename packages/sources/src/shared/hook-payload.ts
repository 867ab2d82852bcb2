// What the hook payloads of Claude Code and Codex have in common: one JSON object, snake_case, no time of its own.

import type { EventDraft, Normalised } from "../event/draft.js";
import { callRole } from "../event/types.js";
import { fallbackType } from "./fallback-type.js";
import { compact, count, errorText, type Fields, field, fieldsOf, length, number, pick, text } from "./fields.js";
import {
  type CallStep,
  callIdentity,
  type ToolCall,
  toolInvoked,
  toolPermissionRequest,
  toolResult,
} from "./tool-call.js";

export type Hook = (payload: Fields) => EventDraft | { skipped: string };
/** By the name of the hook's event. */
export type Hooks = Readonly<Record<string, Hook>>;

/** @param own the hooks that only this host has, or whose payloads differ */
export function normalisePayload(value: unknown, own: Hooks = {}): Normalised {
  const payload = fieldsOf(value);
  const name = text(payload, "hook_event_name");
  if (name === undefined) return { refused: "no hook_event_name: not a hook payload" };
  const hooks = [own, HOOKS].find((table) => Object.hasOwn(table, name));
  const hook = hooks?.[name];
  const draft = hook === undefined ? unknownHook(name, payload) : hook(payload);
  if ("skipped" in draft) return draft;

  const sessionId = text(payload, "session_id");
  const agentId = draft.agentId ?? text(payload, "agent_id");
  const runId = text(payload, "turn_id", "prompt_id");
  const callId = text(payload, "tool_use_id");
  return {
    events: [
      {
        ...draft,
        metadata: compact({ ...common(payload), ...draft.metadata }),
        ...(sessionId === undefined ? {} : { sessionId }),
        ...(agentId === undefined || agentId === "" ? {} : { agentId }),
        ...(runId === undefined ? {} : { runId }),
        ...(callId === undefined || draft.dedupeKey !== undefined
          ? {}
          : { dedupeKey: callIdentity(sessionId, callId, stepOf(draft.type)) }),
        // The host's own log describes the same call in other words. Tool and arguments are the same in both.
        ...(callId !== undefined && draft.type === "tool.invoked"
          ? { essence: [text(payload, "tool_name") ?? null, field(payload, "tool_input") ?? null] }
          : {}),
      },
    ],
  };
}

function stepOf(type: string): CallStep {
  const role = callRole(type);
  if (role === "asked") return "invoked";
  if (role === "outcome") return role;
  return type === "tool.permission_request" ? "permission" : (type as `${string}.${string}`);
}

function common(payload: Fields): Record<string, unknown> {
  return compact({
    ...pick(payload, ["cwd", "permission_mode>permissionMode", "model", "agent_type>agentType"]),
    effort: text(fieldsOf(field(payload, "effort")), "level"),
    mcpServer: text(fieldsOf(field(payload, "mcp_server")), "name"),
  });
}

export function callOf(payload: Fields): ToolCall {
  return {
    toolName: text(payload, "tool_name"),
    toolCallId: text(payload, "tool_use_id"),
    args: field(payload, "tool_input"),
    durationMs: number(payload, "duration_ms"),
  };
}

export function postToolUse(payload: Fields): EventDraft {
  const response = field(payload, "tool_response");
  return toolResult({
    ...callOf(payload),
    exitCode: number(fieldsOf(response), "exit_code", "exitCode") ?? patchExit(payload, response),
    content: response ?? undefined,
    more: pick(fieldsOf(response), ["interrupted"]),
  });
}

/** Codex's `apply_patch` answers with text of its own that begins so. Of a shell the text is the command's, not evidence. */
function patchExit(payload: Fields, response: unknown): number | undefined {
  if (field(payload, "tool_name") !== "apply_patch" || typeof response !== "string") return undefined;
  const exit = /^Exit code: (-?\d{1,10})\r?\n/.exec(response);
  return exit === null ? undefined : Number(exit[1]);
}

const permissionRequest: Hook = (payload) =>
  toolPermissionRequest({
    ...callOf(payload),
    more: compact({ suggestionsCount: count(field(payload, "permission_suggestions")) }),
  });

export function prompted(payload: Fields): EventDraft {
  const prompt = text(payload, "prompt") ?? "";
  return {
    type: "prompt.input",
    description: "prompt",
    detail: { text: prompt, kind: "prompt" },
    metadata: compact({
      promptLength: prompt.length,
      trigger: text(payload, "source"),
      sessionTitle: text(payload, "session_title"),
    }),
    sealable: { sessionTitle: "prompt" },
    content: prompt,
  };
}

const stopped =
  (success: boolean): Hook =>
  (payload) => {
    const last = text(payload, "last_assistant_message");
    return {
      type: "agent.end",
      description: success ? "agent stopped" : "agent stopped by an error",
      metadata: compact({
        success,
        error: errorText(field(payload, "error")),
        errorDetails: errorText(field(payload, "error_details")),
        ...pick(payload, ["stop_hook_active>stopHookActive"]),
        responseLength: last?.length,
        backgroundTasks: count(field(payload, "background_tasks")),
        sessionCrons: count(field(payload, "session_crons")),
      }),
      sealable: { error: "result", errorDetails: "result" },
      content: last,
    };
  };

/** The id in a subagent's own start and stop is the child's; who started it is the session. */
const subagent =
  (type: string, what: string): Hook =>
  (payload) => {
    const last = text(payload, "last_assistant_message");
    return {
      type,
      agentId: "",
      description: `subagent ${text(payload, "agent_type") ?? ""} ${what}`.replace("  ", " "),
      metadata: compact({
        childSession: text(payload, "agent_id"),
        transcript: text(payload, "agent_transcript_path"),
        responseLength: last?.length,
      }),
      content: last,
    };
  };

const session =
  (type: string, description: string): Hook =>
  (payload) => {
    const resumed = text(payload, "source") === "resume";
    return {
      type,
      description,
      metadata: compact({
        reason: text(payload, "reason", "source"),
        resumedFrom: resumed ? text(payload, "session_id") : undefined,
        transcript: text(payload, "transcript_path"),
        ...pick(payload, ["session_title>sessionTitle", "context_tokens>contextTokens"]),
      }),
      sealable: { sessionTitle: "prompt" },
    };
  };

const compaction =
  (type: string, description: string): Hook =>
  (payload) => ({
    type,
    description,
    metadata: compact({
      ...pick(payload, ["trigger"]),
      instructionsLength: length(field(payload, "custom_instructions")),
      summaryLength: length(field(payload, "compact_summary")),
    }),
    content: text(payload, "compact_summary"),
  });

const configChanged: Hook = (payload) => ({
  type: "config.workspace_changed",
  description: `settings changed: ${text(payload, "source") ?? "unknown"}`,
  metadata: compact({
    artifact: text(payload, "file_path") ?? text(payload, "source"),
    changeType: text(payload, "source"),
  }),
});

/** What every payload carries, and what names the event itself. */
const COMMON = new Set([
  "session_id",
  "transcript_path",
  "cwd",
  "hook_event_name",
  "prompt_id",
  "turn_id",
  "permission_mode",
  "agent_id",
  "agent_type",
  "effort",
  "model",
  "mcp_server",
]);

/** A hook that has no row of its own: its scalars and small objects are kept, its lists counted. */
function unknownHook(name: string, payload: Fields): EventDraft {
  const metadata: Record<string, unknown> = { hook: name };
  for (const member of Object.keys(payload)) {
    if (COMMON.has(member)) continue;
    const value = field(payload, member);
    if (Array.isArray(value)) metadata[`${member}_count`] = value.length;
    else metadata[member] = value;
  }
  return { type: fallbackType(name), description: name, metadata };
}

const HOOKS: Hooks = {
  PreToolUse: (payload) => toolInvoked(callOf(payload)),
  PostToolUse: postToolUse,
  PermissionRequest: permissionRequest,
  UserPromptSubmit: prompted,
  Stop: stopped(true),
  StopFailure: stopped(false),
  SubagentStart: subagent("agent.subagent_spawned", "started"),
  SubagentStop: subagent("agent.subagent_ended", "stopped"),
  PreCompact: compaction("agent.compaction_start", "compaction started"),
  PostCompact: compaction("agent.compaction_end", "compaction ended"),
  SessionStart: session("session.start", "session started"),
  SessionEnd: session("session.end", "session ended"),
  ConfigChange: configChanged,
};
