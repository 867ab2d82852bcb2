// Taking out the nodes that only superseded versions need (architecture.md, invariant 5). Which versions go is policy: all
// of a frozen epoch but its last. What goes can be told from the ids alone: a node that version w superseded, and that was
// made after the last version kept before, was seen by none of the versions that stay.
import type { DatabaseSync } from "node:sqlite";
import { asChunk, without } from "./rows.js";
import { unpacked } from "./save.js";
import { CHUNK_NODES } from "./schema.js";
import { locked, slice } from "./transaction.js";

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
  const next = db.prepare("SELECT version, ids FROM superseded WHERE version > ? AND version <= ? LIMIT 1");
  let gone = 0;
  while (next.get(from, to) !== undefined) {
    locked(db, () => {
      const enough = slice();
      const doomed = new Map<number, Set<number>>();
      const done: number[] = [];
      // As many lists at once as touch a few hundred rows: neighbours in time are neighbours in the table.
      const lists = db.prepare(
        "SELECT version, ids FROM superseded WHERE version > ? AND version <= ? ORDER BY version",
      );
      for (const row of lists.iterate(from, to)) {
        for (const id of unpacked(row.ids as Uint8Array)) {
          if (id <= lastKept) continue;
          const chunk = Math.floor(id / CHUNK_NODES);
          const places = doomed.get(chunk) ?? new Set();
          doomed.set(chunk, places.add(id % CHUNK_NODES));
          gone++;
        }
        done.push(Number(row.version));
        if (doomed.size > 400 || enough()) break;
      }
      takeOut(db, doomed);
      const remove = db.prepare("DELETE FROM superseded WHERE version = ?");
      for (const version of done) remove.run(version);
    });
  }
  return gone;
}

function takeOut(db: DatabaseSync, doomed: ReadonlyMap<number, ReadonlySet<number>>): void {
  const select = db.prepare("SELECT present, data FROM nodes WHERE chunk = ?");
  const remove = db.prepare("DELETE FROM nodes WHERE chunk = ?");
  const insert = db.prepare("INSERT INTO nodes VALUES (?, ?, ?)");
  for (const [number, places] of doomed) {
    const chunk = asChunk(select.get(number));
    if (chunk === undefined) continue;
    const rest = without(chunk, places);
    // Out and in again: only a delete makes SQLite join half-empty pages, so that the file shrinks (an update: by 0.07, not 0.47).
    remove.run(number);
    if (rest !== undefined) insert.run(number, rest.present, rest.data);
  }
}

/** Gives free pages back to the file system, a slice at a time. Where the file was not made for it, nothing happens. */
export function reclaim(db: DatabaseSync): void {
  const free = () => Number(db.prepare("PRAGMA freelist_count").get()?.freelist_count ?? 0);
  for (let left = free(), before = left + 1; left > 0 && left < before; before = left, left = free()) {
    // One page moved is one page written: 1,000 take 10 to 20 ms.
    db.exec("PRAGMA incremental_vacuum(1000)");
  }
}
