// Opening a trail's file: permissions, pragmas, and the read-only cases. Relies on node:sqlite alone.
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { TrailError } from "./errors.js";
import { applicationId } from "./schema.js";
import { patienceMs, patiently, setPatience, sqliteCode } from "./transaction.js";

const ownerOnly = 0o600;
const notADatabase = 26;

export interface OpenedFile {
  db: DatabaseSync;
  path: string;
  /** Writes were asked for and are possible. */
  writable: boolean;
  /** Writes are possible: file and folder allow them. */
  medium: boolean;
  /** Of the file: another one may come to stand under its name. */
  inode: bigint;
}

/** Opens an existing trail's file. Where it, or its folder, cannot be written, it is opened for reading. */
export function openFile(
  file: string,
  options: { readOnly?: boolean; durable?: boolean; patienceMs?: number } = {},
): OpenedFile {
  const path = resolve(file);
  const there = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (there === undefined) throw new TrailError("trail-missing", `no trail at ${file}: run audit init`);
  // A pipe would hold up whoever opens it.
  if (!there.isFile()) throw new TrailError("not-a-trail", `${file} is no regular file`);
  for (const part of ["-wal", "-shm", "-journal"]) {
    const isFile = statSync(path + part, { throwIfNoEntry: false })?.isFile() !== false;
    if (!isFile) throw new TrailError("not-a-trail", `${file}${part} is no regular file`);
  }
  // Never by SQLite: it deletes the WAL beside an empty file, and that WAL may be all that is left of a trail.
  if (there.size === 0n) throw new TrailError("trail-empty", `${file} is empty`);
  const medium = may(path, constants.W_OK) && may(dirname(path), constants.W_OK);
  const writable = medium && options.readOnly !== true;
  const patience = options.patienceMs ?? patienceMs;
  const db = patiently(() => connect(path, writable, medium), patience);
  try {
    settle(db, writable, options.durable === true, patience);
    const { application_id: id } = db.prepare("PRAGMA application_id").get() as { application_id: number };
    if (id !== applicationId) throw new TrailError("not-a-trail", `${file} is a database, but not a trail`);
  } catch (error) {
    db.close();
    if (sqliteCode(error) === notADatabase) {
      throw new TrailError("not-a-trail", `${file} is not a trail`, { cause: error });
    }
    throw error;
  }
  if (writable) restrict(path);
  return { db, path, writable, medium, inode: there.ino };
}

/** Makes a new file with what `fill` writes into it, all or nothing: it appears under its name complete, and never over another. */
export function createFile(file: string, random: (size: number) => Uint8Array, fill: (db: DatabaseSync) => void): void {
  const path = resolve(file);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (existsSync(path) && !isVacant(path)) throw exists(file);
  const draft = `${path}.${Buffer.from(random(8)).toString("hex")}.new`;
  // Made before SQLite opens it: SQLite would make it as wide as the umask allows, and gives -wal and -shm the file's mode.
  closeSync(openSync(draft, "wx", ownerOnly));
  try {
    const db = new DatabaseSync(draft);
    try {
      // Only a file without tables can take this.
      db.exec("PRAGMA auto_vacuum = INCREMENTAL");
      settle(db, true, true, patienceMs);
      db.exec(`PRAGMA application_id = ${applicationId}`);
      db.exec("PRAGMA journal_mode = WAL");
      fill(db);
    } finally {
      db.close();
    }
    makeRoom(path, draft);
    setAsideOrphans(path, draft);
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw exists(file);
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** An empty file and no WAL that has anything in it: nothing stands there that could be lost. */
function isVacant(path: string): boolean {
  // A link says where the file is to be; it is not ours to replace.
  const there = lstatSync(path, { throwIfNoEntry: false });
  const wal = statSync(`${path}-wal`, { throwIfNoEntry: false });
  return there?.isFile() === true && there.size === 0 && (wal?.size ?? 0) === 0;
}

/** Takes an empty file away. Who writes into it at this very moment gets it back. */
function makeRoom(path: string, draft: string): void {
  if (!existsSync(path) || !isVacant(path)) return;
  const aside = draft.replace(/\.new$/, ".empty");
  renameSync(path, aside);
  try {
    if (statSync(aside).size > 0) linkSync(aside, path);
  } finally {
    unlinkSync(aside);
  }
}

/** SQLite would take the WAL of a file that was deleted for the new one's. It may be the only copy of what was recorded last. */
function setAsideOrphans(path: string, draft: string): void {
  const name = draft.replace(/\.([0-9a-f]+)\.new$/, ".orphan-$1");
  for (const part of ["-wal", "-shm"]) {
    if (!existsSync(path) && existsSync(path + part)) renameSync(path + part, name + part);
  }
}

function exists(file: string): TrailError {
  return new TrailError("trail-exists", `${file} exists already; nothing was changed`);
}

function connect(path: string, writable: boolean, medium: boolean): DatabaseSync {
  if (writable) return new DatabaseSync(path);
  // A reader of a WAL database must be able to make -shm. On a medium that cannot be written, with no WAL left beside
  // the file, nothing can change under us, and `immutable` says so.
  const wal = `${path}-wal`;
  const walIsEmpty = !existsSync(wal) || statSync(wal).size === 0;
  if (medium || !walIsEmpty) return new DatabaseSync(path, { readOnly: true });
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  try {
    return new DatabaseSync(url, { readOnly: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TrailError(
      "trail-read-only",
      `${path}: this Node opens nothing on a read-only medium; 22.15 and newer do`,
    );
  }
}

/** Every connection's pragmas, the time-out first: what follows may already meet a lock. */
function settle(db: DatabaseSync, writable: boolean, durable: boolean, patience: number): void {
  setPatience(db, patience);
  // A stranger's file may hold views and triggers that call functions.
  db.exec("PRAGMA trusted_schema = OFF");
  if (!writable) return;
  db.exec("PRAGMA secure_delete = ON");
  db.exec(`PRAGMA synchronous = ${durable ? "FULL" : "NORMAL"}`);
  // Big work empties the log as it goes (`withScheduledCheckpoints`), far below this: who appends one event beside it is not to pay for it.
  db.exec("PRAGMA wal_autocheckpoint = 16000");
  db.exec("PRAGMA journal_size_limit = 67108864");
}

/** A trail holds prompts and commands: nobody but its owner reads it, whatever made it readable before. */
function restrict(path: string): void {
  for (const part of [path, `${path}-wal`, `${path}-shm`]) {
    try {
      if ((statSync(part).mode & 0o077) !== 0) chmodSync(part, ownerOnly);
    } catch {
      // Not there, or another user's: `status` names a mode that is wider than it should be.
    }
  }
}

function may(path: string, access: number): boolean {
  try {
    accessSync(path, access);
    return true;
  } catch {
    return false;
  }
}
