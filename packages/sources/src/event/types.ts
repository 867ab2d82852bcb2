// The types that our sources and the trail itself write today, and what the log must know of each: a type is added here and
// nowhere else. The list is not closed. A hook that a host adds gets a type of its own, and NDJSON may bring any type in our
// categories.

/** What an event says of its tool call: that it was asked for, something in between, or how it ended. @public */
export type CallRole = "asked" | "step" | "outcome";

/** What the log must know of a type of event. @public */
export interface EventType {
  /** Of a tool event, where it is not a step. */
  readonly call?: CallRole;
  /**
   * It decides something in the operator's name. Such an event is only appended where it happens: never taken from a spool,
   * whatever source it names, and never with a dedupe key.
   */
  readonly decides?: true;
  /** The trail's own processes may have to spool it. Anybody who can write a file beside the trail could forge it. */
  readonly spooled?: true;
}

const types: Readonly<Record<string, EventType>> = {
  "agent.agent_turn_prepare": {},
  "agent.before_agent_finalize": {},
  "agent.before_agent_reply": {},
  "agent.before_agent_run": {},
  "agent.branch_summary": {},
  "agent.compaction_end": {},
  "agent.compaction_start": {},
  "agent.end": {},
  "agent.error": {},
  "agent.model_change": {},
  "agent.reset": {},
  "agent.rolled_back": {},
  "agent.subagent_activity": {},
  "agent.subagent_delivery": {},
  "agent.subagent_ended": {},
  "agent.subagent_progress": {},
  "agent.subagent_spawned": {},
  "agent.turn_context": {},
  "agent.turn_started": {},
  "config.cron_changed": {},
  "config.skill_changed": {},
  "config.skill_proposal_changed": {},
  "config.skill_proposal_evaluate": {},
  "config.workspace_changed": {},
  "cron.cron_reconciled": {},
  "cron.executed": {},
  "cron.failed": {},
  "gateway.error": {},
  "gateway.log": {},
  "gateway.start": {},
  "gateway.stop": {},
  "gateway.warning": {},
  "message.channel_pairing_requested": {},
  "message.claimed": {},
  "message.dispatched": {},
  "message.received": {},
  "message.reply_dispatch": {},
  "message.reply_payload_sending": {},
  "message.sending": {},
  "message.sent": {},
  "message.write": {},
  "prompt.build": {},
  "prompt.context": {},
  "prompt.input": {},
  "prompt.model_call_ended": {},
  "prompt.model_call_started": {},
  "prompt.model_resolve": {},
  "prompt.response": {},
  "prompt.user_prompt_expansion": {},
  "session.custom_entry": {},
  "session.end": {},
  "session.start": {},
  "system.anchor": { decides: true },
  "system.clock_changed": { decides: true },
  "system.degraded": { spooled: true },
  "system.erasure": { decides: true },
  "system.file_changed": {},
  "system.freeze": { decides: true },
  "system.hook_installed": { spooled: true },
  "system.hook_removal_refused": { spooled: true },
  "system.hook_removed": { spooled: true },
  "system.install": { spooled: true },
  "system.install_hook_unavailable": { spooled: true },
  "system.key_changed": { decides: true },
  "system.restarted": { decides: true },
  "system.retention": { decides: true },
  "tool.approved": {},
  "tool.cancelled": { call: "outcome" },
  "tool.denied": { call: "outcome" },
  "tool.detail": {},
  "tool.invoked": { call: "asked" },
  "tool.permission_request": {},
  "tool.persisted": {},
  "tool.result": { call: "outcome" },
  "tool.unknown": { call: "outcome" },
};

/** For suggestions and shell completion. @public */
export const KNOWN_TYPES: readonly string[] = Object.keys(types);

const none: EventType = {};

/** What the log must know of this type; nothing in particular of one that is not in the table. @public */
export function eventType(type: string): EventType {
  return Object.hasOwn(types, type) ? types[type]! : none;
}

/** What an event of this type says of its tool call; undefined where it says nothing of one. @public */
export function callRole(type: string): CallRole | undefined {
  return eventType(type).call ?? (type.startsWith("tool.") ? "step" : undefined);
}
