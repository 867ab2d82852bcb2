// @sealtrail/verify/event: an event, its hashes and its epoch, as the log writes them and every verifier recomputes them.
export * from "./body.js";
export * from "./claim.js";
export * from "./epoch.js";
export * from "./holds.js";
export * from "./keys.js";
export * from "./retention.js";
