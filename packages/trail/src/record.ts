// @sealtrail/trail/record: what a process that records one event needs, and nothing that takes time to load (a schema
// library, every source). The same things stand in the package's main entry.

export { parseJson } from "@sealtrail/redact/json";
export { callIdentity, claudeCode, codex, liveIdentity, TranscriptReader, toolUnknown } from "@sealtrail/sources";
export type { EventDraft } from "@sealtrail/sources/event";
export { DedupeKeys } from "./ingest/dedupe.js";
export { MAX_LINE_BYTES } from "./ingest/lines.js";
export { type Damage, salvage } from "./ingest/salvage.js";
export { readTail } from "./ingest/tail.js";
export { trailSecret } from "./log/key-file.js";
export { ownEvent } from "./log/own-event.js";
export { systemRandom } from "./log/random.js";
export type { StoredEvent } from "./log/stored-event.js";
export * from "./recorder/index.js";
export { recordIn } from "./restart/restart.js";
export type { SpooledEvent } from "./spool/index.js";
export {
  openSealed,
  putAsideSpoolFile,
  replaceSealed,
  sealPayload,
  spooled,
  spoolFolders,
  takeInSpool,
} from "./spool/index.js";
export type { Trail } from "./trail.js";
