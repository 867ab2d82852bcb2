/**
 * A sparse Merkle tree over SHA-256, its proofs and their verifiers. Runs in browsers, Deno, Bun and Node.
 *
 * `./archive`, `./checkpoint` and `./ics23` are public too. `./formats`, `./prover`, `./record` and `./sqlite` are for the other
 * packages of Sealtrail: they may change in any release.
 *
 * @public
 * @packageDocumentation
 */
export type { ExtensionCode, MultiproofCode, ProofCode } from "./codes.js";
export { bytesToHex, hexToBytes } from "./formats/hex.js";
export type { Sha256 } from "./hash/sha256.js";
export { decodeProof, encodeProof } from "./proof/binary.js";
export { type ExtensionProof, type ExtensionVerdict, verifyExtension } from "./proof/extension.js";
export { type Multiproof, type MultiproofVerdict, verifyMultiproof } from "./proof/multiproof.js";
export { parseProof } from "./proof/parse.js";
export type { Proof } from "./proof/proof.js";
export { type ProofQuestion, type ProofVerdict, verifyProof } from "./proof/verify.js";
export { TreeFullError, ValueConflictError } from "./tree/errors.js";
export type { NodeReader } from "./tree/reader.js";
export { type Leaf, SparseMerkleTree } from "./tree/tree.js";
