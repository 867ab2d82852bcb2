/**
 * The store of checkpoints and tree nodes on `node:sqlite`, and the lock that writers of its file share. For the other packages of
 * Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { TreeDamageError } from "../tree/errors.js";
export type { TreeFinding } from "./audit.js";
export { CheckpointDamageError } from "./checkpoints.js";
export { reclaim } from "./compact.js";
export { eachRow } from "./each-row.js";
export { pauseThread } from "./lock.js";
export { treeSchema } from "./schema.js";
export { type StoredCheckpoint, TreeMovedError, TreeStore } from "./store.js";
export {
  DatabaseBusyError,
  PATIENCE_MS,
  patiently,
  readTransaction,
  setPatience,
  sqliteCode,
  writeTransaction,
} from "./transaction.js";
export { checkpointWal, withScheduledCheckpoints, yieldLock } from "./write-scheduler.js";
