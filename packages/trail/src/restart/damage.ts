// Whether a file is really damaged. A trail that is begun anew in the place of a damaged one must not be a free way to
// erase a record: only what SQLite itself calls corrupt counts, and only after a second look with nobody else at the file.
import { closeSync, fstatSync, readSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { TrailError } from "../log/errors.js";
import { sqliteCode } from "../log/transaction.js";
import { openRegular } from "../regular-file.js";

const corrupt = 11;
const notADatabase = 26;

/** An error that speaks of damage. Locks, I/O errors, a full disk and permissions do not. */
export function speaksOfDamage(error: unknown): boolean {
  if (error instanceof TrailError && error.code === "trail-empty") return true;
  const code = sqliteCode(error) ?? sqliteCode(error instanceof TrailError ? error.cause : undefined);
  return code === corrupt || code === notADatabase;
}

const magic = "SQLite format 3\0";
const headerBytes = 100;
/** A checkpoint by another process writes the header before the last pages: for that long a sound file may look cut. */
const lookAgainMs = 50;
const looks = 5;

/**
 * The file's header is no database's, or the file is shorter than its header says. A connection that has its pages in
 * memory, or needs none of those that are gone, would not notice. Only a suspicion: `lookAgain` decides.
 *
 * @param file its path, but never where this process has it open in SQLite: closing it here would drop the locks of that
 * connection. Then a descriptor that was opened before SQLite's and is closed after it.
 */
export function hasCorruptHeader(file: string | number): boolean {
  if (typeof file === "number") return staysSpoiled(file);
  const handle = openRegular(file);
  if (handle === undefined) return false; // Gone, no file, or not ours to read: another trouble.
  try {
    return staysSpoiled(handle);
  } finally {
    closeSync(handle);
  }
}

const never = new Int32Array(new SharedArrayBuffer(4));

function staysSpoiled(handle: number): boolean {
  for (let look = 1; look <= looks; look++) {
    if (!isSpoiled(handle)) return false;
    if (look < looks) Atomics.wait(never, 0, 0, lookAgainMs);
  }
  return true;
}

function isSpoiled(handle: number): boolean {
  try {
    const header = Buffer.alloc(headerBytes);
    if (readSync(handle, header, 0, headerBytes, 0) < headerBytes) return true;
    if (header.toString("latin1", 0, magic.length) !== magic) return true;
    const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
    return fstatSync(handle).size < pageSize * header.readUInt32BE(28);
  } catch {
    return false;
  }
}

/** `damaged` only when SQLite, alone at the file, finds it so, or empty. `unknown`: somebody else has it, or it can't be read now. */
export function lookAgain(path: string, patienceMs: number): "sound" | "damaged" | "unknown" {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isFile() !== true) return "unknown";
  // Not opened: SQLite deletes the WAL beside an empty file, and that WAL may be all that is left.
  if (there.size === 0) return "damaged";
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    db.exec(`PRAGMA busy_timeout = ${patienceMs}`);
    db.exec("PRAGMA locking_mode = EXCLUSIVE");
    db.exec("BEGIN EXCLUSIVE");
    // A file that was cut to nothing is a sound database to SQLite. No trail is ever empty: it appears under its name complete.
    if (db.prepare("PRAGMA page_count").get()?.page_count === 0) return "damaged";
    const rows = db.prepare("PRAGMA quick_check(1)").all() as { quick_check?: unknown }[];
    return rows.length === 1 && rows[0]?.quick_check === "ok" ? "sound" : "damaged";
  } catch (error) {
    return speaksOfDamage(error) ? "damaged" : "unknown";
  } finally {
    try {
      db?.close();
    } catch {
      // Of a damaged file the last close may fail; it is about to be renamed.
    }
  }
}
