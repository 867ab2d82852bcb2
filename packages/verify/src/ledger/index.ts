// @sealtrail/verify/ledger: the lines of a ledger file.
export * from "./entry.js";
