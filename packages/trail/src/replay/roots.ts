// The tree built anew while the log is read, and its root at the sequences that somebody asks about.
import { bytesToHex, type Leaf, type Sha256, SparseMerkleTree, ValueConflictError } from "@sealtrail/smt";
import type { EventPlace } from "@sealtrail/smt/record";
import type { TreeFinding, TreeStore } from "@sealtrail/smt/sqlite";
import { leavesOf } from "../tree/leaves.js";

/** Leaves go in by batches: 5 times faster than one by one. */
const leavesABatch = 32_768;

export interface RootAt {
  /** Hex. */
  root: string;
  /** False once a leaf was missing or doubtful: the root then says nothing new. */
  complete: boolean;
}

/** Where a replay's leaves go: here (`Roots`), or to a second thread (beside.ts). */
export interface LogTree {
  add(place: EventPlace, raw: Uint8Array, censored: Uint8Array): void;
  /** From here on the leaves are not all that were committed to. */
  incomplete(): void;
  /** To be called once after each sequence, whether or not it had leaves. */
  passed(sequence: number): void;
  /** The rest is only asked once all leaves went in. */
  at(sequence: number): RootAt | undefined;
  /** Two rows claimed one key. */
  readonly conflict: boolean;
  /** The stored nodes checked, against the leaves' numbers too where all of them are known. */
  audit(store: TreeStore): Iterable<TreeFinding>;
}

export class Roots implements LogTree {
  readonly #hash: Sha256;
  readonly #tree: SparseMerkleTree;
  readonly #wanted: ReadonlySet<number>;
  readonly #roots = new Map<number, RootAt>();
  #batch: Leaf[] = [];
  #complete = true;
  conflict = false;

  constructor(wanted: ReadonlySet<number>, hash: Sha256) {
    this.#wanted = wanted;
    this.#hash = hash;
    this.#tree = new SparseMerkleTree({ hash });
  }

  add(place: EventPlace, raw: Uint8Array, censored: Uint8Array): void {
    this.#batch.push(...leavesOf(place, raw, censored, this.#hash));
    if (this.#batch.length >= leavesABatch) this.#flush();
  }

  incomplete(): void {
    this.#complete = false;
  }

  passed(sequence: number): void {
    if (!this.#wanted.has(sequence)) return;
    this.#flush();
    this.#roots.set(sequence, { root: bytesToHex(this.#tree.root), complete: this.#complete });
  }

  at(sequence: number): RootAt | undefined {
    return this.#roots.get(sequence);
  }

  audit(store: TreeStore): Iterable<TreeFinding> {
    this.#flush();
    return this.#complete ? store.audit(this.#tree) : store.audit();
  }

  #flush(): void {
    const batch = this.#batch;
    this.#batch = [];
    try {
      this.#tree.insertLeaves(batch);
    } catch (error) {
      // Two rows with one key: the second cannot be the event that the key was made for.
      if (!(error instanceof ValueConflictError)) throw error;
      this.#complete = false;
      this.conflict = true;
    }
  }
}
