// A new trail in the place of one that is damaged, or was rolled back: the old file is kept beside it under another name,
// and the new trail's first event names it. Until `audit recover --accept`, the new one verifies as `restarted`.
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { JsonObject } from "@sealtrail/smt/formats";
import { TreeStore } from "@sealtrail/smt/sqlite";
import { TrailError } from "../log/errors.js";
import { systemRandom } from "../log/random.js";
import { type CreateOptions, type OpenOptions, Trail } from "../trail.js";
import { hasCorruptHeader, lookAgain, speaksOfDamage } from "./damage.js";
import { fileHash, salvage } from "./salvage.js";
import { type Plan, settleRestart, takeSwap } from "./swap.js";
import { hasTrailSignature } from "./traces.js";

export interface RestartOptions extends CreateOptions {
  reason: "damaged" | "rolled-back";
  /** How long to wait for others who have the file open. */
  patienceMs?: number;
}

/**
 * Puts a new trail in the place of the file and returns where the old one is kept; undefined where another process is at
 * it, the file turns out not to be damaged, or nothing shows that it ever was a trail. Throws what the file system throws.
 */
export function restartTrail(file: string, options: RestartOptions): string | undefined {
  const path = resolve(file);
  const plan = takeSwap(path, () => {
    // The traces first: SQLite removes a WAL that it can make nothing of.
    const isTrail = options.reason === "rolled-back" || hasTrailSignature(path);
    const found = isTrail ? lookAgain(path, options.patienceMs ?? 1_000) : "unknown";
    // A process that has the file open would go on writing into the file that was set aside.
    const mayGo = options.reason === "damaged" ? found === "damaged" : found !== "unknown";
    return mayGo ? prepare(path, options) : undefined;
  });
  return plan && join(dirname(path), plan.kept);
}

/** The new trail, complete but under a name of its own. */
function prepare(path: string, options: RestartOptions): Plan {
  const { clock = Date.now, random = systemRandom, reason } = options;
  const stamp = new Date(Math.floor(clock())).toISOString().replace(/[-:.]/g, "");
  const kept = `${basename(path)}.${reason}-${stamp}-${Buffer.from(random(4)).toString("hex")}`;
  // Before anything is opened for salvage: what is hashed is what is kept.
  const hashes = { file: fileHash(path), wal: fileHash(`${path}-wal`) };
  const readable = salvage(path, (db) => new TreeStore(db).newest());
  const fresh = `${path}.${Buffer.from(random(8)).toString("hex")}.restarting`;
  const metadata: JsonObject = {
    reason,
    keptAs: kept,
    ...(readable.tree !== undefined && { tree: readable.tree }),
    ...(readable.lastRoot !== undefined && { lastRoot: readable.lastRoot }),
    ...(readable.lastCheckpointHash !== undefined && { lastCheckpoint: readable.lastCheckpointHash }),
    ...(readable.lastSequence !== undefined && { lastSequence: readable.lastSequence }),
    ...(hashes.file !== undefined && { fileHash: hashes.file }),
    ...(hashes.wal !== undefined && { walHash: hashes.wal }),
  };
  const trail = Trail.create(fresh, options);
  try {
    trail.record("system.restarted", { description: `begun anew: the trail before was ${reason}`, metadata });
  } finally {
    trail.close();
  }
  // Only the file is renamed: its one event must be in there.
  if (existsSync(`${fresh}-wal`)) throw new Error(`${fresh} still has its WAL`);
  return { kept, fresh: basename(fresh) };
}

/**
 * Opens a trail, does the work in it, closes it. One that is really damaged is set aside and begun anew, so that recording
 * goes on; where it is not ours to replace now, throws what SQLite threw.
 */
export function recordIn<T>(file: string, options: OpenOptions, work: (trail: Trail) => T): T {
  const once = () => {
    const trail = openSound(file, options);
    try {
      return work(trail);
    } finally {
      trail.close();
    }
  };
  try {
    return once();
  } catch (error) {
    const { readOnly: _, ...create } = options;
    if (!speaksOfDamage(error) || restartTrail(file, { ...create, reason: "damaged" }) === undefined) throw error;
    return once();
  }
}

/** Opens a trail to record in, where its header shows no damage; otherwise the one that takes its place. */
export function openSound(file: string, options: OpenOptions): Trail {
  if (!settleRestart(file)) throw new TrailError("trail-busy", `${file} is being begun anew`);
  const { readOnly: _, ...create } = options;
  if (hasCorruptHeader(file)) restartTrail(file, { ...create, reason: "damaged" });
  return Trail.open(file, options);
}
