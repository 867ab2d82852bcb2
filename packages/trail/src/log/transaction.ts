// Transactions that wait their turn. SQLite's busy handler covers most contention; what it leaves (recovery of a WAL
// after a crash, the last closer's clean-up) comes back as SQLITE_BUSY at once and is retried here, so no user sees it.
import type { DatabaseSync } from "node:sqlite";
import { beginImmediateWithin } from "@sealtrail/smt/sqlite";
import { TrailError } from "./errors.js";

/** How long one SQLite call waits for a lock. */
export const busyTimeoutMs = 10_000;
/** How long we go on trying altogether, where the opener asked for nothing else. */
export const patienceMs = 60_000;

const sqliteBusy = 5;
const sqliteLocked = 6;

/** SQLite's primary result code of an error thrown by `node:sqlite`; undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === "number" ? errcode & 0xff : undefined;
}

/**
 * For a cursor that reads on from the last key: in a damaged file keys may stand out of order, and it would read the same rows
 * for ever. It is told like the damage that it is.
 */
export function disordered(): Error {
  return Object.assign(new Error("rows of a table stand out of order"), { code: "ERR_SQLITE_ERROR", errcode: 11 });
}

/** Connections of processes that must not wait long: a hook has its host waiting for it. */
const impatient = new WeakMap<DatabaseSync, number>();

/** Sets how long this connection waits for a lock, in all and in one call. */
export function setPatience(db: DatabaseSync, milliseconds: number): void {
  impatient.set(db, milliseconds);
  db.exec(`PRAGMA busy_timeout = ${Math.min(busyTimeoutMs, milliseconds)}`);
}

/** Runs `attempt` again while it fails for a lock, with a growing, jittered pause. `attempt` must leave nothing behind when it throws. */
export function patiently<T>(attempt: () => T, patience = patienceMs): T {
  const until = performance.now() + patience;
  for (let pause = 1; ; pause = Math.min(pause * 2, 100)) {
    try {
      return attempt();
    } catch (error) {
      const code = sqliteCode(error);
      if (code !== sqliteBusy && code !== sqliteLocked) throw error;
      if (performance.now() > until) {
        throw new TrailError("trail-busy", "other processes keep the trail locked; nothing was written", {
          cause: error,
        });
      }
      sleep(pause * (0.5 + Math.random()));
    }
  }
}

/** One `BEGIN IMMEDIATE` transaction: a deferred one dies with BUSY_SNAPSHOT when it comes to write under load. */
export function writing<T>(db: DatabaseSync, work: () => T): T {
  const patience = impatient.get(db) ?? patienceMs;
  patiently(() => beginImmediateWithin(db, Math.min(busyTimeoutMs, patience)), patience);
  return finish(db, work);
}

/** One read snapshot: everything that `work` reads is of one moment, and blocks no writer. */
export function reading<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN");
  return finish(db, work);
}

function finish<T>(db: DatabaseSync, work: () => T): T {
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    try {
      db.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself (disk full, I/O error); the first error is the one to tell.
    }
    throw error;
  }
}

const never = new Int32Array(new SharedArrayBuffer(4));
function sleep(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}
