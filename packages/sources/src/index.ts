// @sealtrail/sources: what agent hosts report and write, made into drafts of events. Knows no storage.
export { claudeCode } from "./claude-code/claude-code.js";
export { liveIdentity } from "./claude-code/identity.js";
export { claudeTranscript, TranscriptReader } from "./claude-code/transcript.js";
export { codex } from "./codex/codex.js";
export { shellScript } from "./codex/shell-command.js";
export { fallbackType } from "./shared/fallback-type.js";
export { type Fields, field, fieldsOf, text } from "./shared/fields.js";
export { RecentMap } from "./shared/recent-map.js";
export * from "./shared/tool-call.js";
export {
  inputOf,
  isSourceName,
  type Recognised,
  recognise,
  SOURCE_NAMES,
  type SourceName,
  sourceOf,
} from "./sources.js";
