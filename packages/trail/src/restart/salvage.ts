// What can still be read of a damaged trail: enough to name it, so that the new one binds itself to the old. Best effort;
// every piece may be missing, none is believed to be right.
import { createHash } from "node:crypto";
import { closeSync, readSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { type Checkpoint, checkpointHash, parseCheckpoint } from "@sealtrail/smt/checkpoint";
import { attempt } from "../attempt.js";
import { openRegular } from "../regular-file.js";

export interface Salvaged {
  tree?: string;
  lastRoot?: string;
  lastCheckpointHash?: string;
  lastSequence?: number;
}

export function salvage(path: string, newest: (db: DatabaseSync) => unknown): Salvaged {
  const found: Salvaged = {};
  // SQLite deletes the WAL beside an empty file.
  if (statSync(path).size === 0) return found;
  let db: DatabaseSync;
  try {
    db = new DatabaseSync(path, { readOnly: true });
  } catch {
    return found;
  }
  attempt(() => {
    const row = db.prepare("SELECT tree FROM trail WHERE id = 1").get() as { tree?: unknown } | undefined;
    if (typeof row?.tree === "string" && /^[0-9a-f]{32}$/.test(row.tree)) found.tree = row.tree;
  });
  attempt(() => {
    const parsed = parseCheckpoint(newest(db));
    if (!parsed.ok) return;
    const checkpoint: Checkpoint = parsed.checkpoint;
    found.lastRoot = checkpoint.root;
    found.lastCheckpointHash = checkpointHash(checkpoint);
  });
  attempt(() => {
    const row = db.prepare("SELECT sequence FROM head WHERE id = 1").get() as { sequence?: unknown } | undefined;
    if (Number.isSafeInteger(row?.sequence)) found.lastSequence = row!.sequence as number;
  });
  attempt(() => db.close());
  return found;
}

/** Larger files are not hashed during a hook: the host kills a hook after ten seconds, and the event would be lost. */
const mostHashed = 256 * 1024 * 1024;

/** SHA-256 of a file, hex, in pieces; undefined where it can't be read, or is larger than `mostHashed`. */
export function fileHash(path: string): string | undefined {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > mostHashed) return undefined;
  const handle = openRegular(path);
  if (handle === undefined) return undefined;
  try {
    const hash = createHash("sha256");
    const piece = new Uint8Array(1024 * 1024);
    for (let n = readSync(handle, piece); n > 0; n = readSync(handle, piece)) hash.update(piece.subarray(0, n));
    return hash.digest("hex");
  } catch {
    return undefined;
  } finally {
    closeSync(handle);
  }
}
