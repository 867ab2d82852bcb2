/**
 * Archives of an epoch: the leaves that it added, with the proof that it removed none. Runs anywhere.
 *
 * @public
 * @packageDocumentation
 */
export type { ArchiveCode } from "../codes.js";
export { type ArchiveHeader, type ArchiveLeaf, type ArchiveNode, archiveLines, MAX_ARCHIVE_LINE } from "./archive.js";
export { linesOf } from "./lines.js";
export { type ArchiveAsk, type ArchiveVerdict, verifyArchive } from "./verify.js";
