// @sealtrail/verify/export: the format of an export, for whoever writes one.
export { EXPORT_FORMAT, type ExportHeader } from "./format.js";
