// Read access to one version of a tree, node by node: what multiproofs, extension proofs and archives are made from.
import type { Arena } from "./arena.js";
import { toBytes } from "./words.js";

/**
 * A ref names a node while the tree lives and, for the live tree, until its next insert. 0 is the empty subtree.
 *
 * @public
 */
export interface NodeReader {
  readonly root: number;
  isLeaf(ref: number): boolean;
  /** Inner nodes only. */
  left(ref: number): number;
  /** Inner nodes only. */
  right(ref: number): number;
  /** 32 bytes, a fresh copy; 32 zeros for the empty subtree. */
  hash(ref: number): Uint8Array;
  /** Leaves only: H(key). */
  path(ref: number): Uint8Array;
  /** Leaves only: H(value). */
  valueHash(ref: number): Uint8Array;
  /** Leaves only: what was given as the leaf's tag, 0 otherwise. Not covered by any hash. */
  tag(ref: number): number;
}

/** `root` must have its hashes computed. */
export function readerOf(arena: Arena, root: number): NodeReader {
  return {
    root,
    isLeaf: (ref) => (ref & 1) === 1,
    left: (ref) => arena.left(ref),
    right: (ref) => arena.right(ref),
    hash: (ref) => toBytes(arena.hashWords(ref), arena.hashAt(ref)),
    path: (ref) => toBytes(arena.leaves, arena.leafAt(ref)),
    valueHash: (ref) => toBytes(arena.valueHash(ref), 0),
    tag: (ref) => {
      arena.leafAt(ref);
      return arena.tags[ref >> 1]!;
    },
  };
}
