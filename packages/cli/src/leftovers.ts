/**
 * Takes in what earlier processes left beside the trail: events in the spool, and run markers of processes that did not stop
 * cleanly.
 */

import type { Trail } from "@sealtrail/trail";
import type { TakenIn } from "@sealtrail/trail/spool";
import type { Context } from "./context.js";

export interface Leftovers extends TakenIn {
  /** Number of unclean stops that were recorded. */
  readonly settled: number;
}

export async function takeLeftovers(context: Context, trail: Trail): Promise<Leftovers> {
  const { reapHeartbeats } = await import("@sealtrail/trail/marker");
  const { spooled, spoolFolders, takeInSpool } = await import("@sealtrail/trail/spool");
  if (spoolFolders(trail.path).some((folder) => spooled(folder).sealed.length > 0)) {
    const { redactSealed } = await import("./hook/late.js");
    redactSealed({ db: trail.path, env: context.io.env, now: () => context.io.now() });
  }
  return { ...takeInSpool(trail), settled: reapHeartbeats(trail, { now: context.io.now() }) };
}
