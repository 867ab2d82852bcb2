/**
 * Every reason for which evidence is refused, with what it means: closed lists. Verifiers return the code, programs for people
 * print the text; whoever needs no text imports types only. Where a file has several faults, the code is the first one in the
 * order that docs/formats.md gives.
 *
 * @public
 * @packageDocumentation
 */

/** `parseStrict`: bytes that are not one clean JSON text (formats.md, opening). @public */
export const STRICT_CODES = {
  "too-large": "more bytes than the limit (16 MiB unless the caller raises it)",
  "byte-order-mark": "starts with a byte order mark",
  "invalid-utf8": "not UTF-8: bad bytes, overlong forms, surrogates encoded as bytes, over U+10FFFF",
  "not-json": "not the grammar of JSON",
  "duplicate-key": "an object names a member twice",
  "lone-surrogate": "an escape makes half a surrogate pair, in a key or a string",
  "not-finite": "NaN, Infinity, or a number that overflows",
  "unsafe-integer": "the number's value is beyond 2^53-1 in magnitude, however it is spelled",
  "too-deep": "more than 64 arrays and objects inside each other",
  "trailing-bytes": "something other than white space after the value",
} as const;
/** A code of `STRICT_CODES`. @public */
export type StrictCode = keyof typeof STRICT_CODES;

/** A JSON value that has not the shape of its format. @public */
export const SHAPE_CODES = {
  "not-an-object": "not a JSON object",
  "unknown-field": "a member that the format does not have",
  "missing-field": "a member that the format demands is absent",
  "wrong-format": "`format` is not the one expected",
  "bad-field": "a member of the wrong JSON type, or a value outside what the format allows",
  "bad-hex": "hex expected; another character, or upper case",
  "wrong-length": "hex or bytes of the wrong length",
} as const;
/** A code of `SHAPE_CODES`. @public */
export type ShapeCode = keyof typeof SHAPE_CODES;

/** A leaf's record (formats.md, section 2). @public */
export const RECORD_CODES = {
  "record-mismatch": "the record's JCS does not hash to the leaf's value",
} as const;
/** A code of `RECORD_CODES`. @public */
export type RecordCode = keyof typeof RECORD_CODES;

/** Inclusion and exclusion proofs, JSON and binary (formats.md, section 3). @public */
export const PROOF_CODES = {
  ...SHAPE_CODES,
  ...RECORD_CODES,
  "bad-type": "`type` is neither inclusion nor exclusion (binary: the first byte is not 01, 02 or 03)",
  "misplaced-field": "`value` or `record` in an exclusion, `terminal` in an inclusion",
  "bad-depth": "`depth` is not an integer from 0 to 256",
  "padding-bits": "a bit of `bitmap` beyond `depth` is set",
  "sibling-count": "another number of siblings than the bitmap has bits set",
  "zero-sibling": "a sibling of 32 zero bytes: it must be left out",
  "not-collapsed": "the deepest sibling is empty: what stands there would stand higher",
  "terminal-is-key": "the leaf that is to show the key's absence has the key's own path",
  "terminal-prefix":
    "the leaf that is to show the key's absence stands elsewhere: it does not share the first `depth` bits",
  truncated: "binary: the bytes end before the proof does",
  "trailing-bytes": "binary: bytes after the proof",
  "root-differs": "the proof names another root than the caller",
  "key-differs": "the proof names another key than the caller",
  "value-differs": "the proof names another value than the caller",
  "value-required": "an inclusion, but the caller gave no value",
  "wrong-type": "an exclusion, but the caller gave a value",
  "root-mismatch": "the proof folds to another root than the caller's",
} as const;
/** A code of `PROOF_CODES`. @public */
export type ProofCode = keyof typeof PROOF_CODES;

/** Node lists in preorder: multiproofs, extensions, archives. @public */
export const NODE_CODES = {
  "bad-node": "a node of an unknown kind, or with members of the wrong number or type",
  "too-many-nodes": "more nodes than the limit (1,000,000 unless the caller raises it)",
  "nodes-missing": "the list ends inside the tree",
  "nodes-left-over": "nodes after the tree is complete",
  "too-deep": "an inner node at depth 256",
  "zero-hash": "a hash of 32 zero bytes: that is an empty subtree and has its own node",
  "wrong-position": "a leaf stands where its path does not lead",
  "not-collapsed": "an inner node whose children would have collapsed into one",
} as const;
/** A code of `NODE_CODES`. @public */
export type NodeCode = keyof typeof NODE_CODES;

/** Multiproofs (formats.md, section 3). @public */
export const MULTIPROOF_CODES = {
  ...SHAPE_CODES,
  ...NODE_CODES,
  "key-count": "no key, or more than 20,000",
  "keys-not-ascending": "the keys' paths do not ascend strictly",
  "root-differs": "the proof names another root than the caller",
  "no-key-below": "an inner node under which no key lies",
  "key-below-hash": "a bare hash over a key's place: it hides what the key ends at",
  "other-unreached": "another leaf that no key reaches",
  "terminal-is-key": "another leaf with the path of a key",
  "bad-leaf-index": "`leaf i`: there is no key i with a value",
  "duplicate-leaf": "one leaf stands twice",
  "key-not-shown": "a key with a value does not end at its own leaf",
  "root-mismatch": "the proof folds to another root than the caller's",
} as const;
/** A code of `MULTIPROOF_CODES`. @public */
export type MultiproofCode = keyof typeof MULTIPROOF_CODES;

/** Extension proofs (formats.md, section 4). @public */
export const EXTENSION_CODES = {
  ...SHAPE_CODES,
  ...NODE_CODES,
  "nothing-added": "an inner node under which nothing was added: it must be one `same`",
  "old-side-empty": "an inner node whose old side is empty: it must be one `added`",
  "old-root-differs": "the proof names another old root than the caller",
  "new-root-differs": "the proof names another new root than the caller",
  "old-root-mismatch": "the old side folds to another root than the caller's",
  "new-root-mismatch": "the new side folds to another root than the caller's",
} as const;
/** A code of `EXTENSION_CODES`. @public */
export type ExtensionCode = keyof typeof EXTENSION_CODES;

/** Archives of an epoch (formats.md, section 4). @public */
export const ARCHIVE_CODES = {
  ...STRICT_CODES,
  ...SHAPE_CODES,
  ...NODE_CODES,
  "line-too-long": "a line of more than 64 KiB",
  "line-count": "fewer or more lines than the header counts; no header at all",
  "old-root-differs": "the header names another previous root than the caller",
  "new-root-differs": "the header names another root than the caller",
  "wrong-epoch": "a leaf of another epoch than the header's",
  "leaves-not-ascending": "the leaves' `seqNo` do not ascend strictly",
  "pair-mismatch": "a leaf that is not beside its event's other leaf, or whose record disagrees with it",
  "bad-leaf-index": "`new i`: there is no leaf i",
  "duplicate-leaf": "one leaf stands twice",
  "leaf-unused": "a leaf of the list stands nowhere in the tree",
  "nothing-added": "an inner node under which nothing is new",
  "old-root-mismatch": "the old side folds to another root than the caller's",
  "new-root-mismatch": "the new side folds to another root than the caller's",
} as const;
/** A code of `ARCHIVE_CODES`. @public */
export type ArchiveCode = keyof typeof ARCHIVE_CODES;

/** ICS23 `CommitmentProof` (good for well-formed trees only: formats.md, section 1). @public */
export const ICS23_CODES = {
  "bad-encoding": "not the one protobuf encoding of a `CommitmentProof`",
  unsupported: "neither an `exist` nor a `nonexist` proof",
  "wrong-spec": "its operations are not those of this tree (`SmtSpec`), or there are more than 256",
  "key-differs": "the proof is about another key than the caller's",
  "value-differs": "the proof is about another value than the caller's",
  "value-required": "a membership proof, but the caller gave no value",
  "wrong-type": "a non-membership proof, but the caller gave a value",
  "not-neighbours": "the neighbours do not stand around the key, or are not next to each other",
  "root-mismatch": "the proof folds to another root than the caller's",
} as const;
/** A code of `ICS23_CODES`. @public */
export type Ics23Code = keyof typeof ICS23_CODES;

/** Checkpoints (formats.md, section 5). @public */
export const CHECKPOINT_CODES = {
  ...SHAPE_CODES,
  "bad-count": "`leafCount` is not twice `lastSequence`, or the range is empty",
  "bad-line": "version 1 with a predecessor, or a later one without; `lastSigned` not below the version",
} as const;
/** A code of `CHECKPOINT_CODES`. @public */
export type CheckpointCode = keyof typeof CHECKPOINT_CODES;
