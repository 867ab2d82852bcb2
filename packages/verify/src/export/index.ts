/**
 * The format of an export, for whoever writes one, and the findings of its verifier.
 *
 * @public
 * @packageDocumentation
 */

export type { ExportCode } from "../codes.js";
export { EXPORT_FORMAT, type ExportHeader } from "./format.js";
export type { ExportFinding } from "./verify.js";
