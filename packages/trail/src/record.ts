/**
 * What a process that records one event needs, and nothing that takes time to load, such as a schema library and every
 * source. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */

export { parseJson } from "@sealtrail/redact/json";
export type { EventDraft } from "@sealtrail/sources/event";
export { callIdentity, claudeCode, codex, liveIdentity, TranscriptReader, toolUnknown } from "@sealtrail/sources/host";
export { DedupeKeys } from "./ingest/dedupe.js";
export { type Damage, salvage } from "./ingest/salvage.js";
export { readTail } from "./ingest/tail.js";
export { trailSecret } from "./log/key-file.js";
export { systemRandom } from "./log/random.js";
export type { StoredEvent } from "./log/stored-event.js";
export { systemEvent } from "./log/system-event.js";
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
