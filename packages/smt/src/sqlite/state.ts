// The one row that writers compare and set, and the ranges of rows that they reserve to write into.
//
// A save never blocks another for longer than a slice: each writes into rows of its own and the first to publish wins; the
// others notice at their next slice, or at the end, that the generation moved on, and stop. Whoever publishes next sweeps up
// what losers and crashed processes left. So there is no lock to be left behind, no clock to trust and always somebody who gets on.
import type { DatabaseSync } from "node:sqlite";
import { letOthersIn, locked, slice } from "./transaction.js";

export interface StoreState {
  generation: number;
  rebuilt: number;
  nextChunk: number;
}

export function readState(db: DatabaseSync): StoreState {
  const row = db.prepare("SELECT generation, rebuilt, nextChunk FROM treeState WHERE one = 1").get();
  if (row === undefined)
    throw new Error("treeState: the row is missing; `audit smt rebuild` makes the tree anew from the log");
  return { generation: Number(row.generation), rebuilt: Number(row.rebuilt), nextChunk: Number(row.nextChunk) };
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
  while (dead.get() !== undefined) {
    locked(db, () => {
      const enough = slice();
      for (let range = dead.get(); range !== undefined && !enough(); range = dead.get()) {
        const end = Number(range.endChunk);
        const last = db.prepare("SELECT max(chunk) AS chunk FROM nodes WHERE chunk >= ? AND chunk < ?");
        const remove = db.prepare("DELETE FROM nodes WHERE chunk > ? AND chunk < ?");
        // From the end, so that what is left is a shorter range.
        let upper = last.get(Number(range.firstChunk), end)?.chunk;
        while (upper !== null && upper !== undefined && !enough()) {
          const lower = Math.max(Number(upper) - 256, Number(range.firstChunk) - 1);
          remove.run(lower, end);
          upper = last.get(Number(range.firstChunk), end)?.chunk;
        }
        if (upper === null) db.prepare("DELETE FROM reserved WHERE firstChunk = ?").run(Number(range.firstChunk));
      }
    });
    if (dead.get() !== undefined) letOthersIn();
  }
}
