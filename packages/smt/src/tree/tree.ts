// The sparse Merkle tree (formats.md, section 1): a set of entries that can be committed to, added to and proven from.
// Everything costly waits until it is asked for: inserts change nodes, a root or a proof hashes them.
import { type Sha256, sha256 } from "../hash/sha256.js";
import { type ExtensionProof, proveExtension } from "../proof/extension.js";
import { type Multiproof, proveKeys } from "../proof/multiproof.js";
import { type Proof, proofFrom } from "../proof/proof.js";
import type { Arena } from "./arena.js";
import { insertBatch } from "./batch.js";
import { TreeFullError } from "./errors.js";
import { findTerminal, insertLeaf } from "./insert.js";
import { LEAF_WORDS } from "./layout.js";
import { type NodeReader, readerOf } from "./reader.js";
import { newState, type TreeState } from "./state.js";
import { sameWords, toBytes } from "./words.js";

/**
 * One entry to insert. `tag` is an integer from 0 to 2^53-1, kept beside the leaf and covered by no hash; ours is `seqNo`.
 *
 * @public
 */
export interface Leaf {
  key: Uint8Array;
  value: Uint8Array;
  tag: number;
}

const path = new Int32Array(8);

/** The state behind a tree: for the store beside it, not for callers. */
export let stateOf: (tree: SparseMerkleTree) => TreeState;

/**
 * A sparse Merkle tree in memory. `commit` keeps the present state as a version that proofs can be made from later.
 *
 * @public
 */
export class SparseMerkleTree {
  readonly #state: TreeState;
  readonly #maxTreeSize: number;

  static {
    stateOf = (tree) => tree.#state;
  }

  /** `hash` is used for keys and values of other lengths than 32 bytes. With `maxTreeSize`, an insert that would make the
   * tree bigger throws TreeFullError and changes nothing. (`state` is the store's.) */
  constructor(options: { hash?: Sha256; maxTreeSize?: number } = {}, state?: TreeState) {
    this.#maxTreeSize = options.maxTreeSize ?? Number.POSITIVE_INFINITY;
    this.#state = state ?? newState(options.hash ?? sha256);
  }

  /** Adds an entry. A key of 1 to 1,024 bytes, a value of 1 to 65,536. The same entry again changes nothing; another value
   * for a key that is there throws ValueConflictError. */
  insert(key: Uint8Array, value: Uint8Array): void {
    checkEntry(key, value);
    const state = this.#state;
    const { arena } = state;
    const leaf = arena.newLeaf(key, value, 0);
    let root = -1;
    try {
      if (state.size >= this.#maxTreeSize) this.#checkCapacity(leaf, leaf + 1);
      root = insertLeaf(arena, state.root, leaf);
    } finally {
      if (root === -1) arena.dropLeaves(leaf, leaf + 1);
    }
    if (root === -1) return;
    arena.pendingLeaves++;
    state.root = root;
    state.size++;
  }

  /** Adds many entries, much faster than one by one. Where it throws, nothing was added. */
  insertMany(entries: Iterable<readonly [Uint8Array, Uint8Array]>): void {
    this.#insertAll(entries, pairs);
  }

  /** The same, for leaves with tags. */
  insertLeaves(leaves: Iterable<Leaf>): void {
    this.#insertAll(leaves, tagged);
  }

  /** 32 bytes; zeros for the empty tree. */
  get root(): Uint8Array {
    const { arena, root } = this.#state;
    arena.computeHashes(root);
    return toBytes(arena.hashWords(root), arena.hashAt(root));
  }

  /** The number of entries. */
  get size(): number {
    return this.#state.size;
  }

  /** Makes a version of what the tree holds now, which can be proven from for ever, and returns its number: the next one,
   * or the one given, which must be greater than every earlier one. Versions share the nodes that did not change. */
  commit(version: number = this.#state.version + 1): number {
    const state = this.#state;
    if (!Number.isSafeInteger(version) || version <= state.version) {
      throw new RangeError(`version: expected an integer greater than ${state.version}`);
    }
    state.arena.computeHashes(state.root);
    state.arena.frozen = state.arena.innerCount;
    state.versions.set(version, { ref: state.root, size: state.size });
    state.version = version;
    return version;
  }

  /** The newest version: 0 until the first commit. */
  get version(): number {
    return this.#state.version;
  }

  rootAt(version: number): Uint8Array {
    const { ref } = this.#versionAt(version);
    const { arena } = this.#state;
    return toBytes(arena.hashWords(ref), arena.hashAt(ref));
  }

  sizeAt(version: number): number {
    return this.#versionAt(version).size;
  }

  /** Inclusion if the key is there, else exclusion; from the live tree, or from a version. */
  prove(key: Uint8Array, version?: number): Proof {
    checkKey(key);
    const { arena } = this.#state;
    const root = this.#rootRef(version);
    arena.hashOf(key, path, 0);
    return proofFrom(arena, root, key, path);
  }

  /** One proof for many keys, present or absent: 1 to 20,000 of them. */
  proveMany(keys: readonly Uint8Array[], version?: number): Multiproof {
    return proveKeys(this.reader(version), keys, (key) => this.find(key, version)?.value);
  }

  /** That a newer version holds everything that an older one held, unchanged. */
  proveExtension(oldVersion: number, newVersion: number): ExtensionProof {
    return proveExtension(this.reader(oldVersion), this.reader(newVersion));
  }

  /** What stands at a key: the value, its hash, and the leaf's tag. */
  find(key: Uint8Array, version?: number): { value: Uint8Array; valueHash: Uint8Array; tag: number } | undefined {
    checkKey(key);
    const { arena } = this.#state;
    let ref = version === undefined ? this.#state.root : this.#versionAt(version).ref;
    arena.hashOf(key, path, 0);
    ref = findTerminal(arena, ref, path, 0);
    if (ref === 0 || !sameWords(path, 0, arena.leaves, arena.leafAt(ref))) return undefined;
    return { value: arena.value(ref), valueHash: toBytes(arena.valueHash(ref), 0), tag: arena.tags[ref >> 1]! };
  }

  /** The tree node by node: a version, or the live tree until its next insert. */
  reader(version?: number): NodeReader {
    return readerOf(this.#state.arena, this.#rootRef(version));
  }

  #rootRef(version: number | undefined): number {
    if (version !== undefined) return this.#versionAt(version).ref;
    const { arena, root } = this.#state;
    arena.computeHashes(root);
    return root;
  }

  #versionAt(version: number): { ref: number; size: number } {
    const found = this.#state.versions.get(version);
    if (found === undefined) throw new RangeError(`version: this tree has no version ${version}`);
    return found;
  }

  #insertAll<Entry>(entries: Iterable<Entry>, kind: Kind<Entry>): void {
    const state = this.#state;
    const { arena } = state;
    const from = arena.leafCount;
    let to = from;
    const progress: Progress = { taken: 0, touched: 0 };
    let done = false;
    try {
      try {
        if (Array.isArray(entries)) {
          arena.reserve(0, entries.length);
          for (let i = 0; i < entries.length; i += STEP) addSome(arena, entries, i, kind, progress);
        } else {
          for (const entry of entries) {
            kind.add(arena, entry);
            progress.taken++;
          }
        }
      } finally {
        to = arena.leafCount;
      }
      // Other leaves in between would be taken for the batch's own.
      if (to - from !== progress.taken)
        throw new TypeError("entries: they asked this tree while they were being inserted");
      arena.hashLeaves(from, to);
      if (state.size + to - from > this.#maxTreeSize) this.#checkCapacity(from, to);
      arena.reserve(Math.ceil((to - from) * 1.45), 0);
      const { root, added } = insertBatch(arena, state.root, from, to);
      state.root = root;
      state.size += added;
      done = true;
    } finally {
      if (!done && to - from === progress.taken) arena.dropLeaves(from, to);
    }
  }

  /** Entries that are there already do not count, but only this rare path pays for finding them. */
  #checkCapacity(from: number, to: number): void {
    const { arena, root, size } = this.#state;
    const added = new Set<string>();
    for (let leaf = from; leaf < to; leaf++) {
      const at = leaf * LEAF_WORDS;
      const end = findTerminal(arena, root, arena.leaves, at);
      if (end !== 0 && sameWords(arena.leaves, at, arena.leaves, arena.leafAt(end))) continue;
      added.add(arena.leaves.subarray(at, at + 8).join());
    }
    if (size + added.size > this.#maxTreeSize) throw new TreeFullError(this.#maxTreeSize, size + added.size);
  }
}

interface Kind<Entry> {
  add(arena: Arena, entry: Entry): void;
  /** Reads a little of its key and value. */
  touch(entry: Entry): number;
}

const pairs: Kind<readonly [Uint8Array, Uint8Array]> = {
  add(arena, [key, value]) {
    checkEntry(key, value);
    arena.newUnhashedLeaf(key, value, 0);
  },
  touch: (entry) => touched(entry?.[0]) ^ touched(entry?.[1]),
};

const tagged: Kind<Leaf> = {
  add(arena, { key, value, tag }) {
    if (!Number.isSafeInteger(tag) || tag < 0) throw new RangeError("tag: expected an integer from 0 to 2^53-1");
    checkEntry(key, value);
    arena.newUnhashedLeaf(key, value, tag);
  },
  touch: (entry) => touched(entry?.key) ^ touched(entry?.value),
};

function touched(bytes: unknown): number {
  return bytes instanceof Uint8Array && bytes.length > 0 ? bytes[0]! ^ bytes[bytes.length - 1]! : 0;
}

interface Progress {
  taken: number;
  /** Means nothing; what is read into it is surely read. */
  touched: number;
}

/** Entries that one call takes (batch-hash.ts says why). */
const STEP = 64;

/** Keys and values lie all over the memory. All of these are touched first, so that the waits for them overlap: a third of
 * the time that reading one after the other takes. */
function addSome<Entry>(
  arena: Arena,
  entries: readonly Entry[],
  from: number,
  { add, touch }: Kind<Entry>,
  progress: Progress,
): void {
  for (let i = from; i < from + STEP && i < entries.length; i++) progress.touched ^= touch(entries[i]!);
  for (let i = from; i < from + STEP && i < entries.length; i++) {
    add(arena, entries[i]!);
    progress.taken++;
  }
}

function checkKey(key: Uint8Array): void {
  if (!(key instanceof Uint8Array)) throw new TypeError("key: expected a Uint8Array");
  if (key.length < 1 || key.length > 1024) throw new RangeError("key: expected 1 to 1,024 bytes");
}

function checkEntry(key: Uint8Array, value: Uint8Array): void {
  checkKey(key);
  if (!(value instanceof Uint8Array)) throw new TypeError("value: expected a Uint8Array");
  if (value.length < 1 || value.length > 65_536) throw new RangeError("value: expected 1 to 65,536 bytes");
}
