// @sealtrail/anchor/check: what a stranger needs to check an anchor. No I/O, no clock, no Node API.
export * from "./anchor.js";
export type * from "./codes.js";
export { compactToDer, derToCompact } from "./der.js";
export { contentHash, signedDigest } from "./digest.js";
export * from "./fingerprint.js";
export * from "./network-proof.js";
export * from "./signature.js";
export * from "./signers.js";
export * from "./statement.js";
export * from "./submission.js";
