// Every hook of OpenClaw 2026.9 that tells what happened, and how its handler may behave. A claim hook that answers
// would take the turn from whoever should have it: all of ours answer nothing.

/** `sync`: the host ignores a promise. `conversation`: refused unless the operator grants `allowConversationAccess`. */
export type HookKind = "plain" | "sync" | "conversation";

const PLAIN = [
  "before_tool_call",
  "after_tool_call",
  "resolve_exec_env",
  "model_call_started",
  "model_call_ended",
  "heartbeat_prompt_contribution",
  "session_start",
  "session_end",
  "before_reset",
  "before_compaction",
  "after_compaction",
  "message_received",
  "message_sending",
  "message_sent",
  "reply_payload_sending",
  "inbound_claim",
  "before_dispatch",
  "reply_dispatch",
  "channel_pairing_requested",
  "subagent_spawned",
  "subagent_progress",
  "subagent_ended",
  "subagent_delivery_target",
  "gateway_start",
  "gateway_stop",
  "cron_reconciled",
  "cron_changed",
  "before_install",
  "skill_changed",
  "skill_proposal_changed",
  "skill_proposal_evaluate",
];

const SYNC = ["tool_result_persist", "before_message_write"];

const CONVERSATION = [
  "llm_input",
  "llm_output",
  "agent_end",
  "before_agent_run",
  "before_agent_reply",
  "before_agent_finalize",
  "before_model_resolve",
  "agent_turn_prepare",
  "before_prompt_build",
];

export const HOOKS: ReadonlyMap<string, HookKind> = new Map([
  ...PLAIN.map((name) => [name, "plain"] as const),
  ...SYNC.map((name) => [name, "sync"] as const),
  ...CONVERSATION.map((name) => [name, "conversation"] as const),
]);
