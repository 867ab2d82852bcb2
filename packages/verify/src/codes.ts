// Every reason for which a signed statement, its signature, the network's proof or a bundle is refused: closed unions, one line
// each (formats.md, sections 5 and 6). Types only.

import type { ExtensionCode, ProofCode } from "@sealtrail/smt";
import type { CheckpointCode } from "@sealtrail/smt/checkpoint";
import type { ShapeCode, StrictCode } from "@sealtrail/smt/formats";

/** One signature over one JSON content (SECP256K1_RFC8785_V1). @public */
export type SignatureCode =
  | ShapeCode
  /** The content is no JSON value: it has no canonical form. */
  | "not-json"
  /** `algorithm` is not SECP256K1_RFC8785_V1. */
  | "unknown-algorithm"
  /** `id` is not 128 lower-case hex digits, or no point of the curve. */
  | "bad-signer-id"
  /** Not the one DER encoding of two numbers from 1 to n-1. */
  | "bad-der"
  /** Well formed, and made by another key or over another content. */
  | "bad-signature";

/** A signed fingerprint. @public */
export type FingerprintCode =
  | SignatureCode
  /** `hash` is not that of the content. */
  | "hash-mismatch"
  /** The content names a signer that made none of the signatures. */
  | "signer-differs";

/** A signed content held against the checkpoint that it should state (formats.md, section 5). @public */
export type StatementCode =
  /** `documentRef` is not the checkpoint's root. */
  | "root-differs"
  /** `documentId` is not of the form `smt:<tree>:<first>-<last>:<leafCount>:<hash>`. */
  | "bad-document-id"
  /** It names another tree. */
  | "tree-differs"
  /** It names another range of events, or another count of leaves. */
  | "range-differs"
  /** It names another checkpoint hash: version, line or signed versions differ. */
  | "checkpoint-differs"
  /** `timestamp` is not the checkpoint's `createdAt`, or `version` is not 1. */
  | "timestamp-differs";

/** The network's Merkle Patricia proof (digital-evidence.md). @public */
export type NetworkProofCode =
  | ShapeCode
  /** No node, or more than 65. */
  | "node-count"
  /** `path` is not the fingerprint's hash. */
  | "path-differs"
  /** The first node is no leaf, or a later one is. */
  | "wrong-node-type"
  /** A branch that has no entry for the next nibble. */
  | "nibble-missing"
  /** The path ends before the leaf, or goes on after it. */
  | "path-length"
  /** `shared` or `remaining` is not what the path says. */
  | "path-mismatch"
  /** A node that does not hash to what the node above it names. */
  | "digest-mismatch"
  /** The leaf holds another digest than the fingerprint's hash: the proof counts as absent. */
  | "data-digest-unknown"
  /** It leads to another root than the caller's. */
  | "root-mismatch";

/** The checks of a bundle, in the order in which they are reported. @public */
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

/** Why a check of a bundle failed or could not be made. @public */
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

/** What a bundle comes to as a whole, from worst to best. @public */
export type BundleVerdict = "invalid" | "unanchored" | "untrusted" | "attested" | "valid";
