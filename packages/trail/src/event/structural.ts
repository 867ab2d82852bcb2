// Members of metadata that say how a host is built and what it did, never what a person or a model wrote: names, ids, kinds,
// places. With a seal on, whatever is not here and was not named by its source is sealed too: a host may put a prompt, an
// argument or a result into any member that we do not know.

const NAMES = `
  accountId action agentType api approvalId artifact by callId changeType channel chatId chatType childAgentId childRunId
  childSession childThread client commandSource compactTrigger completionStatus contentType contextWindowSource
  conversationId cut customType cwd decision decisionId deliveryRoute deliveryStatus deniedReason direction dispatchKind
  effort endedAt errorCategory errorCode errorType exitCode exitReason finishReason forkedFrom groupId harnessId hook host
  hostDeniedReason hostSessionId hostTime httpStatus jobId kind level loadReason manifestId mcpServer memoryType messageId
  method mode model modelProvider nextSessionId of operation origin outcome owner packageName parentRunId parentSession
  parentSpanId parentThread parentToolCallId permissionMode phase pid pluginId pluginVersion port provider recipient
  redacted redactions replyToId requestId requestKind requestedSpecifier resolvedModel resolvedProvider resolvedRef
  responseId resumedFrom role route sandbox scanStatus schedule sendPolicy senderId sender sequence serverName service
  sessionFile sessionKey sessionTarget severity signal sourcePath sourcePathKind spanId spawnMode startedAt status
  stopReason surface taskId targetKind targetName targetType threadId toolCallId toolInputKind toolKind toolName tools
  traceId transcript transport trigger truncated turnId version workspaceDir worktree
`;

export const STRUCTURAL: ReadonlySet<string> = new Set(NAMES.trim().split(/\s+/));

/** Those that hold a host's word in most events and a sentence in some: shown only where they are one short word. */
export const SHORT: ReadonlySet<string> = new Set(["reason", "name", "type", "event", "category", "id"]);
