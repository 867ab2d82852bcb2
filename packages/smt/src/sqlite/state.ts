// The one row that writers compare and set, and the ranges of rows that they reserve to write into.
//
// A save never blocks another for longer than a slice: each writes into rows of its own and the first to publish wins; the
// others notice at their next slice, or at the end, that the generation moved on, and stop. Whoever publishes next sweeps up
// what losers and crashed processes left. So there is no lock to be left behind, no clock to trust and always somebody who gets on.
import type { DatabaseSync } from "node:sqlite";
import { TreeDamageError } from "../tree/errors.js";
import { CHUNK_NODES } from "./schema.js";
import { writeTransaction } from "./transaction.js";
import { chunkTimer, withScheduledCheckpoints, yieldLock } from "./write-scheduler.js";

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

/**
 * Before a rebuild: replaces bookkeeping rows that are missing, or that no release writes, by valid ones. The new state lies
 * behind every stored node, and a save that is under way finds that another one was faster.
 */
export function restoreState(db: DatabaseSync): void {
  if (stateFaults(db).next().done) return;
  writeTransaction(db, () => {
    const found = db.prepare(
      "SELECT max(generation) AS g, max(rebuilt) AS r FROM treeState WHERE typeof(generation) = 'integer'",
    );
    found.setReadBigInts(true);
    const { g, r } = found.get() ?? {};
    const next = (value: unknown) =>
      typeof value === "bigint" && value >= 0n && value < 2n ** 40n ? Number(value) + 1 : 1;
    db.exec(
      `DELETE FROM reserved; DELETE FROM compacting; DELETE FROM treeState; DELETE FROM nodes WHERE chunk > ${mostChunks}`,
    );
    const chunk = Number(db.prepare("SELECT coalesce(max(chunk), 0) AS chunk FROM nodes").get()?.chunk);
    // `rebuilt` only has to differ from what any reader saw.
    db.prepare("INSERT INTO treeState VALUES (1, ?, ?, ?)").run(next(g), Math.max(next(r), chunk + 1), chunk + 1);
  });
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

/** Node ids are 31 bits in memory. */
const mostChunks = Math.floor((2 ** 31 - 1) / CHUNK_NODES);

/**
 * Ranges that can no longer be published. Anybody who can write the file can add rows here, so a row that no save of ours makes
 * is left alone, above all one whose range holds the newest node of a published version.
 */
const deadRanges = `SELECT firstChunk, endChunk FROM reserved WHERE
  typeof(firstChunk) = 'integer' AND typeof(endChunk) = 'integer' AND typeof(generation) = 'integer'
  AND firstChunk >= 0 AND endChunk > firstChunk AND endChunk <= (SELECT nextChunk FROM treeState)
  AND generation >= 0 AND generation < (SELECT generation FROM treeState)
  AND NOT EXISTS (SELECT 1 FROM checkpoints WHERE rootNode IS NOT NULL AND lastNode >= firstChunk * ${CHUNK_NODES} AND lastNode < endChunk * ${CHUNK_NODES})`;

/** What is wrong with the bookkeeping rows, a short text for each fault. */
export function* stateFaults(db: DatabaseSync): Generator<string> {
  const integer = (...names: string[]) => names.map((name) => `typeof(${name}) <> 'integer'`).join(" OR ");
  const count = (sql: string) => Number(db.prepare(`SELECT count(*) AS n FROM ${sql}`).get()?.n ?? 0);
  if (
    count("treeState") !== 1 ||
    count(`treeState WHERE one IS NOT 1 OR ${integer("generation", "rebuilt", "nextChunk")}`) > 0
  ) {
    yield "treeState is not one row of integers";
    return;
  }
  const highest = "coalesce((SELECT max(chunk) FROM nodes), 0)";
  if (
    count(
      "treeState WHERE generation < 0 OR rebuilt < 0 OR generation > 9007199254740000 OR rebuilt > 9007199254740000",
    ) > 0
  ) {
    yield "treeState: a generation that no release counts to";
  }
  if (count(`treeState WHERE nextChunk <= ${highest} OR nextChunk > ${mostChunks}`) > 0) {
    yield "treeState: nextChunk is not behind the stored nodes";
  }
  const bad = count(
    `reserved WHERE ${integer("firstChunk", "endChunk", "generation")} OR firstChunk < 0 OR endChunk <= firstChunk
     OR endChunk > (SELECT nextChunk FROM treeState) OR generation < 0 OR generation > (SELECT generation FROM treeState)`,
  );
  if (bad > 0) yield `reserved: ${bad} ranges that no save makes`;
  const epochs = `compacting WHERE ${integer("epoch", "generation")} OR generation < 0
    OR generation > (SELECT generation FROM treeState) OR epoch < 0
    OR epoch >= coalesce((SELECT max(epoch) FROM checkpoints), 0)`;
  if (count(epochs) > 0) yield "compacting: an epoch that is not closed";
}

/** Deletes, a slice at a time, the rows of reserved ranges that can no longer be published. */
export function sweep(db: DatabaseSync): void {
  const dead = db.prepare(`${deadRanges} LIMIT 1`);
  if (dead.get() === undefined) return;
  const last = db.prepare("SELECT max(chunk) AS at FROM nodes WHERE chunk >= ? AND chunk < ?");
  const remove = db.prepare("DELETE FROM nodes WHERE chunk > ? AND chunk < ?");
  const lastList = db.prepare("SELECT max(lastNode) AS at FROM superseded WHERE lastNode >= ? AND lastNode < ?");
  const removeList = db.prepare("DELETE FROM superseded WHERE lastNode = ?");
  withScheduledCheckpoints(db, () => {
    while (dead.get() !== undefined) {
      writeTransaction(db, () => {
        const enough = chunkTimer();
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
      yieldLock(db);
    }
  });
}
