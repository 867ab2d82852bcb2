// The tree brought up to the log (architecture.md, concurrency): computed without the lock, written by the store in short
// slices with compare-and-set. Who loses the race drops its work and reads again.
import type { DatabaseSync } from "node:sqlite";
import {
  bytesToHex,
  type Checkpoint,
  checkpointHash,
  type EventPlace,
  type Leaf,
  noCheckpoint,
  type Sha256,
  type SparseMerkleTree,
} from "@sealtrail/smt";
import { TreeMovedError, type TreeStore } from "@sealtrail/smt/sqlite";
import { TrailError } from "../log/errors.js";
import type { TrailRow } from "../log/genesis.js";
import { leavesOf } from "./leaves.js";
import { placesAfter } from "./places.js";

/** Events that one checkpoint covers at most: bounds what a catch-up holds in memory. */
const eventsACheckpoint = 100_000;

export interface CatchUpOptions {
  /** Milliseconds since 1970. */
  clock: () => number;
  /** The newest version with a signed anchor statement; default: as the outbox in this file has it, if there is one. */
  lastSigned?: () => number;
  /** Runs in the transaction that makes the checkpoints durable: where the outbox signs. */
  also?: (checkpoints: readonly Checkpoint[]) => void;
  onProgress?: (done: number, total: number) => void;
}

export class CatchUp {
  readonly #db: DatabaseSync;
  readonly #trail: TrailRow;
  readonly #store: TreeStore;
  readonly #hash: Sha256;
  /** The tree as of the newest checkpoint that we know, kept between checkpoints of one process. */
  #tree: { tree: SparseMerkleTree; version: number } | undefined;

  constructor(db: DatabaseSync, trail: TrailRow, store: TreeStore, hash: Sha256) {
    this.#db = db;
    this.#trail = trail;
    this.#store = store;
    this.#hash = hash;
  }

  /** Checkpoints all that is in the log now; returns the newest checkpoint, undefined for an empty log. */
  run(options: CatchUpOptions): Checkpoint | undefined {
    const start = this.#store.newest()?.lastSequence ?? 0;
    for (;;) {
      const newest = this.#store.newest();
      const last = this.#headSequence();
      if ((newest?.lastSequence ?? 0) >= last) return newest;
      const to = Math.min(last, (newest?.lastSequence ?? 0) + eventsACheckpoint);
      this.#advance(newest, to, options);
      options.onProgress?.(to - start, last - start);
    }
  }

  #advance(newest: Checkpoint | undefined, to: number, options: CatchUpOptions): void {
    const version = newest?.version ?? 0;
    if (this.#tree === undefined || this.#tree.version !== version) {
      this.#tree = { tree: this.#store.open(), version };
    }
    const { tree } = this.#tree;
    // Whatever comes next, this tree is only worth keeping if what it holds was written.
    this.#tree = undefined;
    let checkpoints: Checkpoint[];
    try {
      checkpoints = this.#grow(tree, newest, to, options);
    } catch (error) {
      // Somebody compacted or rebuilt the tree that was being read: as good as lost.
      if (error instanceof TreeMovedError) return;
      throw error;
    }
    const made = checkpoints.at(-1);
    if (made === undefined) return;
    const saved = this.#store.save(tree, checkpoints, () => {
      const hash = Buffer.from(checkpointHash(made, this.#hash), "hex");
      this.#db.prepare("UPDATE head SET checkpoint = ? WHERE id = 1").run(hash);
      options.also?.(checkpoints);
    });
    if (saved === "saved") this.#tree = { tree, version: made.version };
  }

  /** Inserts the leaves up to `to`; a version at the last event of each epoch crossed, and at the end. */
  #grow(tree: SparseMerkleTree, newest: Checkpoint | undefined, to: number, options: CatchUpOptions): Checkpoint[] {
    const made: Checkpoint[] = [];
    const lastSigned = Math.max(newest?.lastSigned ?? 0, options.lastSigned?.() ?? newestSigned(this.#db));
    const createdAt = new Date(options.clock()).toISOString();
    let leaves: Leaf[] = [];
    const seal = (place: EventPlace) => {
      tree.insertLeaves(leaves);
      leaves = [];
      const before = made.at(-1) ?? newest;
      const version = (before?.version ?? 0) + 1;
      tree.commit(version);
      made.push({
        format: "sealtrail-checkpoint/1",
        tree: this.#trail.genesis.tree,
        version,
        root: bytesToHex(tree.root),
        leafCount: tree.size,
        firstSequence: (before?.lastSequence ?? 0) + 1,
        lastSequence: place.sequence,
        epoch: place.epoch,
        createdAt,
        lastSigned,
        previous: before === undefined ? noCheckpoint : checkpointHash(before, this.#hash),
      });
    };
    const from = newest === undefined ? undefined : { sequence: newest.lastSequence, epoch: newest.epoch };
    let previous: EventPlace | undefined;
    for (const { place, raw, censored } of placesAfter(this.#db, this.#trail.genesis, from, to)) {
      if (previous !== undefined && place.epoch !== previous.epoch) seal(previous);
      leaves.push(...leavesOf(place, raw, censored, this.#hash));
      previous = place;
    }
    if (previous !== undefined) seal(previous);
    return made;
  }

  #headSequence(): number {
    const row = this.#db.prepare("SELECT sequence FROM head WHERE id = 1").get() as { sequence: number } | undefined;
    if (row === undefined) throw new TrailError("trail-damaged", "the log head is gone: run audit verify");
    return row.sequence;
  }
}

/** Whoever makes a checkpoint names what was signed before it (formats.md, section 5), whether it signs itself or not. */
function newestSigned(db: DatabaseSync): number {
  const outbox = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'anchor_statements'").get();
  if (outbox === undefined) return 0;
  return Number(db.prepare("SELECT max(version) AS version FROM anchor_statements").get()?.version ?? 0);
}
