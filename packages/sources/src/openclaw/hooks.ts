// The table of OpenClaw's hooks: which event each becomes and what of it is worth keeping. Lists of messages
// are counted and not stored: they would store every turn again at each turn. The prompt stands in `llm_input` alone.
import type { EventDraft, SealableKind } from "../event/draft.js";
import { isoTime } from "../event/time.js";
import { fallbackType } from "../shared/fallback-type.js";
import {
  compact,
  contentOf,
  count,
  errorText,
  type Fields,
  field,
  fieldsOf,
  length,
  pick,
  text,
} from "../shared/fields.js";
import { afterToolCall, beforeToolCall, toolResultPersist } from "./tools.js";
import type { TurnUsage } from "./usage.js";

/** Facts besides the hook's own two arguments. */
export interface Around {
  /** The conversation that the hook belongs to; empty where it says none. */
  readonly session: string;
  readonly usage: TurnUsage;
  /** What the host's own diagnostics say of the call, where the plugin heard them. */
  readonly diagnostic: Fields;
}

export type Hook = (event: Fields, ctx: Fields, around: Around) => EventDraft;

/** An error text may quote prompts or answers. */
const ERROR = { error: ["prompt", "args", "result"] } as const;

const MODEL = ["provider", "model"];
const CTX_MODEL = ["modelProviderId>provider", "modelId>model", "trigger"];

const promptShape = (event: Fields) => ({
  promptLength: length(field(event, "prompt")),
  historyCount: count(field(event, "messages")) ?? count(field(event, "historyMessages")),
});

const llmInput: Hook = (event, ctx) => ({
  type: "prompt.input",
  description: `prompt to ${text(event, "model") ?? "the model"}`,
  detail: { text: text(event, "prompt") ?? "", kind: "prompt" },
  metadata: compact({
    ...pick(ctx, ["trigger"]),
    ...pick(event, [...MODEL, "imagesCount"]),
    ...promptShape(event),
    systemPromptLength: length(field(event, "systemPrompt")),
    toolsCount: count(field(event, "tools")),
  }),
  content: text(event, "prompt"),
});

const llmOutput: Hook = (event, ctx, { session, usage }) => {
  const texts = contentOf(field(event, "assistantTexts"));
  return {
    type: "prompt.response",
    // The essence is made from the host's event and not from the metadata, because the usage in the metadata depends on the
    // messages before.
    essence: [text(event, "model"), texts, field(event, "usage")],
    description: `response of ${text(event, "model") ?? "the model"}`,
    detail: { text: typeof texts === "string" ? texts : "", kind: "prompt" },
    metadata: compact({
      ...pick(ctx, ["trigger"]),
      ...pick(event, [...MODEL, "resolvedRef", "harnessId", "reasoningEffort", "fastMode", "contextTokenBudget"]),
      ...pick(fieldsOf(field(event, "lastAssistant")), ["stopReason", "responseId"]),
      ...usage.ofResponse(session, field(event, "usage")),
    }),
    content: texts,
  };
};

/** The steps of a turn that carry the prompt again: what they add is that they happened, and with what. */
const turnStep =
  (type: string, description: string): Hook =>
  (event, ctx) => ({
    type,
    description,
    metadata: compact({
      ...pick(ctx, CTX_MODEL),
      ...pick(event, [
        ...MODEL,
        "senderId>sender",
        "accountId>account",
        "senderIsOwner",
        "channelId>channel",
        "transcriptPath>sessionFile",
        "stopHookActive",
        "turnId",
      ]),
      ...promptShape(event),
      attachmentsCount: count(field(event, "attachments")),
      injectionsCount: count(field(event, "queuedInjections")),
      responseLength: length(field(event, "lastAssistantMessage")),
      bodyLength: length(field(event, "cleanedBody")),
    }),
  });

const modelCall =
  (type: string, description: string): Hook =>
  (event) => ({
    type,
    description: `${description} ${text(event, "model") ?? "the model"}`,
    metadata: pick(event, [
      ...MODEL,
      "callId",
      "api",
      "transport",
      "contextTokenBudget",
      "contextWindowSource",
      "durationMs",
      "outcome",
      "errorCategory",
      "errorCode",
      "failureKind",
      "requestPayloadBytes",
      "responseStreamBytes",
      "timeToFirstByteMs",
      "upstreamRequestIdHash",
    ]),
  });

const agentEnd: Hook = (event, ctx) => ({
  type: "agent.end",
  description: field(event, "success") === false ? "agent run failed" : "agent run ended",
  metadata: compact({
    ...pick(ctx, CTX_MODEL),
    ...pick(event, ["success", "durationMs"]),
    error: errorText(field(event, "error")),
    messageCount: count(field(event, "messages")),
  }),
  sealable: ERROR,
});

const compaction =
  (type: string, description: string): Hook =>
  (event) => ({
    type,
    description,
    metadata: compact({
      ...pick(event, [
        "messageCount",
        "compactingCount",
        "compactedCount",
        "tokenCount",
        "previousSessionId",
        "sessionFile",
        "reason",
      ]),
      historyCount: count(field(event, "messages")),
    }),
  });

const subagent =
  (type: string, description: string): Hook =>
  (event, ctx) => {
    const requester = fieldsOf(field(event, "requester"));
    const parent = text(ctx, "requesterSessionKey") ?? text(event, "requesterSessionKey");
    return {
      type,
      description,
      // The label is an argument of the call that made the subagent.
      detail: { text: text(event, "label") ?? "", kind: "args" },
      sealable: { ...ERROR, label: "args" },
      ...(parent === undefined ? {} : { sessionId: parent }),
      metadata: compact({
        childSession: text(event, "childSessionKey", "targetSessionKey") ?? text(ctx, "childSessionKey"),
        childAgentId: text(event, "agentId"),
        ...pick(event, [
          "childRunId",
          "label",
          "mode",
          "spawnMode",
          "threadRequested",
          "resolvedModel>model",
          "resolvedProvider>provider",
          "phase",
          "outcome",
          "targetKind",
          "reason",
          "sendFarewell",
          "expectsCompletionMessage",
        ]),
        ...pick(requester, ["channel", "accountId>account", "senderId>sender", "threadId", "to>recipient"]),
        error: errorText(field(event, "error")),
      }),
    };
  };

const session =
  (type: string, description: string): Hook =>
  (event) => ({
    type,
    description,
    metadata: pick(event, [
      "resumedFrom",
      "messageCount",
      "durationMs",
      "reason",
      "sessionFile",
      "transcriptArchived",
      "nextSessionId",
      "nextSessionKey",
    ]),
  });

/** Where a message came from or goes to, the same for all hooks about messages. */
function correspondence(event: Fields, ctx: Fields, more: Fields): Record<string, unknown> {
  return compact({
    channel:
      text(event, "channel") ?? text(ctx, "channelId") ?? text(more, "channel", "provider", "originatingChannel"),
    account: text(event, "accountId") ?? text(ctx, "accountId") ?? text(more, "accountId"),
    surface: text(event, "surface") ?? text(more, "surface"),
    sender: text(event, "senderId", "from") ?? text(ctx, "senderId") ?? text(more, "senderId"),
    senderName: text(event, "senderName") ?? text(more, "senderName"),
    senderUsername: text(event, "senderUsername") ?? text(more, "senderUsername"),
    hostTime: hostTime(field(event, "timestamp") ?? field(more, "timestamp")),
  });
}

/** The time that the host gives a message, as ISO 8601; as it is where it can't be read as one. */
function hostTime(value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  return value === "" ? undefined : (isoTime(value) ?? String(value));
}

const message =
  (type: string, direction: "inbound" | "outbound", description: string, keepsText: boolean): Hook =>
  (event, ctx) => {
    const payload = fieldsOf(field(event, "payload"));
    const said = field(event, "content") ?? field(event, "body") ?? field(payload, "text");
    return {
      type,
      description,
      detail: { text: typeof said === "string" ? said : "", kind: "prompt" },
      metadata: compact({
        direction,
        ...correspondence(event, ctx, fieldsOf(field(event, "metadata"))),
        recipient: text(event, "to"),
        messageId: text(event, "messageId") ?? text(ctx, "messageId"),
        conversationId: text(event, "conversationId") ?? text(ctx, "conversationId"),
        ...pick(ctx, ["replyToId"]),
        ...pick(event, ["threadId", "replyToId", "success", "isGroup", "kind", "senderIsOwner", "commandAuthorized"]),
        error: errorText(field(event, "error")),
        contentLength: length(said),
        mediaCount: count(field(event, "media")),
      }),
      sealable: ERROR,
      ...(keepsText && typeof said === "string" ? { content: said } : {}),
    };
  };

const replyDispatch: Hook = (event, ctx) => {
  const inner = fieldsOf(field(event, "ctx"));
  return {
    type: "message.reply_dispatch",
    description: "reply dispatched to the agent",
    metadata: compact({
      direction: "inbound",
      channel: text(event, "originatingChannel") ?? text(inner, "Provider"),
      account: text(event, "originatingAccountId") ?? text(inner, "AccountId"),
      surface: text(inner, "Surface"),
      sender: text(inner, "SenderId"),
      senderName: text(inner, "SenderName"),
      senderUsername: text(inner, "SenderUsername"),
      hostTime: hostTime(field(inner, "Timestamp")),
      messageId: text(inner, "MessageSid"),
      contentLength: length(field(inner, "Body")),
      ...pick(event, ["sendPolicy", "inboundAudio", "suppressUserDelivery"]),
      ...pick(ctx, ["dispatchKind"]),
      ...pick(inner, ["ChatType>chatType", "CommandAuthorized>commandAuthorized"]),
    }),
  };
};

/** The usage of the turn that it carries stands on the messages and the response. */
const replyPayload: Hook = (event, ctx, around) => {
  const state = fieldsOf(field(event, "usageState"));
  const kept = message("message.reply_payload_sending", "outbound", "reply about to be sent", false);
  const draft = kept(event, ctx, around);
  return {
    ...draft,
    metadata: compact({
      ...draft.metadata,
      ...pick(state, [
        ...MODEL,
        "resolvedRef",
        "fallbackUsed",
        "chatType",
        "durationMs",
        "contextTokenBudget",
        "contextUsedTokens",
      ]),
    }),
  };
};

/** What the parts of a written message are: an assistant's may ask for tools, a host's own may carry their results. */
function kindsOf(role: string | undefined, content: unknown): readonly SealableKind[] {
  if (role === "toolResult" || role === "tool") return ["result"];
  const kinds: SealableKind[] = ["prompt"];
  if (typeof content === "string" && role !== "custom") return kinds;
  return role === "user" ? [...kinds, "result"] : [...kinds, "args", "result"];
}

const messageWrite: Hook = (event, _ctx, { session, usage }) => {
  const written = fieldsOf(field(event, "message"));
  const role = text(written, "role");
  const content = contentOf(field(written, "content"));
  return {
    type: "message.write",
    description: `${role ?? "message"} written to the transcript`,
    metadata: compact({
      ...pick(written, [
        "role",
        "customType",
        "toolName",
        "toolCallId",
        "isError",
        ...MODEL,
        "stopReason",
        "responseId",
        "idempotencyKey>messageId",
      ]),
      ...(role === "assistant" ? usage.ofMessage(session, field(written, "usage")) : {}),
      parentToolCallId: text(fieldsOf(field(written, "details")), "parentToolCallId"),
      contentLength: length(content),
    }),
    content,
    contentKind: kindsOf(role, content),
  };
};

const cronChanged: Hook = (event) => {
  const action = text(event, "action") ?? "changed";
  const job = fieldsOf(field(event, "job"));
  const name = text(job, "name") ?? text(event, "jobId") ?? "job";
  const failed = field(event, "status") === "error" || field(event, "completionStatus") === "failed";
  const run = action === "started" || action === "finished";
  const type = run ? (failed ? "cron.failed" : "cron.executed") : "config.cron_changed";
  return {
    type,
    description: `cron job ${name} ${failed ? "failed" : action}`,
    metadata: compact({
      ...pick(event, [
        "jobId",
        "status",
        "completionStatus",
        "durationMs",
        "delivered",
        "deliveryStatus",
        "sessionTarget",
        ...MODEL,
        "runAtMs",
        "nextRunAtMs",
      ]),
      ...(run ? { phase: action } : { artifact: name, changeType: action }),
      name,
      schedule: field(job, "schedule"),
      error: errorText(field(event, "error")),
      summaryLength: length(field(event, "summary")),
    }),
    sealable: ERROR,
    ...(text(event, "summary") === undefined ? {} : { content: text(event, "summary") }),
  };
};

const install: Hook = (event) => {
  const plugin = fieldsOf(field(event, "plugin"));
  const scan = fieldsOf(field(event, "builtinScan"));
  const skillInstall = fieldsOf(field(event, "skill"));
  const skillSpec = fieldsOf(field(skillInstall, "installSpec"));
  return {
    type: "system.install",
    description: `${text(event, "targetType") ?? "package"} ${text(event, "targetName") ?? ""} to be installed`,
    metadata: compact({
      ...pick(event, ["targetType", "targetName", "sourcePath", "sourcePathKind", "origin"]),
      ...pick(fieldsOf(field(event, "request")), ["kind>requestKind", "mode", "requestedSpecifier"]),
      ...pick(skillInstall, ["installId"]),
      ...pick(plugin, ["pluginId", "packageName", "manifestId", "version", "contentType"]),
      ...pick(skillSpec, ["kind>installerKind", "package>installerPackage", "url>installerUrl", "sha256"]),
      ...pick(scan, ["status>scanStatus", "scannedFiles", "critical", "warn", "info"]),
      scanError: errorText(field(scan, "error")),
      findingsCount: count(field(scan, "findings")),
    }),
  };
};

const skill =
  (type: string): Hook =>
  (event) => {
    const after = fieldsOf(field(event, "after"));
    const proposal = fieldsOf(field(event, "proposal"));
    const name =
      text(after, "name") ?? text(fieldsOf(field(event, "before")), "name") ?? text(proposal, "id") ?? "skill";
    return {
      type,
      description: `skill ${name} ${text(event, "action") ?? "evaluated"}`,
      metadata: compact({
        artifact: name,
        changeType: text(event, "action"),
        ...pick(event, ["source", "correlationId", "eventId", "reason"]),
        ...pick(fieldsOf(field(after, "revision")), ["contentSha256", "treeSha256"]),
        ...pick(proposal, ["status", "revision", "revisionSha256"]),
      }),
      sealable: { reason: ["prompt", "args"] },
    };
  };

const gateway =
  (type: string, description: string): Hook =>
  (event, ctx) => ({
    type,
    description,
    metadata: { ...pick(ctx, ["port", "workspaceDir"]), ...pick(event, ["port", "reason", "enabled"]) },
  });

/** The code pairs a device: whoever holds it is in. Only that there was one is kept. */
const pairing: Hook = (event) => ({
  type: "message.channel_pairing_requested",
  description: `pairing requested on ${text(event, "channel") ?? "a channel"}`,
  metadata: compact({
    ...pick(event, ["channel", "accountId>account", "senderId>sender"]),
    direction: "inbound",
    pairingCode: text(event, "code") === undefined ? undefined : "[REDACTED]",
  }),
});

const small =
  (hook: string, description: string, keep: readonly string[]): Hook =>
  (event) => ({ type: fallbackType(hook), description, metadata: { hook, ...pick(event, keep) } });

export const HOOKS: Readonly<Record<string, Hook>> = {
  before_tool_call: beforeToolCall,
  after_tool_call: afterToolCall,
  tool_result_persist: toolResultPersist,
  resolve_exec_env: small("resolve_exec_env", "environment of exec resolved", ["toolName", "host"]),
  llm_input: llmInput,
  llm_output: llmOutput,
  model_call_started: modelCall("prompt.model_call_started", "call to"),
  model_call_ended: modelCall("prompt.model_call_ended", "call ended to"),
  before_model_resolve: turnStep("prompt.model_resolve", "model being resolved"),
  before_prompt_build: turnStep("prompt.build", "prompt being built"),
  heartbeat_prompt_contribution: small("heartbeat_prompt_contribution", "heartbeat prompt", ["heartbeatName"]),
  agent_turn_prepare: turnStep("agent.agent_turn_prepare", "turn being prepared"),
  before_agent_run: turnStep("agent.before_agent_run", "agent about to run"),
  before_agent_reply: turnStep("agent.before_agent_reply", "agent about to reply"),
  before_agent_finalize: turnStep("agent.before_agent_finalize", "agent about to finish"),
  agent_end: agentEnd,
  before_compaction: compaction("agent.compaction_start", "compaction started"),
  after_compaction: compaction("agent.compaction_end", "compaction ended"),
  before_reset: compaction("agent.reset", "session reset"),
  subagent_spawned: subagent("agent.subagent_spawned", "subagent spawned"),
  subagent_progress: subagent("agent.subagent_progress", "subagent progress"),
  subagent_delivery_target: subagent("agent.subagent_delivery", "subagent's answer to be delivered"),
  subagent_ended: subagent("agent.subagent_ended", "subagent ended"),
  session_start: session("session.start", "session started"),
  session_end: session("session.end", "session ended"),
  message_received: message("message.received", "inbound", "message received", true),
  message_sending: message("message.sending", "outbound", "message being sent", true),
  message_sent: message("message.sent", "outbound", "message sent", true),
  inbound_claim: message("message.claimed", "inbound", "message claimed", false),
  before_dispatch: message("message.dispatched", "inbound", "message dispatched", false),
  reply_dispatch: replyDispatch,
  reply_payload_sending: replyPayload,
  before_message_write: messageWrite,
  channel_pairing_requested: pairing,
  gateway_start: gateway("gateway.start", "gateway started"),
  gateway_stop: gateway("gateway.stop", "gateway stopped"),
  cron_changed: cronChanged,
  cron_reconciled: gateway("cron.cron_reconciled", "cron jobs reconciled"),
  before_install: install,
  skill_changed: skill("config.skill_changed"),
  skill_proposal_changed: skill("config.skill_proposal_changed"),
  skill_proposal_evaluate: skill("config.skill_proposal_evaluate"),
};
