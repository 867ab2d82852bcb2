// Taking SQLite's write lock by looking again after half a millisecond. SQLite's own busy handler looks every 50 to 100 ms, and
// against a writer that holds the lock half of the time it misses gap after gap (measured: 1.1 s for one append).
import type { DatabaseSync } from "node:sqlite";

const busy = 5;
/** Between two looks, in ms: from this up to twice as long, so that waiting writers do not look at the same moments. A look costs 5 us. */
const pauseMs = 0.5;

const nothing = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread for so many milliseconds. */
export function pauseThread(ms: number): void {
  Atomics.wait(nothing, 0, 0, ms);
}

/** `BEGIN IMMEDIATE`, waiting up to the connection's `busy_timeout`, which the caller names. Throws what SQLite throws. */
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
      pauseThread(pauseMs * (1 + Math.random()));
    }
  }
}
