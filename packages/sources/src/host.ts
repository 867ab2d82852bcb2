/**
 * Single hosts, and helpers to read what they report. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { claudeCode } from "./claude-code/claude-code.js";
export { liveIdentity } from "./claude-code/identity.js";
export { claudeTranscript, TranscriptReader } from "./claude-code/transcript.js";
export { codex } from "./codex/codex.js";
export { shellScript } from "./codex/shell-command.js";
export { type Fields, field, fieldsOf, text } from "./shared/fields.js";
export { RecentMap } from "./shared/recent-map.js";
export { callIdentity, toolCancelled, toolInvoked, toolResult, toolUnknown } from "./shared/tool-call.js";
