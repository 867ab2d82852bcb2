/**
 * The log of what agents did, its tree, and the replay that verifies both. Needs Node.
 *
 * The other entry points (`./ingest`, `./log`, `./marker`, `./open`, `./reconcile`, `./record`, `./recorder`, `./recovery`,
 * `./spool`) are for the other packages of Sealtrail: they may change in any release.
 *
 * @public
 * @packageDocumentation
 */
export { type RedactionPolicy, redactionPolicy } from "@sealtrail/redact";
export type { EventDraft } from "@sealtrail/sources/event";
export { type PrepareOptions, prepare } from "./event/prepare.js";
export type { PreparedEvent } from "./event/prepared.js";
export { exportCsv } from "./export/csv.js";
export type { ExportOptions } from "./export/format.js";
export { exportNdjson } from "./export/ndjson.js";
export type { Appended } from "./log/append.js";
export { TrailError, type TrailErrorCode } from "./log/errors.js";
export type { EventQuery, StoredEvent } from "./log/stored-event.js";
export type { Finding, VerifyReport } from "./replay/findings.js";
export type { VerifyOptions } from "./replay/verify.js";
export { type CreateOptions, type OpenOptions, type ProveOptions, Trail, type TrailOptions } from "./trail.js";
export type { CheckpointAnswer, TrailStatus } from "./tree/answers.js";
