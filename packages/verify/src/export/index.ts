/**
 * The format of an export, for whoever writes one, and the findings of its verifier.
 *
 * @public
 * @packageDocumentation
 */
export { EXPORT_FORMAT, type ExportHeader } from "./format.js";
export type { ExportCode, ExportFinding } from "./verify.js";
