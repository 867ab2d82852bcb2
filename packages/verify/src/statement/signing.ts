/**
 * What a signer and an auditor of statements need besides the formats. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { compactToDer, derToCompact } from "./der.js";
export { contentHash, signedDigest } from "./digest.js";
export { checkFingerprintValue, isUuid, parseSigned } from "./fingerprint.js";
export { nodeDigest } from "./network-proof.js";
export { closedObject, isHex } from "./shape.js";
export { ALGORITHM } from "./signature.js";
export { findSigner } from "./signers.js";
export { matchStatement } from "./statement.js";
export { checkSubmission } from "./submission.js";
