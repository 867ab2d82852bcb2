// Every reason for which evidence is refused: closed unions, one line each. Types only, so they cost a browser nothing.
// Where a file has several faults, the code is the first one in the order that docs/formats.md gives.

/** `parseStrict`: bytes that are not one clean JSON text (formats.md, opening). */
export type StrictCode =
  /** More bytes than the limit (16 MiB unless the caller raises it). */
  | "too-large"
  /** Starts with a byte order mark. */
  | "byte-order-mark"
  /** Not UTF-8: bad bytes, overlong forms, surrogates encoded as bytes, over U+10FFFF. */
  | "invalid-utf8"
  /** Not the grammar of JSON. */
  | "not-json"
  /** An object names a member twice. */
  | "duplicate-key"
  /** An escape makes half a surrogate pair, in a key or a string. */
  | "lone-surrogate"
  /** NaN, Infinity, or a number that overflows. */
  | "not-finite"
  /** The number's value is beyond 2^53-1 in magnitude, however it is spelled. */
  | "unsafe-integer"
  /** More than 64 arrays and objects inside each other. */
  | "too-deep"
  /** Something other than white space after the value. */
  | "trailing-bytes";

/** A JSON value that has not the shape of its format. */
export type ShapeCode =
  /** Not a JSON object. */
  | "not-an-object"
  /** A member that the format does not have. */
  | "unknown-field"
  /** A member that the format demands is absent. */
  | "missing-field"
  /** `format` is not the one expected. */
  | "wrong-format"
  /** A member of the wrong JSON type, or a value outside what the format allows. */
  | "bad-field"
  /** Hex expected; another character, or upper case. */
  | "bad-hex"
  /** Hex or bytes of the wrong length. */
  | "wrong-length";

/** A leaf's record (formats.md, section 2). */
export type RecordCode =
  /** The record's JCS does not hash to the leaf's value. */
  "record-mismatch";

/** Inclusion and exclusion proofs, JSON and binary (formats.md, section 3). @public */
export type ProofCode =
  | ShapeCode
  | RecordCode
  /** `type` is neither inclusion nor exclusion (binary: the first byte is not 01, 02 or 03). */
  | "bad-type"
  /** `value` or `record` in an exclusion, `terminal` in an inclusion. */
  | "misplaced-field"
  /** `depth` is not an integer from 0 to 256. */
  | "bad-depth"
  /** A bit of `bitmap` beyond `depth` is set. */
  | "padding-bits"
  /** Another number of siblings than the bitmap has bits set. */
  | "sibling-count"
  /** A sibling of 32 zero bytes: it must be left out. */
  | "zero-sibling"
  /** The deepest sibling is empty: what stands there would stand higher. */
  | "not-collapsed"
  /** The leaf that is to show the key's absence has the key's own path. */
  | "terminal-is-key"
  /** The leaf that is to show the key's absence stands elsewhere: it does not share the first `depth` bits. */
  | "terminal-prefix"
  /** Binary: the bytes end before the proof does. */
  | "truncated"
  /** Binary: bytes after the proof. */
  | "trailing-bytes"
  /** The proof names another root than the caller. */
  | "root-differs"
  /** The proof names another key than the caller. */
  | "key-differs"
  /** The proof names another value than the caller. */
  | "value-differs"
  /** An inclusion, but the caller gave no value. */
  | "value-required"
  /** An exclusion, but the caller gave a value. */
  | "wrong-type"
  /** The proof folds to another root than the caller's. */
  | "root-mismatch";

/** Node lists in preorder: multiproofs, extensions, archives. */
export type NodeCode =
  /** A node of an unknown kind, or with members of the wrong number or type. */
  | "bad-node"
  /** More nodes than the limit (1,000,000 unless the caller raises it). */
  | "too-many-nodes"
  /** The list ends inside the tree. */
  | "nodes-missing"
  /** Nodes after the tree is complete. */
  | "nodes-left-over"
  /** An inner node at depth 256. */
  | "too-deep"
  /** A hash of 32 zero bytes: that is an empty subtree and has its own node. */
  | "zero-hash"
  /** A leaf stands where its path does not lead. */
  | "wrong-position"
  /** An inner node whose children would have collapsed into one. */
  | "not-collapsed";

/** Multiproofs (formats.md, section 3). @public */
export type MultiproofCode =
  | ShapeCode
  | NodeCode
  /** No key, or more than 20,000. */
  | "key-count"
  /** The keys' paths do not ascend strictly. */
  | "keys-not-ascending"
  /** The proof names another root than the caller. */
  | "root-differs"
  /** An inner node under which no key lies. */
  | "no-key-below"
  /** A bare hash over a key's place: it hides what the key ends at. */
  | "key-below-hash"
  /** Another leaf that no key reaches. */
  | "other-unreached"
  /** Another leaf with the path of a key. */
  | "terminal-is-key"
  /** `leaf i`: there is no key i with a value. */
  | "bad-leaf-index"
  /** One leaf stands twice. */
  | "leaf-twice"
  /** A key with a value does not end at its own leaf. */
  | "key-not-shown"
  /** The proof folds to another root than the caller's. */
  | "root-mismatch";

/** Extension proofs (formats.md, section 4). @public */
export type ExtensionCode =
  | ShapeCode
  | NodeCode
  /** An inner node under which nothing was added: it must be one `same`. */
  | "nothing-added"
  /** An inner node whose old side is empty: it must be one `added`. */
  | "old-side-empty"
  /** The proof names another old root than the caller. */
  | "old-root-differs"
  /** The proof names another new root than the caller. */
  | "new-root-differs"
  /** The old side folds to another root than the caller's. */
  | "old-root-mismatch"
  /** The new side folds to another root than the caller's. */
  | "new-root-mismatch";

/** Archives of an epoch (formats.md, section 4). @public */
export type ArchiveCode =
  | StrictCode
  | ShapeCode
  | NodeCode
  /** A line of more than 64 KiB. */
  | "line-too-long"
  /** Fewer or more lines than the header counts; no header at all. */
  | "line-count"
  /** The header names another previous root than the caller. */
  | "old-root-differs"
  /** The header names another root than the caller. */
  | "new-root-differs"
  /** A leaf of another epoch than the header's. */
  | "wrong-epoch"
  /** The leaves' `seqNo` do not ascend strictly. */
  | "leaves-not-ascending"
  /** A leaf that is not beside its event's other leaf, or whose record disagrees with it. */
  | "pair-mismatch"
  /** `new i`: there is no leaf i. */
  | "bad-leaf-index"
  /** One leaf stands twice. */
  | "leaf-twice"
  /** A leaf of the list stands nowhere in the tree. */
  | "leaf-unused"
  /** An inner node under which nothing is new. */
  | "nothing-added"
  /** The old side folds to another root than the caller's. */
  | "old-root-mismatch"
  /** The new side folds to another root than the caller's. */
  | "new-root-mismatch";

/** ICS23 `CommitmentProof` (good for well-formed trees only: formats.md, section 1). @public */
export type Ics23Code =
  /** Not the one protobuf encoding of a `CommitmentProof`. */
  | "bad-encoding"
  /** Neither an `exist` nor a `nonexist` proof. */
  | "unsupported"
  /** Its operations are not those of this tree (`SmtSpec`), or there are more than 256. */
  | "wrong-spec"
  /** The proof is about another key than the caller's. */
  | "key-differs"
  /** The proof is about another value than the caller's. */
  | "value-differs"
  /** A membership proof, but the caller gave no value. */
  | "value-required"
  /** A non-membership proof, but the caller gave a value. */
  | "wrong-type"
  /** The neighbours do not stand around the key, or are not next to each other. */
  | "not-neighbours"
  /** The proof folds to another root than the caller's. */
  | "root-mismatch";

/** Checkpoints (formats.md, section 5). @public */
export type CheckpointCode =
  | ShapeCode
  /** `leafCount` is not twice `lastSequence`, or the range is empty. */
  | "bad-count"
  /** Version 1 with a predecessor, or a later one without; `lastSigned` not below the version. */
  | "bad-line";
