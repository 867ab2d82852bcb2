// Writing in turns: many short transactions, so that no hook that appends an event waits long for a big save.
import type { DatabaseSync } from "node:sqlite";
import { beginImmediate, pause } from "./lock.js";

/** How long one transaction may go on writing, in ms; the promise is 50, and commit takes its share. */
const sliceMs = 15;

/** Runs `body` in one transaction that holds the write lock from its start. */
export function locked<T>(db: DatabaseSync, body: () => T): T {
  if (db.isTransaction) throw new Error("db: a transaction is open on this connection; a tree is saved in its own");
  beginImmediate(db);
  try {
    const result = body();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** The same, on disk before it returns, and with it everything committed before: also after a power cut. */
export function lockedForGood<T>(db: DatabaseSync, body: () => T): T {
  const before = Number(db.prepare("PRAGMA synchronous").get()?.synchronous ?? 2);
  if (before < 2) db.exec("PRAGMA synchronous = FULL");
  try {
    return locked(db, body);
  } finally {
    if (before < 2) db.exec(`PRAGMA synchronous = ${before}`);
  }
}

/** Runs `body` in one transaction after another until it has done `total` things. It begins with the one at its first
 * argument, goes on until its second says that it is enough, and returns where to go on. */
export function inSlices(db: DatabaseSync, total: number, body: (at: number, enough: () => boolean) => number): void {
  for (let at = 0; at < total; ) {
    at = locked(db, () => body(at, slice()));
    if (at < total) letOthersIn();
  }
}

/** Says when a transaction has written for long enough. */
export function slice(): () => boolean {
  const start = performance.now();
  return () => performance.now() - start > sliceMs;
}

/** Leaves the lock free for as long as it was held: whoever waits for it only looks now and then (measured: without this,
 * an append waited for 0.9 s beside a save). `already`: milliseconds that it was free. */
export function letOthersIn(already = 0): void {
  if (already < sliceMs) pause(sliceMs - already);
}
