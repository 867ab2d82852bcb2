/**
 * What methods of `Trail` take and return, and what commands need of the log. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export type { EraseTarget } from "../erasure/erase.js";
export type { HoldTarget } from "../erasure/holds.js";
export type { RetentionPolicy } from "../erasure/retention.js";
export type { AnchorReference } from "../export/format.js";
export type { Note } from "../replay/findings.js";
export type { CheckpointAt } from "../tree/answers.js";
export type { SealedEpoch } from "../tree/epochs.js";
export type { RebuildResult } from "../tree/rebuild.js";
export { nativeSha256 } from "./native.js";
export { isOwnFile } from "./own-files.js";
export type { Conversation, Degraded } from "./recent.js";
