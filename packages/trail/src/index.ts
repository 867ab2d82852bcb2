// @sealtrail/trail: the log of what agents did, its tree, and the replay that verifies both. Needs Node.

export * from "@sealtrail/redact";
export type * from "@sealtrail/sources/event";
export { CATEGORIES, type Category, categoryOf, KNOWN_TYPES } from "@sealtrail/sources/event";
export type { EraseReport, EraseTarget } from "./erasure/erase.js";
export type { HoldTarget, PlacedHold } from "./erasure/holds.js";
export { defaultFloorMs, type RetentionPolicy, type RetentionReport } from "./erasure/retention.js";
export { type PrepareOptions, prepare } from "./event/prepare.js";
export type * from "./event/prepared.js";
export * from "./export/index.js";
export * from "./ingest/index.js";
export type { Appended } from "./log/append.js";
export { TrailError, type TrailErrorCode } from "./log/errors.js";
export { trailSecret } from "./log/key-file.js";
export { nativeSha256 } from "./log/native.js";
export { ownEvent } from "./log/own-event.js";
export { isOwnFile } from "./log/own-files.js";
export type { EventMatch } from "./log/query.js";
export { type Random, systemRandom } from "./log/random.js";
export type { Conversation, Degraded } from "./log/recent.js";
export type { EventQuery, StoredEvent } from "./log/stored-event.js";
export * from "./marker/run-marker.js";
export { noteSeen, type Seen, seenOf } from "./marker/seen.js";
export { type LoggedCall, type LogsOptions, type LogsReconciled, reconcileLogs } from "./reconcile/host-logs.js";
export { type Reconciled, reconcileOpenclaw, type ToolCall } from "./reconcile/openclaw.js";
export * from "./recorder/index.js";
export * from "./replay/findings.js";
export type { KnownRoot } from "./replay/known.js";
export type { VerifyOptions } from "./replay/verify.js";
export * from "./restart/index.js";
export * from "./sinks/index.js";
export {
  type SpooledEvent,
  spool,
  spooled,
  spoolFolders,
  type TakeInOptions,
  type TakenIn,
  takeInSpool,
  type Waiting,
} from "./spool/index.js";
export {
  type CreateOptions,
  type OpenOptions,
  type ProveOptions,
  type ReplayProgress,
  Trail,
  type TrailOptions,
} from "./trail.js";
export type * from "./tree/answers.js";
export type { CatchUpOptions } from "./tree/catch-up.js";
export type { SealedEpoch } from "./tree/epochs.js";
export { recordOfEvent } from "./tree/prove.js";
export type { RebuildResult } from "./tree/rebuild.js";
