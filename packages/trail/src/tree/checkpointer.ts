// The tree brought up to the log (architecture.md, concurrency): computed without the lock, written by the store in short
// slices with compare-and-set. Who loses the race drops its work and reads again.
import type { DatabaseSync } from "node:sqlite";
import { bytesToHex, type Leaf, type Sha256, type SparseMerkleTree } from "@sealtrail/smt";
import { type Checkpoint, checkpointHash, noCheckpoint } from "@sealtrail/smt/checkpoint";
import type { EventPlace } from "@sealtrail/smt/record";
import { TreeMovedError, type TreeStore } from "@sealtrail/smt/sqlite";
import { TrailError } from "../log/errors.js";
import type { TrailRow } from "../log/genesis.js";
import { leavesOf } from "./leaves.js";
import { positionsAfter } from "./positions.js";

/** Events that one checkpoint covers at most: bounds what a catch-up holds in memory. */
const eventsACheckpoint = 100_000;
/** Versions that one save makes at most: their rows go in together, under the lock. */
const versionsASave = 500;

export interface CheckpointerOptions {
  /** Milliseconds since 1970. */
  clock: () => number;
  /** The newest version with a signed anchor statement; default: as the outbox in this file has it, if there is one. */
  lastSigned?: () => number;
  /** Runs in the transaction that makes the checkpoints durable: where the outbox signs. */
  also?: (checkpoints: readonly Checkpoint[]) => void;
  onProgress?: (done: number, total: number) => void;
}

/** A version of the tree that is to become a checkpoint: at the last event of an epoch, or of all. */
interface Version {
  version: number;
  root: string;
  leafCount: number;
  place: EventPlace;
}

export class Checkpointer {
  readonly #db: DatabaseSync;
  readonly #trail: TrailRow;
  readonly #store: TreeStore;
  readonly #hash: Sha256;
  /** The tree takes in no event beyond this one. */
  readonly #lastThatFits: number;
  /** The tree of the newest checkpoint, kept between checkpoints of one process. */
  #kept: { tree: SparseMerkleTree; version: number } | undefined;

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
  run(options: CheckpointerOptions): Checkpoint | undefined {
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

  #advance(newest: Checkpoint | undefined, to: number, options: CheckpointerOptions): void {
    const tree = this.#treeOf(newest);
    // From here on it holds more than was written.
    this.#kept = undefined;
    const versions = tree && this.#versionsUpTo(tree, newest, to);
    if (tree === undefined || versions === undefined) return;
    const checkpoints = this.#checkpointsOf(newest, versions, options);
    const made = checkpoints.at(-1)!;
    const saved = this.#store.save(tree, checkpoints, () => {
      const hash = Buffer.from(checkpointHash(made, this.#hash), "hex");
      this.#db.prepare("UPDATE head SET checkpoint = ? WHERE id = 1").run(hash);
      options.also?.(checkpoints);
    });
    if (saved === "saved") this.#kept = { tree, version: made.version };
  }

  /** Undefined where another process made a checkpoint after `newest` was read. */
  #treeOf(newest: Checkpoint | undefined): SparseMerkleTree | undefined {
    const version = newest?.version ?? 0;
    if (this.#kept?.version === version) return this.#kept.tree;
    const tree = this.#store.open();
    return tree.version === version ? tree : undefined;
  }

  /**
   * Takes in the leaves up to `to`, or up to as many versions as one save makes. A version stands at the last event of each epoch
   * crossed, and at `to`. Undefined where the stored tree is not what it was.
   */
  #versionsUpTo(tree: SparseMerkleTree, newest: Checkpoint | undefined, to: number): Version[] | undefined {
    const from = newest && { sequence: newest.lastSequence, epoch: newest.epoch };
    const versions: Version[] = [];
    let leaves: Leaf[] = [];
    const seal = (place: EventPlace) => {
      tree.insertLeaves(leaves);
      leaves = [];
      const version = tree.commit();
      versions.push({ version, root: bytesToHex(tree.root), leafCount: tree.size, place });
    };
    let last: EventPlace | undefined;
    try {
      for (const { place, raw, censored } of positionsAfter(this.#db, this.#trail.genesis, from, to)) {
        if (last !== undefined && place.epoch !== last.epoch) {
          seal(last);
          if (versions.length === versionsASave) return versions;
        }
        leaves.push(...leavesOf(place, raw, censored, this.#hash));
        last = place;
      }
      if (last !== undefined) seal(last);
    } catch (error) {
      // Another process compacted or rebuilt the tree while it was being read.
      if (error instanceof TreeMovedError) return undefined;
      throw error;
    }
    return versions;
  }

  #checkpointsOf(newest: Checkpoint | undefined, versions: Version[], options: CheckpointerOptions): Checkpoint[] {
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
