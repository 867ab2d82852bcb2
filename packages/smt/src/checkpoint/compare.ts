// Two checkpoints side by side: does one line hold both, or did somebody show two histories?
import { type Sha256, sha256 } from "../hash/sha256.js";
import { type Checkpoint, checkpointHash, noCheckpoint } from "./checkpoint.js";

/** How two checkpoints relate to each other. @public */
export type CheckpointRelation =
  /** The same checkpoint. */
  | "same"
  /** `b` names `a` as the one before it (or the reverse), with matching range. */
  | "adjacent"
  /** Nothing contradicts, nothing joins them: the ones between are needed, or an extension proof. */
  | "compatible"
  /** Checkpoints of different trees say nothing about each other. */
  | "tree-id-mismatch"
  /** One tree, and the two cannot both be true: same version or same predecessor, or a later version that holds less. */
  | "equivocation";

/**
 * Compares two checkpoints, whatever their order. Pure: the caller has checked their shape (`parseCheckpoint`).
 *
 * @public
 */
export function compareCheckpoints(a: Checkpoint, b: Checkpoint, hash: Sha256 = sha256): CheckpointRelation {
  if (a.tree !== b.tree) return "tree-id-mismatch";
  const [older, newer] = a.version <= b.version ? [a, b] : [b, a];
  const olderHash = checkpointHash(older, hash);
  if (older.version === newer.version) return olderHash === checkpointHash(newer, hash) ? "same" : "equivocation";
  if (newer.version === older.version + 1) {
    const follows = newer.previous === olderHash && newer.firstSequence === older.lastSequence + 1;
    return follows && newer.epoch >= older.epoch && newer.lastSigned >= older.lastSigned ? "adjacent" : "equivocation";
  }
  // Versions differ by two or more: the same predecessor, or a range that does not come after, is impossible in one line.
  if (newer.previous === older.previous || newer.previous === olderHash || newer.previous === noCheckpoint) {
    return "equivocation";
  }
  const versionsBetween = newer.version - older.version - 1;
  const holdsMore = newer.firstSequence >= older.lastSequence + 1 + versionsBetween;
  return holdsMore && newer.epoch >= older.epoch && newer.lastSigned >= older.lastSigned
    ? "compatible"
    : "equivocation";
}
