// @sealtrail/smt: the tree, its proofs and the formats. Runs anywhere; `./sqlite` needs Node.
export {
  type ArchiveHeader,
  type ArchiveLeaf,
  type ArchiveNode,
  archiveLines,
  MAX_ARCHIVE_LINE,
} from "./archive/archive.js";
export { linesOf } from "./archive/lines.js";
export { type ArchiveAsk, type ArchiveVerdict, verifyArchive } from "./archive/verify.js";
export * from "./checkpoint/checkpoint.js";
export * from "./checkpoint/compare.js";
export type * from "./codes.js";
export { bytesToHex, hexToBytes } from "./formats/hex.js";
export { type JsonObject, type JsonValue, jcs } from "./formats/jcs.js";
export { isTimestamp, uuidV7 } from "./formats/scalars.js";
export { checkHex, checkMembers, checkShape, isObject, type Members, membersOf } from "./formats/shape.js";
export { type Limits, type Parsed, parseStrict } from "./formats/strict.js";
export { type Sha256, sha256 } from "./hash/sha256.js";
export { decodeProof, encodeProof } from "./proof/binary.js";
export {
  type ExtensionNode,
  type ExtensionProof,
  type ExtensionVerdict,
  proveExtension,
  verifyExtension,
} from "./proof/extension.js";
export {
  type Multiproof,
  type MultiproofNode,
  type MultiproofVerdict,
  proveKeys,
  verifyMultiproof,
} from "./proof/multiproof.js";
export { parseProof } from "./proof/parse.js";
export type { Proof } from "./proof/proof.js";
export { type ProofQuestion, type ProofVerdict, verifyProof } from "./proof/verify.js";
export { TreeFullError, ValueConflictError } from "./tree/errors.js";
export type { NodeReader } from "./tree/reader.js";
export * from "./tree/record.js";
export { treeOfLeaves } from "./tree/replay.js";
export { type Leaf, SparseMerkleTree } from "./tree/tree.js";
