// Where the nodes of a tree live: numbers in a few growing typed arrays, no object a node.
//
// A ref names a node: 0 is the empty subtree, an odd number a leaf (index << 1 | 1), an even one an inner node (index << 1).
// An inner node is 10 words: left ref, right ref, hash. Its hash is made only when somebody asks: until then the node is
// dirty, which its left ref shows by being stored as ~ref (negative). Every ancestor of a dirty node is dirty.
// A leaf is 24 words (path, value, hash) and its tag. 40 bytes an inner node, 104 a leaf: 162 bytes a leaf in a random tree.
// A value of another length than 32 bytes (never ours) is kept in a map, and its hash in the value's place.
// Nodes below `frozen` belong to a version and never change; a change above them copies the path to the root.
import { hash32, hash32Words, hash65 } from "../hash/compress.js";
import type { Sha256 } from "../hash/sha256.js";
import { SIMD_WIDTH } from "../hash/simd.js";
import { computeHashesSimd, hashLeavesSimd, simdFor } from "./batch-hash.js";
import { TreeDamageError } from "./errors.js";
import { copied, INNER_WORDS, LEAF_WORDS } from "./layout.js";
import { isZero, sameWords, toBytes, wordsFromBytes } from "./words.js";

/** Words of a stored node: an inner node's two stored refs and two child hashes, or a leaf's path, value and tag (high, low). */
export const RECORD_WORDS = 18;

/** Reads stored nodes. A stored ref is an id, negative for a leaf, 0 for the empty subtree. */
export interface NodeSource {
  /** record[0..18) = the node. Throws TreeDamageError where there is none. */
  read(id: number, record: Int32Array): void;
}

const zero = new Int32Array(8);
const record = new Int32Array(RECORD_WORDS);
const digest = new Int32Array(8);

export class Arena {
  inner = new Int32Array(64 * INNER_WORDS);
  innerCount = 1;
  leaves = new Int32Array(64 * LEAF_WORDS);
  tags = new Float64Array(64);
  leafCount = 1;
  frozen = 1;
  /** Only where nodes come from a store. An id of 0: not stored; negative: stored, and nothing but the hash is read yet. */
  innerIds: Int32Array<ArrayBuffer> | undefined;
  leafIds: Int32Array<ArrayBuffer> | undefined;
  readonly source: NodeSource | undefined;
  readonly #hash: Sha256;
  readonly #otherValues = new Map<number, Uint8Array>();
  /** Leaves that came in since the last `computeHashes`: there are at least as many dirty inner nodes, about. */
  pendingLeaves = 0;
  #hashedEarly: number[] = [];

  constructor(hash: Sha256, source?: NodeSource) {
    this.#hash = hash;
    this.source = source;
    if (source !== undefined) {
      this.innerIds = new Int32Array(64);
      this.leafIds = new Int32Array(64);
    }
  }

  /** Makes room, so that a batch of known size grows the arrays once. */
  reserve(innerNodes: number, leaves: number): void {
    const innerNeeded = this.innerCount + innerNodes;
    const innerRoom = this.inner.length / INNER_WORDS;
    if (innerNeeded > innerRoom) this.#growInner(innerNeeded > 2 * innerRoom ? innerNeeded : grown(innerNeeded));
    const leavesNeeded = this.leafCount + leaves;
    const leafRoom = this.tags.length;
    if (leavesNeeded > leafRoom) this.#growLeaves(leavesNeeded > 2 * leafRoom ? leavesNeeded : grown(leavesNeeded));
  }

  /** A new inner node, dirty. Returns its ref. */
  newInner(left: number, right: number): number {
    const i = this.innerCount++;
    const at = i * INNER_WORDS;
    if (at + INNER_WORDS > this.inner.length) this.#growInner(grown(i + 1));
    this.inner[at] = ~left;
    this.inner[at + 1] = right;
    return i << 1;
  }

  /** A new leaf that stands nowhere yet. Returns its index. */
  newLeaf(key: Uint8Array, value: Uint8Array, tag: number): number {
    const i = this.#roomForLeaf();
    const at = i * LEAF_WORDS;
    this.hashOf(key, this.leaves, at);
    if (value.length === 32) {
      wordsFromBytes(value, 0, this.leaves, at + 8);
      hash32(value, 0, digest, 0);
    } else {
      wordsFromBytes(this.#hash(value), 0, digest, 0);
      this.leaves.set(digest, at + 8);
      this.#otherValues.set(i, value.slice());
    }
    hash65(0, this.leaves, at, digest, 0, this.leaves, at + 16);
    this.tags[i] = tag;
    return i;
  }

  /** The same for a leaf of a batch, which is not hashed before `hashLeaves`. */
  newUnhashedLeaf(key: Uint8Array, value: Uint8Array, tag: number): void {
    if (key.length !== 32 || value.length !== 32) {
      this.#hashedEarly.push(this.newLeaf(key, value, tag));
      return;
    }
    const i = this.#roomForLeaf();
    const at = i * LEAF_WORDS;
    wordsFromBytes(key, 0, this.leaves, at);
    wordsFromBytes(value, 0, this.leaves, at + 8);
    this.tags[i] = tag;
  }

  /** Hashes the leaves of a batch; those that were hashed as they came are left out. */
  hashLeaves(from: number, to: number): void {
    const lanes = simdFor(to - from);
    for (const early of [...this.#hashedEarly, to]) {
      if (early < from) continue;
      if (lanes === undefined) for (let i = from; i < early; i++) this.#hashLeaf(i);
      else {
        for (let i = from; i < early; i += SIMD_WIDTH) {
          hashLeavesSimd(lanes, this.leaves, i, Math.min(SIMD_WIDTH, early - i));
        }
      }
      from = early + 1;
    }
    this.#hashedEarly = [];
  }

  #hashLeaf(i: number): void {
    const { leaves } = this;
    const at = i * LEAF_WORDS;
    hash32Words(leaves, at, leaves, at);
    hash32Words(leaves, at + 8, digest, 0);
    hash65(0, leaves, at, digest, 0, leaves, at + 16);
  }

  /** Takes back leaves that nothing names. Where nodes were read from a store since, they stand behind: the places stay empty. */
  dropLeaves(from: number, to: number): void {
    this.#hashedEarly = [];
    if (this.#otherValues.size > 0) for (let i = from; i < to; i++) this.#otherValues.delete(i);
    if (this.leafCount === to) this.leafCount = from;
  }

  /** out[at..at+8) = SHA-256 of bytes of any length. */
  hashOf(bytes: Uint8Array, out: Int32Array, at: number): void {
    if (bytes.length === 32) hash32(bytes, 0, out, at);
    else wordsFromBytes(this.#hash(bytes), 0, out, at);
  }

  sameValue(a: number, b: number): boolean {
    return (
      sameWords(this.leaves, a * LEAF_WORDS + 8, this.leaves, b * LEAF_WORDS + 8) &&
      this.#otherValues.has(a) === this.#otherValues.has(b)
    );
  }

  value(ref: number): Uint8Array {
    const at = this.leafAt(ref) + 8;
    return this.#otherValues.get(ref >> 1) ?? toBytes(this.leaves, at);
  }

  /** The leaf's H(value), in words that the next call overwrites. */
  valueHash(ref: number): Int32Array {
    const at = this.leafAt(ref) + 8;
    if (this.#otherValues.has(ref >> 1)) digest.set(this.leaves.subarray(at, at + 8));
    else hash32Words(this.leaves, at, digest, 0);
    return digest;
  }

  /** Whether every value has 32 bytes, as the store demands. */
  get storable(): boolean {
    return this.#otherValues.size === 0;
  }

  /** From here on it is noted which nodes are stored. */
  keepIds(): void {
    this.innerIds ??= new Int32Array(this.inner.length / INNER_WORDS);
    this.leafIds ??= new Int32Array(this.tags.length);
  }

  #roomForLeaf(): number {
    if (this.leafCount >= this.tags.length) this.#growLeaves(grown(this.leafCount + 1));
    return this.leafCount++;
  }

  left(ref: number): number {
    if (this.innerIds !== undefined && this.innerIds[ref >> 1]! < 0) this.#loadInner(ref >> 1);
    const left = this.inner[(ref >> 1) * INNER_WORDS]!;
    return left < 0 ? ~left : left;
  }

  right(ref: number): number {
    if (this.innerIds !== undefined && this.innerIds[ref >> 1]! < 0) this.#loadInner(ref >> 1);
    return this.inner[(ref >> 1) * INNER_WORDS + 1]!;
  }

  /** Where the leaf's words begin in `leaves`, its path and value surely read. */
  leafAt(ref: number): number {
    if (this.leafIds !== undefined && this.leafIds[ref >> 1]! < 0) this.#loadLeaf(ref >> 1);
    return (ref >> 1) * LEAF_WORDS;
  }

  /** Which array holds the node's hash, and where: read it as hashWords(ref)[hashAt(ref)..+8). Clean nodes only. */
  hashWords(ref: number): Int32Array {
    return ref === 0 ? zero : (ref & 1) === 1 ? this.leaves : this.inner;
  }

  hashAt(ref: number): number {
    return ref === 0 ? 0 : (ref & 1) === 1 ? (ref >> 1) * LEAF_WORDS + 16 : (ref >> 1) * INNER_WORDS + 2;
  }

  isFrozen(index: number): boolean {
    return index < this.frozen || (this.innerIds !== undefined && this.innerIds[index] !== 0);
  }

  /** Hashes whatever is dirty at and below `ref`, each node once. */
  computeHashes(ref: number): void {
    if ((ref & 1) === 1 || ref === 0 || this.inner[(ref >> 1) * INNER_WORDS]! >= 0) return;
    const lanes = simdFor(this.pendingLeaves);
    this.pendingLeaves = 0;
    if (lanes !== undefined) computeHashesSimd(this, lanes, ref);
    else this.#computeHashes(ref >> 1);
  }

  #computeHashes(i: number): void {
    const inner = this.inner;
    const at = i * INNER_WORDS;
    const left = ~inner[at]!;
    const right = inner[at + 1]!;
    if ((left & 1) === 0 && left !== 0 && inner[(left >> 1) * INNER_WORDS]! < 0) this.#computeHashes(left >> 1);
    if ((right & 1) === 0 && right !== 0 && inner[(right >> 1) * INNER_WORDS]! < 0) this.#computeHashes(right >> 1);
    inner[at] = left;
    hash65(1, this.hashWords(left), this.hashAt(left), this.hashWords(right), this.hashAt(right), inner, at + 2);
  }

  /** A stored node of which only id and hash are known yet. Returns its ref. */
  stub(id: number, hash: Int32Array, hashAt: number): number {
    if (id === 0) return 0;
    let words: Int32Array;
    let at: number;
    let ref: number;
    if (id < 0) {
      const i = this.#roomForLeaf();
      this.leafIds![i] = id;
      ref = (i << 1) | 1;
      words = this.leaves;
      at = i * LEAF_WORDS + 16;
    } else {
      ref = this.newInner(0, 0);
      const i = ref >> 1;
      this.inner[i * INNER_WORDS] = 0;
      this.innerIds![i] = -id;
      words = this.inner;
      at = i * INNER_WORDS + 2;
    }
    for (let k = 0; k < 8; k++) words[at + k] = hash[hashAt + k]!;
    return ref;
  }

  #loadInner(i: number): void {
    const id = -this.innerIds![i]!;
    this.source!.read(id, record);
    hash65(1, record, 2, record, 10, digest, 0);
    if (!sameWords(digest, 0, this.inner, i * INNER_WORDS + 2)) throw new TreeDamageError("hash-mismatch", id);
    const leftId = record[0]!;
    const rightId = record[1]!;
    // The hash does not cover the ids. A wrong one leads to a node that has another hash, but 0 leads nowhere: seen here.
    if ((leftId === 0) !== isZero(record, 2) || (rightId === 0) !== isZero(record, 10)) {
      throw new TreeDamageError("hash-mismatch", id);
    }
    const left = this.stub(leftId, record, 2);
    const right = this.stub(rightId, record, 10);
    this.inner[i * INNER_WORDS] = left;
    this.inner[i * INNER_WORDS + 1] = right;
    this.innerIds![i] = id;
  }

  #loadLeaf(i: number): void {
    const id = -this.leafIds![i]!;
    this.source!.read(id, record);
    hash32Words(record, 8, digest, 0);
    hash65(0, record, 0, digest, 0, digest, 0);
    const at = i * LEAF_WORDS;
    if (!sameWords(digest, 0, this.leaves, at + 16)) throw new TreeDamageError("hash-mismatch", id);
    for (let k = 0; k < 16; k++) this.leaves[at + k] = record[k]!;
    this.tags[i] = (record[16]! >>> 0) * 2 ** 32 + (record[17]! >>> 0);
    this.leafIds![i] = id;
  }

  #growInner(nodes: number): void {
    this.inner = copied(this.inner, nodes * INNER_WORDS);
    if (this.innerIds !== undefined) this.innerIds = copied(this.innerIds, nodes);
  }

  #growLeaves(leaves: number): void {
    this.leaves = copied(this.leaves, leaves * LEAF_WORDS);
    const tags = new Float64Array(leaves);
    tags.set(this.tags);
    this.tags = tags;
    if (this.leafIds !== undefined) this.leafIds = copied(this.leafIds, leaves);
  }
}

/** Twice what is needed while the arrays are small, a quarter more once they are big, so that at most a fifth of the memory
 * stands empty. */
function grown(needed: number): number {
  if (needed >= 2 ** 30) throw new RangeError("the tree holds as many nodes as its 30-bit refs can name");
  const more = needed < 65_536 ? 2 : needed < 524_288 ? 1.5 : 1.25;
  return Math.min(Math.ceil(needed * more), 2 ** 30);
}
