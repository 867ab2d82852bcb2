// A tree at any checkpoint, stored or not: where superseded nodes were compacted away, the leaves up to its count are
// replayed, and what is proven is byte for byte what it would have been (architecture.md, invariant 5).
import type { DatabaseSync } from "node:sqlite";
import { bytesToHex, type Sha256, type SparseMerkleTree } from "@sealtrail/smt";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import { treeOfLeaves } from "@sealtrail/smt/prover";
import { TreeMovedError, type TreeStore } from "@sealtrail/smt/sqlite";
import type { Genesis } from "@sealtrail/verify/event";
import { TrailError } from "../log/errors.js";
import { leavesUpTo } from "./positions.js";

export interface VersionContext {
  db: DatabaseSync;
  genesis: Genesis;
  store: TreeStore;
  hash: Sha256;
  /** A replay is under way; `total` in leaves. */
  onReplay?: (done: number, total: number) => void;
}

/** Runs `work` on the tree of one checkpoint; once more from the log where the stored one is gone, or goes meanwhile. */
export function withTreeAt<T>(context: VersionContext, checkpoint: Checkpoint, work: (tree: SparseMerkleTree) => T): T {
  // Once more where somebody rebuilt the tree while it was read: the new one has the version too, or it is compacted.
  for (let tries = 0; tries < 2 && context.store.isStored(checkpoint.version); tries++) {
    try {
      return work(context.store.openAt(checkpoint.version));
    } catch (error) {
      if (!(error instanceof TreeMovedError)) throw error;
    }
  }
  return work(replayed(context, checkpoint));
}

function replayed({ db, genesis, hash, onReplay }: VersionContext, checkpoint: Checkpoint): SparseMerkleTree {
  const { leafCount, lastSequence, version } = checkpoint;
  const leaves = leavesUpTo(db, genesis, lastSequence, hash);
  const onProgress = onReplay === undefined ? {} : { onProgress: (done: number) => onReplay(done, leafCount) };
  const tree = treeOfLeaves(leaves, leafCount, { hash, ...onProgress });
  if (bytesToHex(tree.root) !== checkpoint.root) {
    throw new TrailError("trail-damaged", `the log no longer gives checkpoint ${version}'s root: run audit verify`);
  }
  return tree;
}
