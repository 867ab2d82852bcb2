// A trail begun anew where the old file can no longer be used: corrupt, or an older copy of itself. The old file is kept aside,
// and the new trail's first event names it, so that breaking the file is no free way to erase it.
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readSync, renameSync, statSync, unlinkSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { checkpointHash, type JsonObject, parseCheckpoint } from "@sealtrail/smt";
import { TrailError } from "../log/errors.js";
import { busyTimeoutMs, sqliteCode } from "../log/transaction.js";

const corrupt = new Set([11, 26]);
/** A lock older than this was left by a process that died. */
const staleLockMs = 60_000;

/** Whether SQLite itself says that the file is broken, asked under an exclusive lock. Busy, I/O and permission errors are not
 * that, and are thrown. */
export function isCorrupt(file: string): boolean {
  const path = resolve(file);
  if (!existsSync(path)) throw new TrailError("trail-missing", `no trail at ${file}`);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    db.exec("BEGIN EXCLUSIVE");
    return db.prepare("PRAGMA quick_check(1)").get()?.quick_check !== "ok";
  } catch (error) {
    if (corrupt.has(sqliteCode(error) ?? -1)) return true;
    throw error;
  } finally {
    try {
      db?.close();
    } catch {
      // Nothing more can be asked of it.
    }
  }
}

export type AnewReason = "corrupt" | "rolled-back";

export interface SetAside {
  /** Where the old file stands now. */
  keptAs: string;
  /** What `system.restarted` says. */
  metadata: JsonObject;
}

/** Runs `begin` with the old file out of the way. One process at a time, by a lock file; whoever comes meanwhile gets
 * TrailError `trail-busy` and finds a sound trail when it tries again. */
export function setAside<T>(file: string, reason: AnewReason, now: number, begin: (old: SetAside) => T): T {
  const path = resolve(file);
  const lock = `${path}.anew-lock`;
  takeLock(lock, now);
  try {
    if (reason === "corrupt" && !isCorrupt(path)) {
      throw new TrailError("trail-busy", `${file} is sound: another process has begun it anew, or nothing was wrong`);
    }
    const metadata: JsonObject = { reason, ...lastWords(path), fileHash: hashOfFile(path) };
    const keptAs = `${path}.${reason}-${new Date(now).toISOString().replaceAll(/[:.]/g, "-")}`;
    // The database last: as long as it stands under its name, a process that dies here leaves everything to be done again.
    for (const part of ["-wal", "-shm", ""]) {
      if (existsSync(path + part)) renameSync(path + part, keptAs + part);
    }
    return begin({ keptAs, metadata });
  } finally {
    unlinkSync(lock);
  }
}

function takeLock(lock: string, now: number): void {
  for (let tries = 0; tries < 2; tries++) {
    try {
      const fd = openSync(lock, "wx", 0o600);
      writeSync(fd, `${process.pid}\n`);
      closeSync(fd);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const age = now - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? now);
    if (age < staleLockMs) break;
    unlinkSync(lock);
  }
  throw new TrailError("trail-busy", "another process is beginning the trail anew");
}

/** What the old file still tells of itself. Each is told only if it can be read. */
function lastWords(path: string): JsonObject {
  const said: JsonObject = {};
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    const open = db;
    const read = (sql: string): Record<string, unknown> | undefined => {
      try {
        return open.prepare(sql).get() as Record<string, unknown> | undefined;
      } catch {
        return undefined;
      }
    };
    const tree = read("SELECT tree FROM trail WHERE id = 1")?.tree;
    if (typeof tree === "string" && /^[0-9a-f]{32}$/.test(tree)) said.oldTree = tree;
    const sequence = read("SELECT sequence FROM head WHERE id = 1")?.sequence;
    if (typeof sequence === "number") said.oldSequence = sequence;
    const body = read("SELECT body FROM checkpoints ORDER BY version DESC LIMIT 1")?.body;
    const parsed = parseCheckpoint(typeof body === "string" ? JSON.parse(body) : undefined);
    if (parsed.ok) {
      said.oldRoot = parsed.checkpoint.root;
      said.oldCheckpoint = checkpointHash(parsed.checkpoint);
    }
  } catch {
    // Then the file's hash is all there is to say.
  } finally {
    try {
      db?.close();
    } catch {
      // As above.
    }
  }
  return said;
}

function hashOfFile(path: string): string {
  const hash = createHash("sha256");
  const piece = Buffer.alloc(1 << 20);
  const fd = openSync(path, "r");
  try {
    for (let n = readSync(fd, piece); n > 0; n = readSync(fd, piece)) hash.update(piece.subarray(0, n));
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}
