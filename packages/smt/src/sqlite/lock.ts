// Taking SQLite's write lock, with a short look again and again. SQLite's own waiting ends in looks 50 and 100 ms apart, and
// beside somebody who holds the lock half of the time it misses gap after gap (measured: 1.1 s for one append).
import type { DatabaseSync } from "node:sqlite";

const busy = 5;
/** Between two looks, in ms: from this up to twice as long, so that those who wait do not march in step. A look costs 5 us. */
const pauseMs = 0.5;

const nothing = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread. */
export function pause(ms: number): void {
  Atomics.wait(nothing, 0, 0, ms);
}

/** `BEGIN IMMEDIATE`, waiting for the lock for as long as the connection's `busy_timeout` says. Throws what SQLite throws. */
export function beginImmediate(db: DatabaseSync): void {
  const patience = Number(db.prepare("PRAGMA busy_timeout").get()?.timeout ?? 0);
  beginImmediateWithin(db, patience);
}

/** The same where the connection's `busy_timeout` is known. */
export function beginImmediateWithin(db: DatabaseSync, busyTimeoutMs: number): void {
  const take = `PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; PRAGMA busy_timeout = ${busyTimeoutMs}`;
  let until = 0;
  for (;;) {
    try {
      db.exec(take);
      return;
    } catch (error) {
      const now = performance.now();
      if (until === 0) until = now + busyTimeoutMs;
      if ((((error as { errcode?: number }).errcode ?? 0) & 0xff) !== busy || now > until) {
        db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
        throw error;
      }
      pause(pauseMs * (1 + Math.random()));
    }
  }
}
