// Big work in turns: many short transactions, so that no hook that appends an event waits long, and what goes to the disk
// goes there between them. Measured beside a rival that appended every 5 ms: without gaps it waited for 0.9 s; where the last
// commit had to bring all of a save to the disk, for 0.6 s; and where it met a long write-ahead log, it emptied that for us.
import { closeSync, fdatasyncSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { pause } from "./lock.js";
import { locked } from "./transaction.js";

/** How long one transaction may go on writing, in ms; the promise is 50, and commit takes its share. */
const sliceMs = 10;
/** The write-ahead log is emptied once so many of its pages, 24 MB, are not in the file yet. */
const pagesAnEmptying = 6_000;
/** The same in turns of a connection, where SQLite cannot be asked (before 3.51). */
const turnsAnEmptying = 8;

/** How often `emptyLog` tries to be through before the next append. */
const passes = 4;

/** Pages of a long log: well below what makes an append empty it. */
const longLog = 10_000;
/** How long it waits under the lock for those who read; whoever begins to read then needs the log no more. */
const readersMs = 10;

const [major = 0, minor = 0] = (process.versions.sqlite ?? "").split(".").map(Number);
const canAsk = major > 3 || (major === 3 && minor >= 51);

const turnsTaken = new WeakMap<DatabaseSync, number>();

/** Runs work that takes turns. Meanwhile commits on this connection do not empty the write-ahead log by themselves: `rest` does. */
export function inTurns<T>(db: DatabaseSync, work: () => T): T {
  const pages = Number(db.prepare("PRAGMA wal_autocheckpoint").get()?.wal_autocheckpoint ?? 1000);
  db.exec("PRAGMA wal_autocheckpoint = 0");
  try {
    return work();
  } finally {
    db.exec(`PRAGMA wal_autocheckpoint = ${pages}`);
  }
}

/** Inside `inTurns`: runs `body` in one transaction after another until it has done `total` things. It begins with the one at
 * its first argument, goes on until its second says that it is enough, and returns where to go on. */
export function inSlices(db: DatabaseSync, total: number, body: (at: number, enough: () => boolean) => number): void {
  for (let at = 0; at < total; ) {
    const start = performance.now();
    at = locked(db, () => body(at, slice()));
    rest(db, sliceMs - (performance.now() - start));
  }
}

/** Says when a transaction has written for long enough. */
export function slice(): () => boolean {
  const start = performance.now();
  return () => performance.now() - start > sliceMs;
}

/** After a turn: leaves the lock free for about as long as it was held. `already`: milliseconds for which it was, or will be, free anyway. */
export function rest(db: DatabaseSync, already = 0): void {
  const start = performance.now();
  if (emptyingIsDue(db)) emptyLog(db);
  const left = sliceMs - already - (performance.now() - start);
  if (left > 0) pause(left);
}

function emptyingIsDue(db: DatabaseSync): boolean {
  if (canAsk) {
    const { log, checkpointed } = walCheckpoint(db, "NOOP");
    return log - checkpointed >= pagesAnEmptying;
  }
  const turns = (turnsTaken.get(db) ?? 0) + 1;
  turnsTaken.set(db, turns % turnsAnEmptying);
  return turns === turnsAnEmptying;
}

/** `NOOP` only tells, where SQLite knows it; before, it is taken for `PASSIVE`. */
function walCheckpoint(db: DatabaseSync, mode: "NOOP" | "PASSIVE" | "RESTART") {
  return db.prepare(`PRAGMA wal_checkpoint(${mode})`).get() as { busy: number; log: number; checkpointed: number };
}

/** Brings to the disk what was committed, without the lock, so that a commit that must be on it has little to wait for. */
export function syncLog(db: DatabaseSync): void {
  const file = db.prepare("PRAGMA database_list").get()?.file;
  if (typeof file !== "string" || file === "") return;
  try {
    // SQLite's locks are on other files: closing this one gives none of them up.
    const log = openSync(`${file}-wal`, "r");
    try {
      fdatasyncSync(log);
    } finally {
      closeSync(log);
    }
  } catch {
    // No log, or nothing that this system can sync so: the commit does it.
  }
}

/** Moves the write-ahead log into the file, without the lock. If nobody appends meanwhile the next writer begins it anew; else
 * it grows on, and once it is long the last of it is moved under the lock, so that it does not. */
export function emptyLog(db: DatabaseSync): void {
  syncLog(db);
  // Where somebody appends meanwhile, the file itself is not brought to the disk: that would be left for the step under the lock.
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
