// Exports: everything for whoever verifies, a table for whoever reads.
export { csvCell, exportCsv } from "./csv.js";
export type { AnchorReference, ExportOptions } from "./format.js";
export { exportNdjson } from "./ndjson.js";
export type { ExportFilter } from "./rows.js";
