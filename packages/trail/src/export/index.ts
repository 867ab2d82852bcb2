// Exports: everything for whoever verifies, a table for whoever reads.
export { csvCell, exportCsv } from "./csv.js";
export { type AnchorReference, EXPORT_FORMAT, type ExportOptions } from "./format.js";
export { exportNdjson } from "./ndjson.js";
export type { ExportFilter } from "./rows.js";
export { type ExportAsk, type ExportCode, type ExportFinding, type ExportReport, verifyExport } from "./verify.js";
