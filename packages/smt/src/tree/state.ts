// What a tree is made of, apart from its questions and answers: the arena, the live root, the versions.
import { type Sha256, sha256 } from "../hash/sha256.js";
import { Arena, type NodeSource } from "./arena.js";

interface Version {
  /** Settled, frozen. */
  ref: number;
  size: number;
}

export interface TreeState {
  readonly arena: Arena;
  /** By version number, the one included with which the tree began: 0 and empty for a new one. */
  readonly versions: Map<number, Version>;
  /** The newest version. */
  version: number;
  /** Of the live tree; dirty nodes below it are not hashed yet. */
  root: number;
  size: number;
}

export function newState(hash: Sha256 = sha256): TreeState {
  return startState(new Arena(hash), 0, 0, 0);
}

/** A stored version, whose nodes are read as they are touched. `root` is the stored ref, `rootHash` its words. */
export function storedState(
  source: NodeSource,
  stored: { version: number; size: number; root: number; rootHash: Int32Array },
  hash: Sha256 = sha256,
): TreeState {
  const arena = new Arena(hash, source);
  return startState(arena, arena.stub(stored.root, stored.rootHash, 0), stored.version, stored.size);
}

function startState(arena: Arena, ref: number, version: number, size: number): TreeState {
  return { arena, versions: new Map([[version, { ref, size }]]), version, root: ref, size };
}
