// What a bundle's check can come to: closed unions (formats.md, section 6). Types only.
import type { FingerprintCode, NetworkProofCode, StatementCode } from "@sealtrail/anchor/check";
import type { CheckpointCode, ExtensionCode, ProofCode, StrictCode } from "@sealtrail/smt";

/** The checks of a bundle, in the order in which they are reported. */
export type BundleCheckName =
  /** The file: strict JSON, and every part has its own shape. */
  | "schema"
  /** What is shown of the event hashes to the proven key. */
  | "disclosure"
  /** The content hashes to what the event says. */
  | "content"
  /** The raw and the censored leaf are two sides of one event. */
  | "pair"
  /** The leaf's record hashes to the proven value and agrees with the disclosure. */
  | "record"
  /** The record's place in the log is within what the checkpoint covers. */
  | "position"
  /** The leaf is in the tree with the checkpoint's root. */
  | "inclusion"
  /** The checkpoints can stand where they say in a line. */
  | "checkpoint"
  /** Their counts agree. */
  | "count"
  /** The anchored tree holds all that the checkpoint's tree held. */
  | "extension"
  /** The signed statement is that of the checkpoint. */
  | "anchor-reference"
  /** Its hash and its signatures hold. */
  | "signature"
  /** A signer that the caller trusts made one, for this version. */
  | "signer"
  /** The network's proof leads from the statement's hash to a root. */
  | "network-proof"
  /** The caller knows that root. */
  | "network-root"
  /** No checkpoint here or among the caller's contradicts another. */
  | "equivocation";

export type BundleCode =
  | StrictCode
  | ProofCode
  | ExtensionCode
  | CheckpointCode
  | StatementCode
  | FingerprintCode
  | NetworkProofCode
  /** Absent: the bundle has no such part, or the caller gave nothing to compare with. */
  | "not-in-bundle"
  /** Absent: an earlier check failed, and this one has nothing to stand on. */
  | "not-reached"
  /** Content that is not the one base64 text of its bytes. */
  | "bad-base64"
  /** The event or the four fields do not hash to the leaf's key. */
  | "disclosure-mismatch"
  /** The content does not hash to the event's `contentHash`, or `contentSalt` does not make the salt. */
  | "content-mismatch"
  /** The raw and the censored leaf disagree about each other. */
  | "pair-mismatch"
  /** The record says something else than the disclosure. */
  | "record-disagrees"
  /** The record's `seqNo` lies after what the checkpoint covers. */
  | "position-outside"
  /** The proof was made against another root than the checkpoint's. */
  | "checkpoint-root"
  /** `anchored` is of another tree, or not of a later version. */
  | "anchored-not-later"
  /** Absent: no given signer, in its range of versions, made the signature. */
  | "signer-unknown"
  /** Absent: a ledger file is no network. */
  | "ledger-file"
  /** Absent: the proof's root is not among those that the caller gave for this network. */
  | "root-unknown"
  /** Two checkpoints of one tree cannot both be true. */
  | "equivocation";

/** What a bundle comes to as a whole, from worst to best. */
export type BundleVerdict = "invalid" | "unanchored" | "untrusted" | "attested" | "valid";
