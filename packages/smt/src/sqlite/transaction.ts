// Transactions on a trail's file, for every package that reads or writes it. A writing transaction takes the lock at its start
// (BEGIN IMMEDIATE): one that takes it later fails under load.
import type { DatabaseSync } from "node:sqlite";
import { beginImmediateWithin, pauseThread } from "./lock.js";

/** How long one SQLite call waits for a lock, in ms. */
const busyTimeoutMs = 10_000;
/** How long all attempts together wait for a lock by default, in ms. */
export const PATIENCE_MS = 60_000;

const sqliteBusy = 5;
const sqliteLocked = 6;

/** Other processes kept the file locked for too long. Nothing was written. */
export class DatabaseBusyError extends Error {
  override name = "DatabaseBusyError";
  /** As SQLite's own error has it. */
  readonly code = "ERR_SQLITE_ERROR";
  readonly errcode = sqliteBusy;
}

/** SQLite's primary result code of an error thrown by `node:sqlite`; undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === "number" ? errcode & 0xff : undefined;
}

const patienceOf = new WeakMap<DatabaseSync, number>();

/**
 * Sets how long this connection waits for a lock, in ms; without it, `busy_timeout` says. A hook must not wait long, because its
 * host waits for it.
 */
export function setPatience(db: DatabaseSync, milliseconds: number): void {
  patienceOf.set(db, milliseconds);
  db.exec(`PRAGMA busy_timeout = ${Math.min(busyTimeoutMs, milliseconds)}`);
}

/**
 * Runs `attempt` again while it fails for a lock, with a growing, jittered pause. SQLite's busy handler covers most contention.
 * Recovery of the log after a crash and the last closer's clean-up still fail at once. `attempt` must leave nothing behind when
 * it throws.
 */
export function patiently<T>(attempt: () => T, patienceMs = PATIENCE_MS): T {
  const until = performance.now() + patienceMs;
  for (let pause = 1; ; pause = Math.min(pause * 2, 100)) {
    try {
      return attempt();
    } catch (error) {
      const code = sqliteCode(error);
      if (code !== sqliteBusy && code !== sqliteLocked) throw error;
      if (performance.now() > until) {
        throw new DatabaseBusyError("other processes keep the trail locked; nothing was written", { cause: error });
      }
      pauseThread(pause * (0.5 + Math.random()));
    }
  }
}

/**
 * Runs `work` in one transaction that holds the write lock from its start. `durable`: on disk when it returns, and with it
 * everything that was committed before, also after a power cut. Throws DatabaseBusyError.
 */
export function writeTransaction<T>(db: DatabaseSync, work: () => T, { durable = false } = {}): T {
  if (db.isTransaction) throw new Error("db: a transaction is open on this connection; this work needs its own");
  const before = durable ? Number(db.prepare("PRAGMA synchronous").get()?.synchronous ?? 2) : 2;
  if (before < 2) db.exec("PRAGMA synchronous = FULL");
  try {
    const patience = patienceOf.get(db) ?? Number(db.prepare("PRAGMA busy_timeout").get()?.timeout ?? 0);
    patiently(() => beginImmediateWithin(db, Math.min(busyTimeoutMs, patience)), patience);
    return finish(db, work);
  } finally {
    if (before < 2) db.exec(`PRAGMA synchronous = ${before}`);
  }
}

/** Runs `work` in one read snapshot: everything that it reads is of one moment, and it blocks no writer. */
export function readTransaction<T>(db: DatabaseSync, work: () => T): T {
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
      // SQLite has rolled back by itself (disk full, I/O error). The first error is the one to report.
    }
    throw error;
  }
}
