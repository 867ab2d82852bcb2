// The four hashes of the tree (formats.md, section 1) as the verifiers ask for them. They come in as a parameter so that the
// soundness tests can put symbols in their place; nothing outside this package may choose them.
import { sha256 } from "./sha256.js";

/** All results are 32 bytes. */
export interface TreeHash {
  /** Path of a key. */
  path(key: Uint8Array): Uint8Array;
  /** What a leaf holds of its value. */
  value(value: Uint8Array): Uint8Array;
  leaf(path: Uint8Array, valueHash: Uint8Array): Uint8Array;
  inner(left: Uint8Array, right: Uint8Array): Uint8Array;
}

/** An empty subtree, of any height. */
export const EMPTY = new Uint8Array(32);

function pair(prefix: number, first: Uint8Array, second: Uint8Array): Uint8Array {
  const message = new Uint8Array(65);
  message[0] = prefix;
  message.set(first, 1);
  message.set(second, 33);
  return sha256(message);
}

export const treeHash: TreeHash = {
  path: sha256,
  value: sha256,
  leaf: (path, valueHash) => pair(0, path, valueHash),
  inner: (left, right) => pair(1, left, right),
};
