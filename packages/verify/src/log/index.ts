// @sealtrail/verify/log: what checking a log needs besides its hashes: the chains of sessions, and who answers for destroyed events.
export * from "./erasures.js";
export * from "./session-chains.js";
