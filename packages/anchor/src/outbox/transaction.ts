// Writing transactions on the trail's connection. BEGIN IMMEDIATE: a deferred one dies under load. The connection's
// busy_timeout is its opener's; what it leaves over (recovery after a crash) is retried here.
import type { DatabaseSync } from "node:sqlite";

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const PATIENCE_MS = 30_000;
const nobody = new Int32Array(new SharedArrayBuffer(4));

export function writing<T>(db: DatabaseSync, work: () => T): T {
  begin(db);
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    try {
      db.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself; the first error is the one to tell.
    }
    throw error;
  }
}

/** The same, on disk when it returns: for what is about to be sent or paid, so that power loss never makes us say it twice. */
export function writingDurably<T>(db: DatabaseSync, work: () => T): T {
  const before = (db.prepare("PRAGMA synchronous").get() as { synchronous: number }).synchronous;
  db.exec("PRAGMA synchronous = FULL");
  try {
    return writing(db, work);
  } finally {
    db.exec(`PRAGMA synchronous = ${before}`);
  }
}

function begin(db: DatabaseSync): void {
  const until = performance.now() + PATIENCE_MS;
  for (let pause = 1; ; pause = Math.min(2 * pause, 100)) {
    try {
      db.exec("BEGIN IMMEDIATE");
      return;
    } catch (error) {
      const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
      if ((code !== SQLITE_BUSY && code !== SQLITE_LOCKED) || performance.now() > until) throw error;
      Atomics.wait(nobody, 0, 0, pause * (0.5 + Math.random()));
    }
  }
}
