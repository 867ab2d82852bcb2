// Every reason for which a signed statement, its signature or the network's own proof is refused. Types only.

/** A JSON value that has not the shape of its format. */
export type ShapeCode =
  | "not-an-object"
  | "unknown-field"
  | "missing-field"
  | "wrong-format"
  | "bad-field"
  | "bad-hex"
  | "wrong-length";

/** One signature over one JSON content (SECP256K1_RFC8785_V1). */
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

/** A signed fingerprint. */
export type FingerprintCode =
  | SignatureCode
  /** `hash` is not that of the content. */
  | "hash-mismatch"
  /** The content names a signer that made none of the signatures. */
  | "signer-differs";

/** A signed content held against the checkpoint that it should state (formats.md, section 5). */
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

/** The network's Merkle Patricia proof (digital-evidence.md). */
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
