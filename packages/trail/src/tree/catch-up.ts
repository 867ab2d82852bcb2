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
/** Versions that one save makes at most: their rows go in together, under the lock. */
const versionsASave = 500;
/** Leaves that wait to go into a tree together: a batch of 16,384 costs each of them twice as much. */
const leavesABatch = 65_536;

export interface CatchUpOptions {
  /** Milliseconds since 1970. */
  clock: () => number;
  /** The newest version with a signed anchor statement; default: as the outbox in this file has it, if there is one. */
  lastSigned?: () => number;
  /** Runs in the transaction that makes the checkpoints durable: where the outbox signs. */
  also?: (checkpoints: readonly Checkpoint[]) => void;
  onProgress?: (done: number, total: number) => void;
}

/** A tree with more in it than the newest checkpoint, not written yet. */
interface Growth {
  tree: SparseMerkleTree;
  newest: Checkpoint | undefined;
  /** The versions committed since, each at the last event of an epoch or of all. */
  versions: { version: number; root: string; leafCount: number; place: EventPlace }[];
  /** The last event that was taken in; undefined for none since `newest`. */
  last: EventPlace | undefined;
  /** Of events that were taken in: those that the tree does not hold yet. */
  leaves: Leaf[];
}

export class CatchUp {
  readonly #db: DatabaseSync;
  readonly #trail: TrailRow;
  readonly #store: TreeStore;
  readonly #hash: Sha256;
  /** The tree takes in no event beyond this one. */
  readonly #lastThatFits: number;
  /** Kept between checkpoints of one process. */
  #growth: Growth | undefined;

  /** `maxTreeSize`: leaves. */
  constructor(
    db: DatabaseSync,
    trail: TrailRow,
    store: TreeStore,
    hash: Sha256,
    maxTreeSize = Number.POSITIVE_INFINITY,
  ) {
    this.#lastThatFits = Math.floor(maxTreeSize / 2);
    this.#db = db;
    this.#trail = trail;
    this.#store = store;
    this.#hash = hash;
  }

  /** Checkpoints all that is in the log now; returns the newest checkpoint, undefined for an empty log. Where the tree may not
   * hold all of it, checkpoints what fits and throws TrailError `tree-full`: the log itself has everything, and goes on. */
  run(options: CatchUpOptions): Checkpoint | undefined {
    const start = this.#store.newest()?.lastSequence ?? 0;
    for (;;) {
      const newest = this.#store.newest();
      const last = this.#headSequence();
      const done = newest?.lastSequence ?? 0;
      if (done >= last) return newest;
      if (done >= this.#lastThatFits) throw full(done, last);
      const to = Math.min(last, done + eventsACheckpoint, this.#lastThatFits);
      this.#advance(newest, to, options);
      options.onProgress?.(to - start, last - start);
    }
  }

  /** Takes the log's next `events` into the tree and writes nothing, save where a checkpoint is full; false where there are
   * not so many yet. */
  grow(events: number, options: CatchUpOptions): boolean {
    const newest = this.#store.newest();
    const begin = newest?.lastSequence ?? 0;
    const growth = this.#growthFrom(newest);
    if (growth === undefined) return true;
    const to = Math.min((growth.last?.sequence ?? begin) + events, begin + eventsACheckpoint);
    if (this.#headSequence() < to || to > this.#lastThatFits) return false;
    if (to === begin + eventsACheckpoint) this.#advance(newest, to, options);
    else if (this.#taken(growth, to, false) && growth.versions.length === versionsASave) this.#save(growth, options);
    return true;
  }

  /** Undefined where somebody made a checkpoint after `newest` was read. */
  #growthFrom(newest: Checkpoint | undefined): Growth | undefined {
    const version = newest?.version ?? 0;
    if (this.#growth === undefined || (this.#growth.newest?.version ?? 0) !== version) {
      const tree = this.#store.open();
      if (tree.version !== version) return undefined;
      this.#growth = { tree, newest, versions: [], last: undefined, leaves: [] };
    }
    return this.#growth;
  }

  #advance(newest: Checkpoint | undefined, to: number, options: CatchUpOptions): void {
    const growth = this.#growthFrom(newest);
    if (growth !== undefined && this.#taken(growth, to, true)) this.#save(growth, options);
  }

  #save(growth: Growth, options: CatchUpOptions): void {
    // Whatever comes next, this tree is only worth keeping if what it holds was written.
    this.#growth = undefined;
    const checkpoints = this.#checkpointsOf(growth, options);
    const made = checkpoints.at(-1)!;
    const saved = this.#store.save(growth.tree, checkpoints, () => {
      const hash = Buffer.from(checkpointHash(made, this.#hash), "hex");
      this.#db.prepare("UPDATE head SET checkpoint = ? WHERE id = 1").run(hash);
      options.also?.(checkpoints);
    });
    if (saved === "saved")
      this.#growth = { tree: growth.tree, newest: made, versions: [], last: undefined, leaves: [] };
  }

  /** Takes in the leaves up to `to`, or up to as many versions as one save makes; a version at the last event of each epoch
   * crossed, and at `to` where that is the end. False where the stored tree is not what it was. */
  #taken(growth: Growth, to: number, end: boolean): boolean {
    const { newest } = growth;
    const from = growth.last ?? (newest && { sequence: newest.lastSequence, epoch: newest.epoch });
    let last = growth.last;
    let full = false;
    this.#growth = undefined; // a tree that is half grown is worth nothing
    try {
      for (const { place, raw, censored } of placesAfter(this.#db, this.#trail.genesis, from, to)) {
        if (last !== undefined && place.epoch !== last.epoch) {
          seal(growth, last);
          if (growth.versions.length === versionsASave) {
            full = true;
            break;
          }
        }
        growth.leaves.push(...leavesOf(place, raw, censored, this.#hash));
        last = place;
      }
      if (end && !full && last !== undefined) seal(growth, last);
      if (growth.leaves.length >= leavesABatch) {
        plant(growth);
        void growth.tree.root; // its hashes are made now, and not all of them at the end
      }
    } catch (error) {
      // Somebody compacted or rebuilt the tree that was being read: as good as lost.
      if (error instanceof TreeMovedError) return false;
      throw error;
    }
    growth.last = last;
    this.#growth = growth;
    return true;
  }

  #checkpointsOf({ newest, versions }: Growth, options: CatchUpOptions): Checkpoint[] {
    const lastSigned = Math.max(newest?.lastSigned ?? 0, options.lastSigned?.() ?? newestSigned(this.#db));
    const createdAt = new Date(options.clock()).toISOString();
    let before = newest;
    return versions.map(({ version, root, leafCount, place }) => {
      before = {
        format: "sealtrail-checkpoint/1",
        tree: this.#trail.genesis.tree,
        version,
        root,
        leafCount,
        firstSequence: (before?.lastSequence ?? 0) + 1,
        lastSequence: place.sequence,
        epoch: place.epoch,
        createdAt,
        lastSigned,
        previous: before === undefined ? noCheckpoint : checkpointHash(before, this.#hash),
      };
      return before;
    });
  }

  #headSequence(): number {
    const row = this.#db.prepare("SELECT sequence FROM head WHERE id = 1").get() as { sequence: number } | undefined;
    if (row === undefined) throw new TrailError("trail-damaged", "the log head is gone: run audit verify");
    return row.sequence;
  }
}

function plant(growth: Growth): void {
  growth.tree.insertLeaves(growth.leaves);
  growth.leaves = [];
}

function seal(growth: Growth, place: EventPlace): void {
  plant(growth);
  const { tree, versions } = growth;
  const version = tree.commit();
  versions.push({ version, root: bytesToHex(tree.root), leafCount: tree.size, place });
}

/** Whoever makes a checkpoint names what was signed before it (formats.md, section 5), whether it signs itself or not. */
function newestSigned(db: DatabaseSync): number {
  const outbox = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'anchor_statements'").get();
  if (outbox === undefined) return 0;
  return Number(db.prepare("SELECT max(version) AS version FROM anchor_statements").get()?.version ?? 0);
}

function full(done: number, last: number): TrailError {
  return new TrailError(
    "tree-full",
    `maxTreeSize: the tree holds events 1 to ${done} and may not take more; the log goes on to ${last}, nothing is lost`,
  );
}
