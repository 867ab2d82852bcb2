/**
 * Checkpoints: versions of a trail's tree, each of which names the hash of the one before. Runs anywhere.
 *
 * @public
 * @packageDocumentation
 */
export type { CheckpointCode } from "../codes.js";
export { type Checkpoint, checkCount, checkLine, checkpointHash, noCheckpoint, parseCheckpoint } from "./checkpoint.js";
export { type CheckpointRelation, compareCheckpoints } from "./compare.js";
