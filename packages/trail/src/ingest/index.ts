// Ingest: from a host's bytes to prepared events in a trail.

export { inputOf, isSourceName, type Recognised, SOURCE_NAMES, type SourceName, sourceOf } from "@sealtrail/sources";
export { DedupeKeys } from "./dedupe.js";
export type { Start } from "./file-lines.js";
export { type Followed, type FollowOptions, follow } from "./follow.js";
export {
  type FileIdentity,
  Ingest,
  type IngestOptions,
  type IngestReport,
  ingest,
} from "./ingest.js";
export { type FileRecords, type KnownFile, knownFile, type StoredPosition } from "./known-file.js";
export { type Line, LineSplitter, MAX_LINE_BYTES, readLines, streamLines } from "./lines.js";
export {
  type Offered,
  Pressure,
  type PressureLimits,
  type PressureOptions,
  pressureLimits,
  writtenAtOnce,
} from "./pressure.js";
export { knowsLine, otherSource, recogniseLines } from "./recognise.js";
export { keyed, type Traits, traitsOf } from "./traits.js";
