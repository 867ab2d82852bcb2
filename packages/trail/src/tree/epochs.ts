// Epochs and their sealed roots, and which of them are frozen.
import type { DatabaseSync } from "node:sqlite";
import { type Checkpoint, noCheckpoint } from "@sealtrail/smt/checkpoint";
import type { TreeStore } from "@sealtrail/smt/sqlite";

export interface SealedEpoch {
  epoch: number;
  /** The checkpoint at the epoch's last event. */
  sealed: Checkpoint;
  /** The one at the last event of the epoch before; undefined for the first. */
  before: Checkpoint | undefined;
  firstSequence: number;
  lastSequence: number;
  frozen: boolean;
}

/** An epoch that has ended, as checkpoints show; undefined for the open one and those to come. */
export function sealedEpoch(db: DatabaseSync, store: TreeStore, epoch: number): SealedEpoch | undefined {
  const newest = store.newest();
  if (newest === undefined || epoch >= newest.epoch || !Number.isSafeInteger(epoch) || epoch < 0) return undefined;
  const last = (e: number) =>
    (db.prepare("SELECT max(version) AS version FROM checkpoints WHERE epoch = ?").get(e) as { version: number | null })
      .version;
  const version = last(epoch);
  const sealed = version === null ? undefined : store.get(version);
  if (sealed === undefined) return undefined;
  const previous = epoch === 0 ? null : last(epoch - 1);
  const before = previous === null ? undefined : store.get(previous);
  return {
    epoch,
    sealed,
    before,
    firstSequence: (before?.lastSequence ?? 0) + 1,
    lastSequence: sealed.lastSequence,
    frozen: db.prepare("SELECT 1 FROM frozen WHERE epoch = ?").get(epoch) !== undefined,
  };
}

export function frozenEpochs(db: DatabaseSync): number[] {
  return db
    .prepare("SELECT epoch FROM frozen ORDER BY epoch")
    .all()
    .map((row) => Number(row.epoch));
}

/** The epoch before's sealed root, hex; 64 zeros for the first. */
export function previousRoot(epoch: SealedEpoch): string {
  return epoch.before?.root ?? noCheckpoint;
}
