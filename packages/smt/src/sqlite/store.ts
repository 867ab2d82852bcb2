// The tree of a trail in its database: opened at any checkpoint at the cost of a row, read as it is touched, saved as what changed.
import type { DatabaseSync } from "node:sqlite";
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { bytesToHex, hexToBytes } from "../formats/hex.js";
import type { Sha256 } from "../hash/sha256.js";
import { storedState } from "../tree/state.js";
import { SparseMerkleTree, stateOf } from "../tree/tree.js";
import { wordsFromBytes } from "../tree/words.js";
import { auditTree, type TreeFinding } from "./audit.js";
import { CheckpointDamageError, type CheckpointRow, CheckpointRows } from "./checkpoints.js";
import { compactEpoch, reclaim } from "./compact.js";
import { NodeRows } from "./rows.js";
import { save } from "./save.js";
import { readState, restoreState } from "./state.js";

/** Exactly the checkpoint as it was written. */
export type StoredCheckpoint = Checkpoint;

/** The nodes that a tree is made of are no longer stored, and rightly so: open it again. Catch-up may meet it and tries anew. */
export class TreeMovedError extends Error {}

/** Superseded nodes of this version were compacted away: build its tree from the leaves (`treeOfLeaves`). */
export class VersionCompactedError extends TreeMovedError {
  override readonly name = "VersionCompactedError";
  readonly version: number;
  constructor(version: number) {
    super(`version ${version}: its superseded nodes were compacted away; replay the leaves up to its count`);
    this.version = version;
  }
}

/** The stored tree was replaced while this one was being read: open it again. */
export class TreeReplacedError extends TreeMovedError {
  override readonly name = "TreeReplacedError";
  constructor() {
    super("the stored tree was rebuilt meanwhile; open it again");
  }
}

export class TreeStore {
  readonly #db: DatabaseSync;
  readonly #hash: { hash?: Sha256 };
  readonly #checkpoints: CheckpointRows;
  /** The generation at which each tree was opened, or last saved. */
  readonly #opened = new WeakMap<SparseMerkleTree, number>();

  /** `db`: a database with `treeSchema`, its `busy_timeout` set. `hash`: for keys and values of other lengths than 32 bytes. */
  constructor(db: DatabaseSync, options: { hash?: Sha256 } = {}) {
    this.#db = db;
    this.#hash = options;
    this.#checkpoints = new CheckpointRows(db);
  }

  newest(): StoredCheckpoint | undefined {
    return this.#checkpoints.newest()?.checkpoint;
  }

  get(version: number): StoredCheckpoint | undefined {
    return this.#checkpoints.at(version)?.checkpoint;
  }

  /** Of several versions with one root, the oldest. */
  byRoot(rootHex: string): StoredCheckpoint | undefined {
    return this.#checkpoints.withRoot(rootHex)?.checkpoint;
  }

  /** The oldest checkpoint that covers an event. */
  covering(sequence: number): StoredCheckpoint | undefined {
    return this.#checkpoints.covering(sequence)?.checkpoint;
  }

  *all(): IterableIterator<StoredCheckpoint> {
    for (const row of this.#checkpoints.all()) yield row.checkpoint;
  }

  /** Whether proofs against this version can be made from stored nodes, without a replay of the leaves. */
  isStored(version: number): boolean {
    return this.#checkpoints.at(version)?.rootNode !== undefined;
  }

  /** The tree at the newest checkpoint, empty when there is none. Its nodes are read as they are touched, each checked
   * against the hash that its parent gives it: TreeDamageError where one is not. */
  open(): SparseMerkleTree {
    // Before the row: if somebody publishes in between, a save of this tree is lost, as it must be.
    const { generation } = readState(this.#db);
    const tree = this.#treeAt(this.#checkpoints.newest());
    this.#opened.set(tree, generation);
    return tree;
  }

  /** The tree at one checkpoint, to prove from; it cannot be saved. VersionCompactedError where its nodes are gone. */
  openAt(version: number): SparseMerkleTree {
    const row = this.#checkpoints.at(version);
    if (row === undefined) throw new RangeError(`version: there is no checkpoint ${version}`);
    return this.#treeAt(row);
  }

  /** Writes the versions that were committed to `tree` since it was opened or saved, one a checkpoint, and the checkpoints.
   * The write lock is held for at most 50 ms at a time; the last transaction is on disk before this returns, and runs
   * `also` inside. "lost": another process moved the tree on meanwhile; nothing of this save counts, open again. */
  save(
    tree: SparseMerkleTree,
    checkpoints: readonly Checkpoint[],
    also: (checkpoints: readonly Checkpoint[]) => void = () => {},
  ): "saved" | "lost" {
    const generation = this.#opened.get(tree);
    if (generation === undefined)
      throw new TypeError("tree: expected one from this store's open(), not saved in vain before");
    const first = checkpoints[0];
    if (first === undefined) throw new RangeError("checkpoints: expected at least one");
    const base = first.version - 1;
    if (!stateOf(tree).versions.has(base))
      throw new RangeError(`checkpoints: the tree has no version ${base} to add to`);
    this.#checkLine(tree, checkpoints, true);
    this.#opened.delete(tree);
    const outcome = save({ db: this.#db, tree: stateOf(tree), generation, base, checkpoints, replace: false, also });
    if (outcome === "saved") this.#opened.set(tree, generation + 1);
    return outcome;
  }

  /** Puts a tree that was made anew from the log in the place of everything stored, in one step. `checkpoints`: all of them;
   * those whose versions the tree committed become provable at once, among them must be the newest. "lost": somebody else
   * wrote meanwhile. */
  replaceAll(
    tree: SparseMerkleTree,
    checkpoints: readonly Checkpoint[],
    also: (checkpoints: readonly Checkpoint[]) => void = () => {},
  ): "saved" | "lost" {
    if (!stateOf(tree).versions.has(0)) throw new TypeError("tree: expected a new one, made from the first leaf on");
    restoreState(this.#db);
    const { generation } = readState(this.#db);
    const newest = this.#db.prepare("SELECT max(version) AS version FROM checkpoints").get()?.version ?? 0;
    const last = checkpoints.at(-1)?.version ?? 0;
    if (last < Number(newest)) return "lost";
    if (last > 0 && !stateOf(tree).versions.has(last)) throw new RangeError(`tree: it has no version ${last}`);
    this.#checkLine(tree, checkpoints, false);
    this.#opened.delete(tree);
    const state = stateOf(tree);
    const outcome = save({ db: this.#db, tree: state, generation, base: 0, checkpoints, replace: true, also });
    if (outcome === "saved") this.#opened.set(tree, generation + 1);
    return outcome;
  }

  /** Drops the versions of these epochs but the last of each, and gives the space back to the file system. They stay
   * provable by replay. The newest checkpoint's epoch is still open: RangeError. Returns how many nodes went. */
  compact(epochs: Iterable<number>): number {
    const newest = this.newest();
    let gone = 0;
    for (const epoch of epochs) {
      if (newest === undefined || epoch >= newest.epoch) throw new RangeError(`epochs: epoch ${epoch} is still open`);
      gone += compactEpoch(this.#db, epoch);
    }
    reclaim(this.#db);
    return gone;
  }

  /** Inside a transaction of the caller's: this epoch is to be compacted. If whoever says so dies before `compact` is through,
   * a later save does it. */
  noteCompaction(epoch: number): void {
    this.#db.prepare("INSERT OR IGNORE INTO compacting SELECT ?, generation FROM treeState").run(epoch);
  }

  /** Every stored node checked. `expected`, the tree as the log makes it: the leaves' numbers are compared too. */
  audit(expected?: SparseMerkleTree): Iterable<TreeFinding> {
    return auditTree(this.#db, expected);
  }

  #treeAt(row: CheckpointRow | undefined): SparseMerkleTree {
    const { rebuilt } = readState(this.#db);
    const version = row?.checkpoint.version ?? 0;
    if (row !== undefined && row.rootNode === undefined) throw new VersionCompactedError(version);
    const rows = new NodeRows(this.#db, () => {
      if (readState(this.#db).rebuilt !== rebuilt) throw new TreeReplacedError();
      if (version > 0 && !this.isStored(version)) throw new VersionCompactedError(version);
    });
    const rootHash = new Int32Array(8);
    if (row !== undefined) wordsFromBytes(hexToBytes(row.checkpoint.root), 0, rootHash, 0);
    const size = row?.checkpoint.leafCount ?? 0;
    const root = row?.rootNode ?? 0;
    if ((root === 0) !== (size === 0)) throw new CheckpointDamageError(version);
    return new SparseMerkleTree(this.#hash, storedState(rows, { version, size, root, rootHash }, this.#hash.hash));
  }

  /** A caller's mistake must not become a checkpoint. */
  #checkLine(tree: SparseMerkleTree, checkpoints: readonly Checkpoint[], all: boolean): void {
    const { versions, arena } = stateOf(tree);
    if (!arena.storable) throw new RangeError("value: a stored tree takes values of 32 bytes only");
    const first = all ? (checkpoints[0]?.version ?? 1) : 1;
    for (const [i, c] of checkpoints.entries()) {
      if (c.version !== first + i) throw new RangeError("checkpoints: expected consecutive versions");
      if (!versions.has(c.version)) {
        if (all) throw new RangeError(`checkpoints: the tree has no version ${c.version}`);
        continue;
      }
      if (c.root !== bytesToHex(tree.rootAt(c.version)) || c.leafCount !== tree.sizeAt(c.version)) {
        throw new RangeError(`checkpoints: version ${c.version} is not the tree's`);
      }
    }
  }
}
