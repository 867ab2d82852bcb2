// Freezing an epoch (architecture.md, epochs): put on record, archived where wanted, superseded nodes dropped. No root
// changes and no proof becomes impossible.
import type { DatabaseSync } from "node:sqlite";
import { type Sha256, SparseMerkleTree } from "@sealtrail/smt";
import { type ArchiveLeaf, archiveLines } from "@sealtrail/smt/archive";
import { recordOf } from "@sealtrail/smt/record";
import type { TreeStore } from "@sealtrail/smt/sqlite";
import type { Genesis } from "@sealtrail/verify/event";
import type { SealedEpoch } from "./epochs.js";
import { positionsAfter } from "./positions.js";
import { withTreeAt } from "./versions.js";

export interface FreezeContext {
  db: DatabaseSync;
  genesis: Genesis;
  store: TreeStore;
  hash: Sha256;
}

/** The lines of the epoch's archive (formats.md, section 4), without their ends. Holds the epoch's leaves, not the tree. */
export function archiveOf(context: FreezeContext, epoch: SealedEpoch): Generator<string> {
  const { db, genesis } = context;
  const from =
    epoch.before === undefined ? undefined : { sequence: epoch.before.lastSequence, epoch: epoch.before.epoch };
  const leaves: ArchiveLeaf[] = [];
  for (const { place } of positionsAfter(db, genesis, from, epoch.lastSequence)) {
    leaves.push({ key: place.rawHash, record: recordOf(place, "raw") });
    leaves.push({ key: place.censoredHash, record: recordOf(place, "censored") });
  }
  return withTreeAt(context, epoch.sealed, (newer) => {
    const lines = (older: SparseMerkleTree) =>
      archiveLines({ tree: genesis.tree, epoch: epoch.epoch, older: older.reader(), newer: newer.reader(), leaves });
    return epoch.before === undefined ? lines(new SparseMerkleTree()) : withTreeAt(context, epoch.before, lines);
  });
}

/** What `system.freeze` says. */
export function freezeMetadata(epoch: SealedEpoch): { [name: string]: string | number } {
  const { firstSequence, lastSequence, sealed } = epoch;
  return { epoch: epoch.epoch, firstSequence, lastSequence, root: sealed.root };
}

export function noteFrozen(db: DatabaseSync, epoch: number, sequence: number): void {
  db.prepare("INSERT OR IGNORE INTO frozen (epoch, sequence) VALUES (?, ?)").run(epoch, sequence);
}
