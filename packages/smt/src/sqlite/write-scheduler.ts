// Splits big writes into many short transactions, so that a hook that appends an event waits for milliseconds. The write-ahead
// log is checkpointed between them. Measured with a competing writer that appended every 5 ms: without pauses it waited for
// 0.9 s; where the last commit synced a whole save to the disk, for 0.6 s; a long write-ahead log made it checkpoint for us.
import { closeSync, fdatasyncSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { pauseThread } from "./lock.js";
import { writeTransaction } from "./transaction.js";

/** Longest time that one transaction writes, in ms. The lock is to be free after 50, and the commit takes its share. */
const sliceMs = 10;
/** Pages of the write-ahead log (24 MB) that are not in the file yet, from which it is checkpointed. */
const PAGES_PER_CHECKPOINT = 6_000;
/** The same in chunks of a connection, for SQLite before 3.51, which does not report the pages. */
const CHUNKS_PER_CHECKPOINT = 8;

/** Attempts of `checkpointWal` to finish before the next append. */
const passes = 4;

/** Pages of a long log: well below the number at which an append would checkpoint it. */
const longLog = 10_000;
/** How long it waits under the lock for readers. A reader that begins later does not need the log. */
const readersMs = 10;

const [major = 0, minor = 0] = (process.versions.sqlite ?? "").split(".").map(Number);
const canAsk = major > 3 || (major === 3 && minor >= 51);

const chunksDone = new WeakMap<DatabaseSync, number>();

/** Runs chunked work. Meanwhile commits on this connection do not checkpoint the write-ahead log: `yieldLock` does. */
export function withScheduledCheckpoints<T>(db: DatabaseSync, work: () => T): T {
  const pages = Number(db.prepare("PRAGMA wal_autocheckpoint").get()?.wal_autocheckpoint ?? 1000);
  db.exec("PRAGMA wal_autocheckpoint = 0");
  try {
    return work();
  } finally {
    db.exec(`PRAGMA wal_autocheckpoint = ${pages}`);
  }
}

/**
 * Inside `withScheduledCheckpoints`: runs `body` in one transaction after another until it has done `total` things. `body` begins
 * at its first argument, stops when its second returns true, and returns where the next transaction goes on.
 */
export function runChunked(db: DatabaseSync, total: number, body: (at: number, enough: () => boolean) => number): void {
  for (let at = 0; at < total; ) {
    const start = performance.now();
    at = writeTransaction(db, () => body(at, chunkTimer()));
    yieldLock(db, sliceMs - (performance.now() - start));
  }
}

/** Returns a function that is true once this transaction has written for long enough. */
export function chunkTimer(): () => boolean {
  const start = performance.now();
  return () => performance.now() - start > sliceMs;
}

/** After a chunk: leaves the lock free for about as long as it was held. `already`: milliseconds for which it is free anyway. */
export function yieldLock(db: DatabaseSync, already = 0): void {
  const start = performance.now();
  if (checkpointIsDue(db)) checkpointWal(db);
  const left = sliceMs - already - (performance.now() - start);
  if (left > 0) pauseThread(left);
}

function checkpointIsDue(db: DatabaseSync): boolean {
  if (canAsk) {
    const { log, checkpointed } = walCheckpoint(db, "NOOP");
    return log - checkpointed >= PAGES_PER_CHECKPOINT;
  }
  const chunks = (chunksDone.get(db) ?? 0) + 1;
  chunksDone.set(db, chunks % CHUNKS_PER_CHECKPOINT);
  return chunks === CHUNKS_PER_CHECKPOINT;
}

/** `NOOP` only reports, and older SQLite takes it for `PASSIVE`. */
function walCheckpoint(db: DatabaseSync, mode: "NOOP" | "PASSIVE" | "RESTART") {
  return db.prepare(`PRAGMA wal_checkpoint(${mode})`).get() as { busy: number; log: number; checkpointed: number };
}

/** Syncs what was committed to the disk without the lock, so that a commit that must be durable has little to wait for. */
export function syncWal(db: DatabaseSync): void {
  const file = db.prepare("PRAGMA database_list").get()?.file;
  if (typeof file !== "string" || file === "") return;
  try {
    // SQLite's locks are on other files, so closing this one releases none of them.
    const log = openSync(`${file}-wal`, "r");
    try {
      fdatasyncSync(log);
    } finally {
      closeSync(log);
    }
  } catch {
    // There is no log, or this system cannot sync it like this. Then the commit does it.
  }
}

/**
 * Moves the write-ahead log into the file, without the lock. If nobody appends meanwhile, the next writer begins the log anew.
 * Otherwise the log grows, and once it is long its end is moved under the lock.
 */
export function checkpointWal(db: DatabaseSync): void {
  syncWal(db);
  // Where somebody appends meanwhile, the file itself is not synced: that is left for the step under the lock.
  for (let tries = 0; ; tries++) {
    const { busy, log, checkpointed } = walCheckpoint(db, "PASSIVE");
    if (busy === 0 && log === checkpointed) {
      if (log < longLog) return;
      break;
    }
    if (busy !== 0 || tries === passes) return;
  }
  const patience = Number(db.prepare("PRAGMA busy_timeout").get()?.timeout ?? 0);
  db.exec(`PRAGMA busy_timeout = ${readersMs}`);
  try {
    walCheckpoint(db, "RESTART");
  } finally {
    db.exec(`PRAGMA busy_timeout = ${patience}`);
  }
}
