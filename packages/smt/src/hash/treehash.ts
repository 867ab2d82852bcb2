// The four hashes of the tree (formats.md, section 1) as the verifiers of node lists ask for them. They come in as a parameter
// so that the soundness tests can put symbols in their place; nothing outside this package may choose them.
import { toBytes, wordsFromBytes } from "../tree/words.js";
import { hash32, hash65 } from "./compress.js";
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

// First input, second input, result. Nothing here is re-entrant.
const words = new Int32Array(24);

function pair(prefix: number, first: Uint8Array, second: Uint8Array): Uint8Array {
  wordsFromBytes(first, 0, words, 0);
  wordsFromBytes(second, 0, words, 8);
  hash65(prefix, words, 0, words, 8, words, 16);
  return toBytes(words, 16);
}

function digest(message: Uint8Array): Uint8Array {
  if (message.length !== 32) return sha256(message);
  hash32(message, 0, words, 16);
  return toBytes(words, 16);
}

export const treeHash: TreeHash = {
  path: digest,
  value: digest,
  leaf: (path, valueHash) => pair(0, path, valueHash),
  inner: (left, right) => pair(1, left, right),
};
