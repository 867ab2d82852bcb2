// The one row that writers compare and set, and the ranges of rows that they reserve to write into.
//
// A save never blocks another for longer than a slice: each writes into rows of its own and the first to publish wins; the
// others notice at their next slice, or at the end, that the generation moved on, and stop. Whoever publishes next sweeps up
// what losers and crashed processes left. So there is no lock to be left behind, no clock to trust and always somebody who gets on.
import type { DatabaseSync } from "node:sqlite";
import { TreeDamageError } from "../tree/errors.js";
import { CHUNK_NODES } from "./schema.js";
import { locked } from "./transaction.js";
import { inTurns, rest, slice } from "./turns.js";

export interface StoreState {
  generation: number;
  rebuilt: number;
  nextChunk: number;
}

export function readState(db: DatabaseSync): StoreState {
  const row = db.prepare("SELECT generation, rebuilt, nextChunk FROM treeState WHERE one = 1").get();
  if (row === undefined) throw new TreeDamageError("state-missing", 0);
  return { generation: Number(row.generation), rebuilt: Number(row.rebuilt), nextChunk: Number(row.nextChunk) };
}

export function hasState(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM treeState").get() !== undefined;
}

/** Before a rebuild: a state in the place of one that is missing, behind every row that is there. */
export function restoreState(db: DatabaseSync): void {
  if (hasState(db)) return;
  locked(db, () =>
    db.exec(`INSERT OR IGNORE INTO treeState SELECT 1, generation + 1, chunk + 1, chunk + 1 FROM
      (SELECT max(coalesce((SELECT max(generation) FROM reserved), 0), coalesce((SELECT max(generation) FROM compacting), 0)) AS generation,
              max(coalesce((SELECT max(endChunk) FROM reserved), 0), coalesce((SELECT max(chunk) FROM nodes), 0)) AS chunk)`),
  );
}

/** Inside a transaction: takes `chunks` rows from `nextChunk` on; the range stays noted until it is published. */
export function reserve(db: DatabaseSync, state: StoreState, chunks: number): void {
  db.prepare("INSERT INTO reserved VALUES (?, ?, ?)").run(state.nextChunk, state.nextChunk + chunks, state.generation);
  db.prepare("UPDATE treeState SET nextChunk = ?").run(state.nextChunk + chunks);
}

/** Inside the publishing transaction. */
export function publish(db: DatabaseSync, firstChunk: number, rebuilt: boolean): void {
  db.prepare("DELETE FROM reserved WHERE firstChunk = ?").run(firstChunk);
  db.prepare("UPDATE treeState SET generation = generation + 1, rebuilt = rebuilt + ?").run(rebuilt ? 1 : 0);
}

/** Deletes, a slice at a time, the rows of reserved ranges that can no longer be published. */
export function sweep(db: DatabaseSync): void {
  const dead = db.prepare(
    "SELECT firstChunk, endChunk FROM reserved WHERE generation < (SELECT generation FROM treeState) LIMIT 1",
  );
  if (dead.get() === undefined) return;
  const last = db.prepare("SELECT max(chunk) AS at FROM nodes WHERE chunk >= ? AND chunk < ?");
  const remove = db.prepare("DELETE FROM nodes WHERE chunk > ? AND chunk < ?");
  const lastList = db.prepare("SELECT max(lastNode) AS at FROM superseded WHERE lastNode >= ? AND lastNode < ?");
  const removeList = db.prepare("DELETE FROM superseded WHERE lastNode = ?");
  inTurns(db, () => {
    while (dead.get() !== undefined) {
      locked(db, () => {
        const enough = slice();
        for (let range = dead.get(); range !== undefined && !enough(); range = dead.get()) {
          const [first, end] = [Number(range.firstChunk), Number(range.endChunk)];
          // From the end, so that what is left is a shorter range.
          const list = () => lastList.get(first * CHUNK_NODES, end * CHUNK_NODES)?.at;
          let at = list();
          for (; typeof at === "number" && !enough(); at = list()) removeList.run(at);
          if (at !== null) return;
          const row = () => last.get(first, end)?.at;
          for (at = row(); typeof at === "number" && !enough(); at = row()) {
            remove.run(Math.max(at - 256, first - 1), end);
          }
          if (at === null) db.prepare("DELETE FROM reserved WHERE firstChunk = ?").run(first);
        }
      });
      rest(db);
    }
  });
}
