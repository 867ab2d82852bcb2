/**
 * From a host's files to prepared events in a trail. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { inputOf, SOURCE_NAMES, type SourceName, sourceOf } from "@sealtrail/sources";
export { CATEGORIES, KNOWN_TYPES, type Source } from "@sealtrail/sources/event";
export { follow } from "./follow.js";
export { Ingest, type IngestOptions, type IngestReport, ingest } from "./ingest.js";
export { type KnownFile, knownFile } from "./known-file.js";
export { type Line, LineSplitter, MAX_LINE_BYTES, readLines, streamLines } from "./lines.js";
export { knowsLine, otherSource, recogniseLines } from "./recognise.js";
