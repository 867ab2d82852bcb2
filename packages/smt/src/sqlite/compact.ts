// Taking out the nodes that only superseded versions need (architecture.md, invariant 5). Which versions go is policy: all
// of a frozen epoch but its last. What goes can be told from the ids alone: a node that version w superseded, and that was
// made after the last version kept before, was seen by none of the versions that stay.
import type { DatabaseSync } from "node:sqlite";
import { eachRow } from "./each-row.js";
import { asChunk, recordAt, without } from "./rows.js";
import { CHUNK_NODES } from "./schema.js";
import { readState } from "./state.js";
import { writeTransaction } from "./transaction.js";
import { runChunked, withScheduledCheckpoints, yieldLock } from "./write-scheduler.js";

/** Drops the versions of an epoch before its last, a slice at a time. May be broken off and done again. Returns how many nodes went. */
export function compactEpoch(db: DatabaseSync, epoch: number): number {
  const range = rangeOf(db, epoch);
  if (range === undefined) return 0;
  return withScheduledCheckpoints(db, () => takeOutAll(db, epoch, range));
}

/** Goes on with compactions that a process left when it died: those that did nothing while two checkpoints were made. */
export function finishCompactions(db: DatabaseSync): void {
  const left = db.prepare(
    "SELECT epoch FROM compacting WHERE generation < (SELECT generation FROM treeState) - 1 LIMIT 1",
  );
  for (let row = left.get(); row !== undefined; row = left.get()) {
    const epoch = Number(row.epoch);
    const range = rangeOf(db, epoch);
    if (range === undefined) writeTransaction(db, () => forget(db, epoch));
    else withScheduledCheckpoints(db, () => takeOutAll(db, epoch, range));
  }
}

interface Range {
  /** Of `treeState`: a tree that replaced this one has other nodes. */
  rebuilt: number;
  /** Kept, with all before it. */
  from: number;
  /** Kept; what lies between goes. */
  to: number;
  lastKept: number;
}

function rangeOf(db: DatabaseSync, epoch: number): Range | undefined {
  const { rebuilt } = readState(db);
  const before = db.prepare("SELECT max(version) AS version FROM checkpoints WHERE epoch < ?").get(epoch)?.version;
  const last = db.prepare("SELECT max(version) AS version FROM checkpoints WHERE epoch = ?").get(epoch)?.version;
  const newest = db.prepare("SELECT max(epoch) AS epoch FROM checkpoints").get()?.epoch;
  if (last === null || last === undefined || epoch >= Number(newest)) return undefined;
  const from = Number(before ?? 0);
  const kept = db.prepare("SELECT lastNode FROM checkpoints WHERE version = ?").get(from);
  return { rebuilt, from, to: Number(last), lastKept: Number(kept?.lastNode ?? 0) };
}

function takeOutAll(db: DatabaseSync, epoch: number, { rebuilt, from, to, lastKept }: Range): number {
  const note = db.prepare("INSERT OR REPLACE INTO compacting SELECT ?, generation FROM treeState WHERE rebuilt = ?");
  /** One slice after another. Who finds the note later knows that somebody was at it, and when it last did something. */
  const slices = (total: number, body: (at: number, enough: () => boolean) => number) =>
    runChunked(db, total, (at, enough) => (note.run(epoch, rebuilt).changes === 0 ? total : body(at, enough)));
  const unlink = db.prepare(`UPDATE checkpoints SET rootNode = NULL
    WHERE version > ? AND version <= ? AND version < ? AND rootNode IS NOT NULL`);
  slices(to - from, (done, enough) => {
    for (; done < to - from && !enough(); done += 256) unlink.run(from + done, from + done + 256, to);
    return done;
  });
  // All of it at once, so that each row is rewritten once, however many versions superseded some of its nodes.
  const gone = Int32Array.from(withoutLive(supersededIds(db, from, to, lastKept), db, to, lastKept)).sort();
  const takeOut = takerOut(db);
  slices(gone.length, (at, enough) => {
    while (at < gone.length) {
      const chunk = Math.floor(gone[at]! / CHUNK_NODES);
      const places = new Set<number>();
      for (; at < gone.length && Math.floor(gone[at]! / CHUNK_NODES) === chunk; at++)
        places.add(gone[at]! % CHUNK_NODES);
      takeOut(chunk, places);
      if (enough()) break;
    }
    return at;
  });
  const lists = db.prepare(ownLists("lastNode")).all(from, to, lastKept);
  const remove = db.prepare("DELETE FROM superseded WHERE lastNode = ?");
  slices(lists.length + 1, (at, enough) => {
    for (; at < lists.length && !enough(); at++) remove.run(Number(lists[at]!.lastNode));
    if (at < lists.length) return at;
    forget(db, epoch);
    return at + 1;
  });
  return gone.length;
}

function forget(db: DatabaseSync, epoch: number): void {
  db.prepare("DELETE FROM compacting WHERE epoch = ?").run(epoch);
}

/** Lists of these versions alone: others between theirs may be of a save that is not published. A version that a rebuild left
 * out has the `lastNode` of the one before it, and that may be the one that is kept, whose list is not ours to take. */
function ownLists(column: string): string {
  return `SELECT ${column} FROM superseded
    WHERE lastNode IN (SELECT lastNode FROM checkpoints WHERE version > ? AND version <= ?) AND lastNode > ?
    ORDER BY lastNode`;
}

/** Ids of the superseded nodes that no kept version sees. */
function supersededIds(db: DatabaseSync, from: number, to: number, lastKept: number): number[] {
  const ids: number[] = [];
  const lists = db.prepare(ownLists("ids"));
  for (const row of eachRow(lists, from, to, lastKept)) {
    if (!(row.ids instanceof Uint8Array)) continue;
    for (const id of unpacked(row.ids)) if (id > lastKept) ids.push(id);
  }
  return ids;
}

/**
 * Drops from the list what the version that is kept still has. No save of ours lists such a node, but whoever can write the
 * file can write a list, and a node that is taken out is gone. Nothing is taken out of a tree that cannot be read.
 */
function withoutLive(ids: number[], db: DatabaseSync, version: number, lastKept: number): number[] {
  const kept = db.prepare("SELECT rootNode, lastNode FROM checkpoints WHERE version = ?").get(version);
  const { rootNode, lastNode } = kept ?? {};
  if (typeof rootNode !== "number" || typeof lastNode !== "number") return [];
  const live = new IdSet();
  const inner = new IdSet();
  /** Inner nodes that are named and not read yet. What is older than the epoch was kept before, with all below it. */
  let open = 0;
  const name = (ref: number) => {
    const id = Math.abs(ref);
    if (id <= lastKept || !live.add(id) || ref < 0) return;
    inner.add(id);
    open++;
  };
  name(rootNode);
  // A child's id is smaller than its parent's, so one reading from the last row to the first finds all.
  const rows = db.prepare("SELECT chunk, present, data FROM nodes WHERE chunk BETWEEN ? AND ? ORDER BY chunk DESC");
  for (const row of eachRow(rows, Math.floor(lastKept / CHUNK_NODES), Math.floor(lastNode / CHUNK_NODES))) {
    const first = Number(row.chunk) * CHUNK_NODES;
    const chunk = asChunk(row);
    for (let place = CHUNK_NODES - 1; place >= 0; place--) {
      const id = first + place;
      if (!inner.has(id)) continue;
      const at = chunk === undefined ? -1 : recordAt(chunk, place);
      if (at < 0) return [];
      const view = new DataView(chunk!.data.buffer, chunk!.data.byteOffset + at, 8);
      const [left, right] = [view.getInt32(0), view.getInt32(4)];
      if (left >= id || right >= id) return [];
      open--;
      name(left);
      name(right);
    }
  }
  return open === 0 ? ids.filter((id) => id <= lastNode && !live.has(id)) : [];
}

/** A bit for each id, in pages of 4 KiB that are made when they are needed. */
class IdSet {
  readonly #pages = new Map<number, Uint8Array>();

  has(id: number): boolean {
    return ((this.#pages.get(id >>> 15)?.[(id & 0x7fff) >> 3] ?? 0) & (1 << (id & 7))) !== 0;
  }

  /** False where it was there. */
  add(id: number): boolean {
    let page = this.#pages.get(id >>> 15);
    if (page === undefined) {
      page = new Uint8Array(4096);
      this.#pages.set(id >>> 15, page);
    }
    const bit = 1 << (id & 7);
    const at = (id & 0x7fff) >> 3;
    if ((page[at]! & bit) !== 0) return false;
    page[at]! |= bit;
    return true;
  }
}

function unpacked(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, i) => view.getInt32(i * 4));
}

function takerOut(db: DatabaseSync): (number: number, places: ReadonlySet<number>) => void {
  const select = db.prepare("SELECT present, data FROM nodes WHERE chunk = ?");
  const remove = db.prepare("DELETE FROM nodes WHERE chunk = ?");
  const insert = db.prepare("INSERT INTO nodes VALUES (?, ?, ?)");
  return (number, places) => {
    const chunk = asChunk(select.get(number));
    if (chunk === undefined) return;
    const rest = without(chunk, places);
    // Out and in again: only a delete makes SQLite join half-empty pages, so that the file shrinks (an update: by 0.07, not 0.47).
    remove.run(number);
    if (rest !== undefined) insert.run(number, rest.present, rest.data);
  };
}

/** Gives free pages back to the file system, a slice at a time. Where the file was not made for it, nothing happens. */
export function reclaim(db: DatabaseSync): void {
  const free = () => Number(db.prepare("PRAGMA freelist_count").get()?.freelist_count ?? 0);
  withScheduledCheckpoints(db, () => {
    for (let left = free(), before = left + 1; left > 0 && left < before; before = left, left = free()) {
      // One page moved is one page written: so many take 10 to 20 ms.
      writeTransaction(db, () => db.exec("PRAGMA incremental_vacuum(500)"));
      yieldLock(db);
    }
  });
}
