// Taking out the nodes that only superseded versions need (architecture.md, invariant 5). Which versions go is policy: all
// of a frozen epoch but its last. What goes can be told from the ids alone: a node that version w superseded, and that was
// made after the last version kept before, was seen by none of the versions that stay.
import type { DatabaseSync } from "node:sqlite";
import { eachRow } from "./each-row.js";
import { asChunk, without } from "./rows.js";
import { unpacked } from "./save.js";
import { CHUNK_NODES } from "./schema.js";
import { inSlices, letOthersIn, locked } from "./transaction.js";

/** Drops the versions of an epoch before its last, a slice at a time. May be broken off and done again. Returns how many nodes went. */
export function compactEpoch(db: DatabaseSync, epoch: number): number {
  const before = db.prepare("SELECT max(version) AS version FROM checkpoints WHERE epoch < ?").get(epoch)?.version;
  const last = db.prepare("SELECT max(version) AS version FROM checkpoints WHERE epoch = ?").get(epoch)?.version;
  if (last === null || last === undefined) return 0;
  const from = Number(before ?? 0);
  const to = Number(last);
  const kept = db.prepare("SELECT lastNode FROM checkpoints WHERE version = ?").get(from);
  const lastKept = Number(kept?.lastNode ?? 0);
  locked(db, () => {
    db.prepare("UPDATE checkpoints SET rootNode = NULL WHERE version > ? AND version < ?").run(from, to);
  });
  // All of it at once, so that each row is rewritten once, however many versions superseded some of its nodes.
  const gone = supersededIds(db, from, to, lastKept);
  inSlices(db, gone.length, (at, enough) => {
    while (at < gone.length) {
      const chunk = Math.floor(gone[at]! / CHUNK_NODES);
      const places = new Set<number>();
      for (; at < gone.length && Math.floor(gone[at]! / CHUNK_NODES) === chunk; at++)
        places.add(gone[at]! % CHUNK_NODES);
      takeOut(db, chunk, places);
      if (enough()) break;
    }
    return at;
  });
  const lists = db
    .prepare("SELECT version FROM superseded WHERE version > ? AND version <= ?")
    .all(from, to)
    .map((row) => Number(row.version));
  const remove = db.prepare("DELETE FROM superseded WHERE version = ?");
  inSlices(db, lists.length, (at, enough) => {
    for (; at < lists.length && !enough(); at++) remove.run(lists[at]!);
    return at;
  });
  return gone.length;
}

/** Ids of the superseded nodes that no kept version sees, ascending. */
function supersededIds(db: DatabaseSync, from: number, to: number, lastKept: number): Int32Array {
  const ids: number[] = [];
  const lists = db.prepare("SELECT ids FROM superseded WHERE version > ? AND version <= ?");
  for (const row of eachRow(lists, from, to)) {
    for (const id of unpacked(row.ids as Uint8Array)) if (id > lastKept) ids.push(id);
  }
  return Int32Array.from(ids).sort();
}

function takeOut(db: DatabaseSync, number: number, places: ReadonlySet<number>): void {
  const chunk = asChunk(db.prepare("SELECT present, data FROM nodes WHERE chunk = ?").get(number));
  if (chunk === undefined) return;
  const rest = without(chunk, places);
  // Out and in again: only a delete makes SQLite join half-empty pages, so that the file shrinks (an update: by 0.07, not 0.47).
  db.prepare("DELETE FROM nodes WHERE chunk = ?").run(number);
  if (rest !== undefined) db.prepare("INSERT INTO nodes VALUES (?, ?, ?)").run(number, rest.present, rest.data);
}

/** Gives free pages back to the file system, a slice at a time. Where the file was not made for it, nothing happens. */
export function reclaim(db: DatabaseSync): void {
  const free = () => Number(db.prepare("PRAGMA freelist_count").get()?.freelist_count ?? 0);
  for (let left = free(), before = left + 1; left > 0 && left < before; before = left, left = free()) {
    // One page moved is one page written: so many take 10 to 20 ms.
    db.exec("PRAGMA incremental_vacuum(1000)");
    letOthersIn();
  }
}
