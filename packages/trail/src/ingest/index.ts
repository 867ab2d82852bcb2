// Ingest: from a host's bytes to prepared events in a trail.

export { inputOf, type Recognised, SOURCE_NAMES, type SourceName, sourceOf } from "@sealtrail/sources";
export type { Start } from "./file-lines.js";
export { type Followed, type FollowOptions, follow } from "./follow.js";
export { type FileIdentity, Ingest, type IngestOptions, type IngestReport, ingest, type Live } from "./ingest.js";
export { type FileRecords, type KnownFile, knownFile, type StoredPosition } from "./known-file.js";
export { type Line, LineSplitter, MAX_LINE_BYTES, readLines, streamLines } from "./lines.js";
export { type PressureLimits, writtenAtOnce } from "./pressure.js";
export { knowsLine, otherSource, recogniseLines } from "./recognise.js";
export type { Traits } from "./traits.js";
