/**
 * Every reason for which a signed statement, its signature, the network's proof, a bundle, an export or a ledger is refused, with
 * what it means: closed lists (formats.md, sections 5 to 8). Programs for people print the text; whoever needs no text imports
 * types only.
 *
 * @public
 * @packageDocumentation
 */

import { CHECKPOINT_CODES, EXTENSION_CODES, PROOF_CODES, SHAPE_CODES, STRICT_CODES } from "@sealtrail/smt/codes";

/** One signature over one JSON content (SECP256K1_RFC8785_V1). @public */
export const SIGNATURE_CODES = {
  ...SHAPE_CODES,
  "not-json": "the content is no JSON value: it has no canonical form",
  "unknown-algorithm": "`algorithm` is not SECP256K1_RFC8785_V1",
  "bad-signer-id": "`id` is not 128 lower-case hex digits, or no point of the curve",
  "bad-der": "not the one DER encoding of two numbers from 1 to n-1",
  "bad-signature": "well formed, and made by another key or over another content",
} as const;
/** A code of `SIGNATURE_CODES`. @public */
export type SignatureCode = keyof typeof SIGNATURE_CODES;

/** A signed fingerprint. @public */
export const FINGERPRINT_CODES = {
  ...SIGNATURE_CODES,
  "hash-mismatch": "`hash` is not that of the content",
  "signer-differs": "the content names a signer that made none of the signatures",
} as const;
/** A code of `FINGERPRINT_CODES`. @public */
export type FingerprintCode = keyof typeof FINGERPRINT_CODES;

/** A signed content held against the checkpoint that it should state (formats.md, section 5). @public */
export const STATEMENT_CODES = {
  "root-differs": "`documentRef` is not the checkpoint's root",
  "bad-document-id": "`documentId` is not of the form `smt:<tree>:<first>-<last>:<leafCount>:<hash>`",
  "tree-differs": "it names another tree",
  "range-differs": "it names another range of events, or another count of leaves",
  "checkpoint-differs": "it names another checkpoint hash: version, line or signed versions differ",
  "timestamp-differs": "`timestamp` is not the checkpoint's `createdAt`, or `version` is not 1",
} as const;
/** A code of `STATEMENT_CODES`. @public */
export type StatementCode = keyof typeof STATEMENT_CODES;

/** The network's Merkle Patricia proof (digital-evidence.md). @public */
export const NETWORK_PROOF_CODES = {
  ...SHAPE_CODES,
  "node-count": "no node, or more than 65",
  "path-differs": "`path` is not the fingerprint's hash",
  "wrong-node-type": "the first node is no leaf, or a later one is",
  "nibble-missing": "a branch that has no entry for the next nibble",
  "path-length": "the path ends before the leaf, or goes on after it",
  "path-mismatch": "`shared` or `remaining` is not what the path says",
  "digest-mismatch": "a node that does not hash to what the node above it names",
  "data-digest-unknown": "the leaf holds another digest than the fingerprint's hash: the proof counts as absent",
  "root-mismatch": "it leads to another root than the caller's",
} as const;
/** A code of `NETWORK_PROOF_CODES`. @public */
export type NetworkProofCode = keyof typeof NETWORK_PROOF_CODES;

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
export const BUNDLE_CODES = {
  ...STRICT_CODES,
  ...PROOF_CODES,
  ...EXTENSION_CODES,
  ...CHECKPOINT_CODES,
  ...STATEMENT_CODES,
  ...FINGERPRINT_CODES,
  ...NETWORK_PROOF_CODES,
  "not-in-bundle": "absent: the bundle has no such part, or the caller gave nothing to compare with",
  "not-reached": "absent: an earlier check failed, and this one has nothing to stand on",
  "bad-base64": "content that is not the one base64 text of its bytes",
  "disclosure-mismatch": "the event or the four fields do not hash to the leaf's key",
  "content-mismatch": "the content does not hash to the event's `contentHash`, or `contentSalt` does not make the salt",
  "pair-mismatch": "the raw and the censored leaf disagree about each other",
  "record-disagrees": "the record says something else than the disclosure",
  "position-outside": "the record's `seqNo` lies after what the checkpoint covers",
  "checkpoint-root": "the proof was made against another root than the checkpoint's",
  "anchored-not-later": "`anchored` is of another tree, or not of a later version",
  "signer-unknown": "absent: no given signer, in its range of versions, made the signature",
  "ledger-file": "absent: a ledger file is no network",
  "root-unknown": "absent: the proof's root is not among those that the caller gave for this network",
  equivocation: "two checkpoints of one tree cannot both be true",
} as const;
/** A code of `BUNDLE_CODES`. @public */
export type BundleCode = keyof typeof BUNDLE_CODES;

/** What a bundle comes to as a whole, from worst to best. @public */
export type BundleVerdict = "invalid" | "unanchored" | "untrusted" | "attested" | "valid";

/** Why an export is refused. @public */
export const EXPORT_CODES = {
  "not-an-export": "the file is no sealtrail-export/1",
  "bad-line": "a line that no export has",
  truncated: "the export has no end, or lacks lines before it",
  "not-recomputable": "a filtered export: no root can be recomputed from a part",
  "sequence-gap": "an event is missing, or out of order",
  "chain-broken": "the event does not name the one before it",
  "censored-key-differs": "id, type, category or time are not what the censored key commits to",
  "record-differs": "the event's record is not what its place in the log gives",
  "session-chain-broken": "the event does not name its session's event before it",
  "salt-missing": "this event has no salt: nothing says whether it is what was recorded",
  "raw-key-differs": "the event is not what its raw key commits to",
  "content-missing": "the export announces contents, and this event has none",
  "content-differs": "the content is not what the event commits to",
  missing: "the event has no payload, and no erasure or retention event says why",
  "system-destroyed": "one of the trail's own events was destroyed, which no release does",
  "trail-restarted": "the trail was begun anew in the place of another (restarted), and nobody has accepted it",
  "destroyed-under-hold": "its payload was destroyed while a legal hold kept it",
  "pruned-too-early": "it was pruned before floor and age rule allowed it",
  "duplicate-leaf": "a key stands there twice",
  "checkpoint-broken": "the checkpoint does not follow the one before it, or does not fit the events",
  "root-differs": "the leaves do not give the checkpoint's root",
  "known-root-differs": "the leaves do not give the root that you kept",
} as const;
/** A code of `EXPORT_CODES`. @public */
export type ExportCode = keyof typeof EXPORT_CODES;

/** A line of a ledger file (formats.md, section 7). @public */
export const LEDGER_CODES = {
  "line-malformed": "no JSON object of this format in its one encoding",
  "chain-broken": "`previous` is not the hash of the line before: a line was changed, taken out or put in",
  "number-broken": "`number` does not count on",
  "torn-line": "lines of a write that never finished, between entries that follow one another: no evidence of anything",
  "torn-end": "the same at the end of the file, without a line feed",
  "line-twice": "lines that stand in the file a second time, to the letter: nothing is lost by them",
  "line-ends": "lines that end with CR LF: a program changed the line ends, and nothing else",
} as const;
/** A code of `LEDGER_CODES`. @public */
export type LedgerCode = keyof typeof LEDGER_CODES;
