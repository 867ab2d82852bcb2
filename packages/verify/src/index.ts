// @sealtrail/verify: everything that a stranger needs to check what Sealtrail handed him. No I/O, no clock, no Node API: bytes
// and what the caller trusts go in, a verdict with a code out of a closed list comes back.

export {
  type ArchiveCode,
  type ArchiveVerdict,
  bytesToHex,
  type Checkpoint,
  type CheckpointCode,
  checkpointHash,
  compareCheckpoints,
  decodeProof,
  type ExtensionCode,
  type ExtensionProof,
  hexToBytes,
  linesOf,
  type Multiproof,
  type MultiproofCode,
  type Proof,
  type ProofCode,
  parseCheckpoint,
  parseProof,
  parseStrict,
  type StrictCode,
  verifyArchive,
  verifyExtension,
  verifyMultiproof,
  verifyProof,
} from "@sealtrail/smt";
export type { NetworkRoot } from "./bundle/anchored.js";
export type { Bundle, Disclosure, Restarted } from "./bundle/bundle.js";
export type { BundleCheck } from "./bundle/check.js";
export { type BundleDisclosure, type BundleParts, makeBundle } from "./bundle/make.js";
export { type BundleAsk, type BundleReport, verifyBundle } from "./bundle/verify.js";
export type {
  BundleCheckName,
  BundleCode,
  BundleVerdict,
  FingerprintCode,
  NetworkProofCode,
  SignatureCode,
  StatementCode,
} from "./codes.js";
export {
  type ExportAsk,
  type ExportCode,
  type ExportFinding,
  type ExportReport,
  verifyExport,
} from "./export/verify.js";
export type { AnchorPart } from "./statement/anchor.js";
export { verifyFingerprint } from "./statement/fingerprint.js";
export { verifyNetworkProof } from "./statement/network-proof.js";
export { verifyContent } from "./statement/signature.js";
export { parseSigners, type Signer } from "./statement/signers.js";
