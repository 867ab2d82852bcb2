// Whether a file is really damaged. A trail that is begun anew in the place of a damaged one must not be a free way to
// erase a record: only what SQLite itself calls corrupt counts, and only after a second look with nobody else at the file.
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { TrailError } from "../log/errors.js";
import { sqliteCode } from "../log/transaction.js";

const corrupt = 11;
const notADatabase = 26;

/** An error that speaks of damage. Locks, I/O errors, a full disk and permissions do not. */
export function speaksOfDamage(error: unknown): boolean {
  const code = sqliteCode(error) ?? sqliteCode(error instanceof TrailError ? error.cause : undefined);
  return code === corrupt || code === notADatabase;
}

/** `damaged` only when SQLite, alone at the file, finds it so. `unknown`: somebody else has it, or it can't be read now. */
export function lookAgain(path: string, patienceMs: number): "sound" | "damaged" | "unknown" {
  if (!existsSync(path)) return "unknown";
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    db.exec(`PRAGMA busy_timeout = ${patienceMs}`);
    db.exec("PRAGMA locking_mode = EXCLUSIVE");
    db.exec("BEGIN EXCLUSIVE");
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
