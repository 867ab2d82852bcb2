// The hooks that only Claude Code has, and those whose payloads differ from Codex's.
import type { EventDraft } from "../event/draft.js";
import { compact, count, type Fields, field, length, number, pick, text } from "../shared/fields.js";
import { callOf, type Hooks, postToolUse, prompted } from "../shared/hook-payload.js";
import { type ToolCall, toolCancelled, toolDenied, toolResult } from "../shared/tool-call.js";
import { failure } from "./failure.js";
import { isHostGenerated } from "./host-generated.js";
import { outcomeEssence, promptAlike } from "./identity.js";
import { reasonOf, refusedInWords } from "./outcome.js";

/** A call that failed. The payload holds the text that the host gave to the model. */
function failed(payload: Fields): EventDraft {
  const said = text(payload, "error") ?? "failed";
  const call: ToolCall = { ...callOf(payload), content: said, more: pick(payload, ["is_interrupt>interrupted"]) };
  if (field(payload, "is_interrupt") === true) return toolCancelled(call, { by: "user", reason: reasonOf(said) });
  // An error text of an MCP server is no refusal: the server was called.
  const refused = call.toolName?.startsWith("mcp__") === true ? undefined : refusedInWords(said, call);
  return refused ?? toolResult({ ...call, ...failure(said, call.toolName) });
}

/** The automatic check or a rule refused; a person's refusal has no hook. */
function permissionDenied(payload: Fields): EventDraft {
  return toolDenied(callOf(payload), { deniedReason: "policy", by: "policy", reason: text(payload, "reason") });
}

function promptSubmitted(payload: Fields): EventDraft {
  const draft = prompted(payload);
  const words = text(payload, "prompt") ?? "";
  // No identity here: equal lines of a file are separate prompts. Only live hooks go by the prompt id (`liveIdentity`).
  return {
    ...draft,
    alike: promptAlike(words),
    ...(isHostGenerated(payload, words) && { metadata: { ...draft.metadata, hostGenerated: true } }),
  };
}

/** Hooks and session files both tell how a call ended, in different words. The essence covers what both hold. */
const ended =
  (hook: (payload: Fields) => EventDraft) =>
  (payload: Fields): EventDraft => {
    const outcome = hook(payload);
    return { ...outcome, essence: outcomeEssence(outcome) };
  };

const expanded = (payload: Fields): EventDraft => ({
  type: "prompt.user_prompt_expansion",
  description: `command ${text(payload, "command_name") ?? ""} expanded`,
  metadata: compact({
    ...pick(payload, ["expansion_type>expansionType", "command_name>commandName", "command_source>commandSource"]),
    args: field(payload, "command_args"),
    promptLength: length(field(payload, "prompt")),
  }),
  content: text(payload, "prompt"),
});

/** The text that is shown, piece by piece. */
const displayed = (payload: Fields): EventDraft => ({
  type: "message.display",
  description: "part of an answer shown",
  metadata: compact({
    ...pick(payload, ["turn_id>turnId", "message_id>messageId", "index", "final"]),
    responseLength: length(field(payload, "delta")),
  }),
  content: text(payload, "delta", "message"),
});

const notified = (payload: Fields): EventDraft => ({
  type: "message.notification",
  description: `notification: ${text(payload, "notification_type") ?? "unknown"}`,
  metadata: pick(payload, ["notification_type>notificationType", "title", "message"]),
  sealable: { title: "prompt", message: "args" },
});

const modelSwitch =
  (type: string, description: string) =>
  (payload: Fields): EventDraft => ({
    type,
    description: `${description} ${text(payload, "to_model") ?? ""}`.trimEnd(),
    metadata: pick(payload, [
      "from_model>fromModel",
      "to_model>toModel",
      "requested_model>requestedModel",
      "source>trigger",
      "context_tokens>contextTokens",
      "estimated_cache_write_usd>estimatedCacheWriteUsd",
      "pricing",
    ]),
  });

const task =
  (type: string, what: string) =>
  (payload: Fields): EventDraft => ({
    type,
    description: `task ${what}`,
    detail: { text: text(payload, "task_subject") ?? "", kind: "prompt" },
    metadata: pick(payload, [
      "task_id>taskId",
      "task_subject>subject",
      "teammate_name>teammateName",
      "team_name>teamName",
    ]),
    sealable: { subject: "prompt" },
    content: text(payload, "task_description"),
  });

const asked = (payload: Fields): EventDraft => ({
  type: "message.elicitation",
  description: `${text(payload, "mcp_server_name") ?? "a server"} asks the user`,
  metadata: compact({
    ...pick(payload, ["mcp_server_name>mcpServer", "mode", "url", "elicitation_id>elicitationId"]),
    requestedSchema: field(payload, "requested_schema"),
  }),
  sealable: { url: "args", requestedSchema: "args" },
  content: text(payload, "message"),
});

const answered = (payload: Fields): EventDraft => ({
  type: "message.elicitation_result",
  description: `the user's answer to ${text(payload, "mcp_server_name") ?? "a server"}: ${text(payload, "action") ?? "unknown"}`,
  metadata: pick(payload, ["mcp_server_name>mcpServer", "mode", "action", "elicitation_id>elicitationId"]),
  content: field(payload, "content") ?? undefined,
});

const settled =
  (type: string, description: string, members: readonly string[]) =>
  (payload: Fields): EventDraft => ({
    type,
    description,
    metadata: pick(payload, members),
  });

const instructions = (payload: Fields): EventDraft => ({
  type: "config.instructions_loaded",
  description: `instructions loaded: ${text(payload, "load_reason") ?? "unknown"}`,
  metadata: compact({
    ...pick(payload, [
      "file_path>path",
      "memory_type>memoryType",
      "load_reason>reason",
      "trigger_file_path>triggerPath",
      "parent_file_path>parentPath",
    ]),
    globsCount: count(field(payload, "globs")),
  }),
});

const fileChanged = (payload: Fields): EventDraft => ({
  type: "system.file_changed",
  description: `file ${text(payload, "event") ?? "changed"}`,
  detail: { text: text(payload, "file_path") ?? "", kind: "args" },
  metadata: pick(payload, ["file_path>path", "event>changeType"]),
});

const started = (payload: Fields): EventDraft => ({
  type: "session.start",
  description: "session started",
  metadata: compact({
    reason: text(payload, "source"),
    resumedFrom: text(payload, "source") === "resume" ? text(payload, "session_id") : undefined,
    transcript: text(payload, "transcript_path"),
    ...pick(payload, ["session_title>sessionTitle", "context_tokens>contextTokens"]),
    secondsSinceLastResponse: number(payload, "seconds_since_last_response"),
  }),
  sealable: { sessionTitle: "prompt" },
});

export const CLAUDE_HOOKS: Hooks = {
  PostToolBatch: () => ({ skipped: "repeats-its-calls" }),
  PostToolUse: ended(postToolUse),
  PostToolUseFailure: ended(failed),
  PermissionDenied: ended(permissionDenied),
  UserPromptSubmit: promptSubmitted,
  UserPromptExpansion: expanded,
  SessionStart: started,
  Notification: notified,
  MessageDisplay: displayed,
  PreModelSwitch: modelSwitch("config.model_switch_asked", "switch asked for to model"),
  PostModelSwitch: modelSwitch("config.model_switched", "switched to model"),
  Setup: settled("session.setup", "project set up", ["trigger"]),
  TeammateIdle: settled("agent.teammate_idle", "teammate idle", ["teammate_name>teammateName", "team_name>teamName"]),
  TaskCreated: task("agent.task_created", "created"),
  TaskCompleted: task("agent.task_completed", "completed"),
  Elicitation: asked,
  ElicitationResult: answered,
  WorktreeCreate: settled("system.worktree_create", "worktree asked for", ["name"]),
  WorktreeRemove: settled("system.worktree_removed", "worktree removed", ["worktree_path>path"]),
  InstructionsLoaded: instructions,
  CwdChanged: settled("session.cwd_changed", "working folder changed", ["old_cwd>from", "new_cwd>to"]),
  FileChanged: fileChanged,
  DirectoryAdded: settled("config.directory_added", "folder added", ["directory>path", "source>trigger"]),
};
