// @sealtrail/verify/statement: signed statements of checkpoints, as they are signed, sent and checked.

export type { FingerprintCode, NetworkProofCode, SignatureCode, StatementCode } from "../codes.js";
export * from "./anchor.js";
export { compactToDer, derToCompact } from "./der.js";
export { canonicalJson, contentHash, signedDigest } from "./digest.js";
export * from "./fingerprint.js";
export * from "./network-proof.js";
export { closedObject, isHex, type JsonObject } from "./shape.js";
export * from "./signature.js";
export * from "./signers.js";
export * from "./statement.js";
export * from "./submission.js";
