// That big work leaves the lock to others: what stands in the last transaction, what a process that dies leaves, and that who
// waits gets in at the first gap.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.js";
import { beginImmediateWithin, pauseThread } from "../../src/sqlite/lock.js";
import { TreeStore } from "../../src/sqlite/store.js";
import { checkpointWal } from "../../src/sqlite/write-scheduler.js";
import { SparseMerkleTree } from "../../src/tree/tree.js";
import { checkpointAfter, leavesOf, newDatabase, openDatabase } from "./line.js";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealtrail-"));
  file = join(folder, "tree.db");
  newDatabase(file).close();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A tree with `versions` more, an epoch every `perEpoch`, not saved yet. */
function grow(store: TreeStore, versions: number, step: number, perEpoch = versions) {
  const tree = store.open();
  const line: Checkpoint[] = [];
  for (let k = 0; k < versions; k++) {
    tree.insertLeaves(leavesOf(tree.size + 1, tree.size + step));
    tree.commit();
    line.push(checkpointAfter(line.at(-1) ?? store.newest(), tree, Math.floor((tree.version - 1) / perEpoch)));
  }
  return { tree, line };
}

function count(db: DatabaseSync, table: string): number {
  return Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()!.n);
}

/** As if the process died when it next begins a transaction, `after` of them later. */
function dyingAfter(db: DatabaseSync, after: number): () => void {
  const { exec } = db;
  let left = after;
  db.exec = (sql) => {
    if (sql.includes("BEGIN IMMEDIATE") && left-- === 0) throw new Error("died");
    exec.call(db, sql);
  };
  return () => {
    db.exec = exec;
  };
}

it("epochs of a rebuilt tree are compacted in any order, and leave nothing behind", () => {
  const store = new TreeStore(openDatabase(file));
  const { tree, line } = grow(store, 5, 100, 2);
  store.save(tree, line);
  // Version 3 is left out: its row has the last node of version 2, which the epoch before it keeps.
  const anew = new SparseMerkleTree();
  for (const version of [1, 2, 4, 5]) {
    anew.insertLeaves(leavesOf(anew.size + 1, version * 100));
    anew.commit(version);
  }
  expect(store.replaceAll(anew, line)).toBe("saved");
  expect(store.compact([1])).toBe(0);
  expect(store.compact([0])).toBeGreaterThan(0);
  expect([...store.audit()]).toEqual([]);
});

describe("big work on a stored tree", () => {
  it("leaves to the last transaction of a save what makes it count, and no more", () => {
    const db = openDatabase(file);
    const other = openDatabase(file);
    const store = new TreeStore(db);
    const { tree, line } = grow(store, 120, 100);
    let before = { nodes: 0, lists: 0, checkpoints: -1 };
    const saved = store.save(tree, line, () => {
      before = {
        nodes: count(other, "nodes"),
        lists: count(other, "superseded"),
        checkpoints: count(other, "checkpoints"),
      };
    });
    expect(saved).toBe("saved");
    expect(before).toEqual({ nodes: count(db, "nodes"), lists: count(db, "superseded"), checkpoints: 0 });
    expect(before.lists).toBe(119);
    expect([...store.audit()]).toEqual([]);
    db.close();
    other.close();
  });

  it("leaves nothing of a save that died on the way, and compaction passes over what it wrote", () => {
    const db = openDatabase(file);
    const store = new TreeStore(db);
    const first = grow(store, 4, 10, 2);
    store.save(first.tree, first.line);
    const died = grow(store, 120, 100, 2);
    const revive = dyingAfter(db, 30);
    expect(() =>
      store.save(died.tree, died.line, () => {
        throw new Error("died");
      }),
    ).toThrow("died");
    revive();
    expect(count(db, "superseded")).toBeGreaterThan(50);
    const { tree, line } = grow(store, 3, 10, 2);
    store.save(tree, line);
    store.compact([0, 1, 2]);
    expect([...store.audit()]).toEqual([]);
    expect(count(db, "superseded")).toBeLessThan(3);
    expect(count(db, "reserved")).toBe(0);
    db.close();
  });

  it("goes on with a compaction that died, after two more checkpoints", () => {
    const db = openDatabase(file);
    const store = new TreeStore(db);
    const first = grow(store, 41, 60, 40);
    store.save(first.tree, first.line);
    const revive = dyingAfter(db, 1);
    expect(() => store.compact([0])).toThrow("died");
    revive();
    expect([...store.audit()]).toMatchObject([{ kind: "tree-stray" }]);
    for (const stray of [true, false]) {
      const { tree, line } = grow(store, 1, 10, 40);
      store.save(tree, line);
      expect([...store.audit()].length > 0).toBe(stray);
    }
    expect(count(db, "compacting")).toBe(0);
    expect(store.isStored(39)).toBe(false);
    expect(store.isStored(40)).toBe(true);
    db.close();
  });

  it("empties the write-ahead log although somebody has it open, so that the next writer begins it anew", () => {
    const db = openDatabase(file);
    const other = openDatabase(file);
    other.prepare("SELECT count(*) FROM nodes").get();
    const store = new TreeStore(db);
    const { tree, line } = grow(store, 20, 1000);
    store.save(tree, line);
    checkpointWal(db);
    other.exec("BEGIN IMMEDIATE; UPDATE treeState SET generation = generation + 1; COMMIT");
    expect(Number(other.prepare("PRAGMA wal_checkpoint(PASSIVE)").get()!.log)).toBeLessThan(10);
    db.close();
    other.close();
  });
});

it("who waits for the lock gets in at the first gap, where SQLite's own waiting would miss most", async () => {
  // Holds the lock for 40 ms, leaves it for 3, again and again; counts.
  const held = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(
    `const { workerData: { file, held } } = require("node:worker_threads");
     const db = new (require("node:sqlite").DatabaseSync)(file);
     db.exec("PRAGMA busy_timeout = 20000");
     while (Atomics.load(held, 1) === 0) {
       db.exec("BEGIN IMMEDIATE");
       Atomics.add(held, 0, 1);
       Atomics.wait(held, 1, 0, 40);
       db.exec("COMMIT");
       Atomics.wait(held, 1, 0, 3);
     }
     db.close();`,
    { eval: true, workerData: { file, held } },
  );
  const over = new Promise((resolve) => worker.once("exit", resolve));
  while (Atomics.load(held, 0) === 0) pauseThread(1);
  const db = openDatabase(file);
  const missed: number[] = [];
  for (let round = 0; round < 21; round++) {
    const before = Atomics.load(held, 0);
    beginImmediateWithin(db, 20_000);
    missed.push(Atomics.load(held, 0) - before);
    db.exec("COMMIT");
    pauseThread(round + 5);
  }
  Atomics.store(held, 1, 1);
  Atomics.notify(held, 1);
  await over;
  db.close();
  // By SQLite's own waiting: 302.
  expect(missed.reduce((a, b) => a + b)).toBeLessThanOrEqual(21);
});

it("who waits for the lock gives up when its patience ends, and is left as it was", () => {
  const [holder, db] = [openDatabase(file), openDatabase(file)];
  holder.exec("BEGIN IMMEDIATE");
  const start = performance.now();
  expect(() => beginImmediateWithin(db, 50)).toThrow(/locked/);
  expect(performance.now() - start).toBeGreaterThanOrEqual(50);
  expect(db.prepare("PRAGMA busy_timeout").get()).toEqual({ timeout: 50 });
  expect(db.isTransaction).toBe(false);
  holder.exec("COMMIT");
  beginImmediateWithin(db, 50);
  db.exec("COMMIT");
  holder.close();
  db.close();
});
