// Writing in one transaction, with the lock from its start.
import type { DatabaseSync } from "node:sqlite";
import { beginImmediate } from "./lock.js";

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
export function lockedDurably<T>(db: DatabaseSync, body: () => T): T {
  const before = Number(db.prepare("PRAGMA synchronous").get()?.synchronous ?? 2);
  if (before < 2) db.exec("PRAGMA synchronous = FULL");
  try {
    return locked(db, body);
  } finally {
    if (before < 2) db.exec(`PRAGMA synchronous = ${before}`);
  }
}
