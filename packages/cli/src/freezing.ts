/**
 * Freezing what is long over, where something runs regularly anyway (`audit anchor now`, `watch`): superseded nodes of old
 * epochs would come to cost more than the log. Ingest never does it: a clean ingest adds no event of the trail's own.
 */
import type { Trail } from "@sealtrail/trail";
import type { Context } from "./context.js";

const AFTER_EPOCHS = 24;
/** A run after a long pause catches up in several. */
const AT_ONCE = 24;

/** Freezes epochs that ended at least `pruneAfterEpochs` epochs ago; says how many. */
export function freezeOld(context: Context, trail: Trail): number {
  const after = context.config.pruneAfterEpochs ?? AFTER_EPOCHS;
  if (after === 0) return 0;
  const { epoch: open } = trail.status().tree;
  if (open <= after) return 0;
  const old = trail.freezableEpochs().filter((epoch) => epoch.epoch < open - after);
  for (const epoch of old.slice(0, AT_ONCE)) trail.freeze(epoch);
  return Math.min(old.length, AT_ONCE);
}
