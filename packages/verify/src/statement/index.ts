/**
 * Signed statements of checkpoints, as they are signed, sent to Digital Evidence and checked.
 *
 * @public
 * @packageDocumentation
 */
export type { FingerprintCode, NetworkProofCode, SignatureCode, StatementCode } from "../codes.js";
export { type AnchorPart, type Network, parseAnchor } from "./anchor.js";
export { type FingerprintValue, type SignedFingerprint, verifyFingerprint } from "./fingerprint.js";
export {
  type NetworkProof,
  type NetworkProofNode,
  type NetworkProofVerdict,
  verifyNetworkProof,
} from "./network-proof.js";
export { type SignatureProof, type SignatureVerdict, verifyContent } from "./signature.js";
export { type DocumentId, documentIdOf, parseDocumentId, type StatementIdentity, statementOf } from "./statement.js";
