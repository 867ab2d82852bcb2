// @sealtrail/trail/record: what a process that records one event needs, and nothing that takes time to load (a schema
// library, every source). The same things stand in the package's main entry.

export { type RedactionSettings, redactionPolicy } from "@sealtrail/redact";
export { parseJson } from "@sealtrail/redact/json";
export { callIdentity, claudeCode, codex, liveIdentity, TranscriptReader, toolUnknown } from "@sealtrail/sources";
export type { EventDraft } from "@sealtrail/sources/event";
export { type PrepareOptions, prepare } from "./event/prepare.js";
export type { PreparedEvent } from "./event/prepared.js";
export { DedupeKeys } from "./ingest/dedupe.js";
export { MAX_LINE_BYTES } from "./ingest/lines.js";
export { type Damage, salvage } from "./ingest/salvage.js";
export { readTail } from "./ingest/tail.js";
export { keyed, type Traits, traitsOf } from "./ingest/traits.js";
export { trailSecret } from "./log/key-file.js";
export type { StoredEvent } from "./log/stored-event.js";
export { noteSeen } from "./marker/seen.js";
export { recordIn } from "./restart/restart.js";
export { feedSink, sinkOf } from "./sinks/index.js";
export type { SpooledEvent } from "./spool/index.js";
export {
  openSealed,
  putAsideSpoolFile,
  replaceSealed,
  sealPayload,
  spool,
  spooled,
  spoolFolders,
  takeInSpool,
  waits,
} from "./spool/index.js";
export { Trail } from "./trail.js";
