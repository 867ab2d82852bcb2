// Every way in which the stored tree can be hurt is seen: by whoever reads the node into a proof, and by the audit.
import type { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, it } from "vitest";
import { canonicalCheckpoint } from "../../src/checkpoint/checkpoint.js";
import { bytesToHex } from "../../src/formats/hex.js";
import { sha256 } from "../../src/hash/sha256.js";
import { CHUNK_NODES, NODE_BYTES } from "../../src/sqlite/schema.js";
import { sweep } from "../../src/sqlite/state.js";
import { TreeStore } from "../../src/sqlite/store.js";
import { TreeDamageError } from "../../src/tree/errors.js";
import { SparseMerkleTree } from "../../src/tree/tree.js";
import { checkpointAfter, leafOf, leavesOf, newDatabase } from "./line.js";

const leaves = 300;
let db: DatabaseSync;
let store: TreeStore;
let log: SparseMerkleTree;

beforeEach(() => {
  db = newDatabase();
  store = new TreeStore(db);
  const tree = store.open();
  tree.insertLeaves(leavesOf(1, leaves));
  tree.commit();
  store.save(tree, [checkpointAfter(undefined, tree)]);
  log = new SparseMerkleTree();
  log.insertLeaves(leavesOf(1, leaves));
});

function row(chunk: number): Buffer {
  return Buffer.from(db.prepare("SELECT data FROM nodes WHERE chunk = ?").get(chunk)!.data as Uint8Array);
}

function setRow(chunk: number, bytes: Uint8Array): void {
  db.prepare("UPDATE nodes SET data = ? WHERE chunk = ?").run(bytes, chunk);
}

const chunks = () =>
  db
    .prepare("SELECT chunk FROM nodes ORDER BY chunk")
    .all()
    .map((r) => Number(r.chunk));
const kinds = (expected?: SparseMerkleTree) => [...store.audit(expected)].map((f) => ("code" in f ? f.code : f.kind));

/** Proves every leaf from the stored tree. No proof that comes out may be wrong; how many did not? */
function unreadable(): number {
  let count = 0;
  for (let n = 1; n <= leaves; n++) {
    const { key } = leafOf(n);
    try {
      expect(store.open().prove(key)).toEqual(log.prove(key));
    } catch (error) {
      if (!(error instanceof TreeDamageError)) throw error;
      expect(error.message).toContain("audit smt rebuild");
      count++;
    }
  }
  return count;
}

function anew(): SparseMerkleTree {
  const tree = new SparseMerkleTree();
  tree.insertLeaves(leavesOf(1, leaves));
  tree.commit();
  return tree;
}

describe("a stored tree that is damaged", () => {
  it("without its state: is read no more, is told, and can be made anew", () => {
    db.exec("DELETE FROM treeState");
    expect(() => store.open()).toThrow(/state-missing.*audit smt rebuild/);
    expect(kinds()).toEqual(["tree-state"]);
    const checkpoints = [...store.all()];
    const anew = new SparseMerkleTree();
    anew.insertLeaves(leavesOf(1, leaves));
    anew.commit();
    expect(store.replaceAll(anew, checkpoints)).toBe("saved");
    expect([kinds(log), unreadable()]).toEqual([[], 0]);
  });

  it("shows every flipped bit of a node, wherever it is", () => {
    expect(kinds(log)).toEqual([]);
    const all = chunks();
    for (let k = 0; k < 60; k++) {
      const chunk = all[k % all.length]!;
      const good = row(chunk);
      const places = good.length / NODE_BYTES;
      const bad = Buffer.from(good);
      // Every byte of a record once, in another record each time.
      bad[((k * 7) % places) * NODE_BYTES + ((k * 5) % NODE_BYTES)]! ^= 1 << (k % 8);
      setRow(chunk, bad);
      const found = kinds(log);
      expect(found, `row ${chunk}, byte ${(k * 5) % NODE_BYTES}`).not.toEqual([]);
      // Beside the log's tree most nodes are compared and not hashed: what is found must be the same.
      expect(found.filter((kind) => kind !== "tree-tag")).toEqual(kinds());
      if (k < 8) unreadable();
      setRow(chunk, good);
    }
    expect(kinds(log)).toEqual([]);
  });

  it("shows a torn and a missing row", () => {
    const chunk = chunks()[1]!;
    const good = row(chunk);
    setRow(chunk, good.subarray(0, good.length - 40));
    expect(kinds()).toContain("node-torn");
    expect(unreadable()).toBeGreaterThan(0);
    setRow(chunk, new Uint8Array(0));
    expect(kinds()).toContain("node-torn");
    db.prepare("DELETE FROM nodes WHERE chunk = ?").run(chunk);
    expect(kinds()).toContain("node-missing");
    expect(unreadable()).toBeGreaterThan(0);
  });

  it("shows bytes behind a row's last record", () => {
    const chunk = chunks().at(-1)!;
    setRow(chunk, Buffer.concat([row(chunk), Buffer.of(0)]));
    expect(kinds(log)).toContain("node-torn");
  });

  it("shows a damaged node whatever the checkpoints' rows say was there before", () => {
    const first = store.newest()!;
    const tree = store.open();
    tree.insertLeaves(leavesOf(leaves + 1, leaves + 20));
    tree.commit();
    store.save(tree, [checkpointAfter(first, tree)]);
    log.insertLeaves(leavesOf(leaves + 1, leaves + 20));
    expect(kinds(log)).toEqual([]);
    const chunk = chunks().at(-1)!;
    const bad = row(chunk);
    bad[9]! ^= 1;
    setRow(chunk, bad);
    // The first version's nodes may be gone: then nothing was checked with it.
    db.exec("UPDATE checkpoints SET rootNode = NULL, lastNode = 1 << 40 WHERE version = 1");
    expect(kinds(log)).not.toEqual([]);
    // Or its root stands twice, the second time under an id above all others.
    db.exec("UPDATE checkpoints SET rootNode = 1 << 25, lastNode = 1 << 25 WHERE version = 1");
    expect(kinds(log)).not.toEqual([]);
  });

  it("is not kept busy by a node that is its own twin, level after level", () => {
    const levels = 200;
    const data = Buffer.alloc(CHUNK_NODES * NODE_BYTES * Math.ceil((levels + 1) / CHUNK_NODES));
    const first = (Math.max(...chunks()) + 1) * CHUNK_NODES;
    let hash = sha256(Buffer.concat([Buffer.of(0), data.subarray(0, 64)]));
    for (let k = 1; k <= levels; k++) {
      const child = k === 1 ? -first : first + k - 1;
      data.writeInt32BE(child, k * NODE_BYTES);
      data.writeInt32BE(child, k * NODE_BYTES + 4);
      data.set(hash, k * NODE_BYTES + 8);
      data.set(hash, k * NODE_BYTES + 40);
      hash = sha256(Buffer.concat([Buffer.of(1), hash, hash]));
    }
    for (let at = 0; at < data.length; at += CHUNK_NODES * NODE_BYTES) {
      const bytes = data.subarray(at, at + CHUNK_NODES * NODE_BYTES);
      db.prepare("INSERT INTO nodes VALUES (?, NULL, ?)").run((first + at / NODE_BYTES) / CHUNK_NODES, bytes);
    }
    const checkpoint = { ...store.newest()!, root: bytesToHex(hash) };
    db.prepare("UPDATE checkpoints SET body = ?, root = ?, rootNode = ?, lastNode = ?").run(
      canonicalCheckpoint(checkpoint),
      hash,
      first + levels,
      first + levels,
    );
    const started = process.cpuUsage();
    expect(kinds().length).toBeLessThan(10);
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });

  it("shows a child that was cut off, since no hash covers the ids", () => {
    for (const place of ["left", "right"]) {
      const chunk = chunks().at(-1)!;
      const good = row(chunk);
      const root = Buffer.from(good);
      // The root is the last node of the last row.
      root.writeInt32BE(0, root.length - NODE_BYTES + (place === "left" ? 0 : 4));
      setRow(chunk, root);
      expect(kinds()).toContain("hash-mismatch");
      expect(kinds(log)).toContain("hash-mismatch");
      expect(unreadable()).toBeGreaterThan(0);
      setRow(chunk, good);
    }
  });

  it("shows a leaf that says another place in the log", () => {
    const tree = store.open();
    expect(tree.find(leafOf(5).key)?.tag).toBe(5);
    for (const chunk of chunks()) {
      const bytes = row(chunk);
      for (let at = 0; at < bytes.length; at += NODE_BYTES) {
        if (bytes.readBigUInt64BE(at + 64) !== 5n) continue;
        bytes.writeBigUInt64BE(6n, at + 64);
        setRow(chunk, bytes);
      }
    }
    expect(kinds()).toEqual([]);
    expect([...store.audit(log)]).toMatchObject([{ kind: "tree-tag", tag: 6, expected: 5 }]);
  });

  it("is told from a tree that is only behind the log", () => {
    log.insertLeaves(leavesOf(leaves + 1, leaves + 50));
    expect(kinds(log)).toEqual([]);
    const other = new SparseMerkleTree();
    other.insertLeaves(leavesOf(2, leaves));
    expect(kinds(other)).toEqual(["tree-tag"]);
  });

  it("shows a changed checkpoint", () => {
    const change = (sql: string) => {
      db.exec("SAVEPOINT before");
      db.exec(sql);
      const found = kinds();
      db.exec("ROLLBACK TO before; RELEASE before");
      return found;
    };
    expect(change("UPDATE checkpoints SET root = zeroblob(32)")).toContain("tree-checkpoint");
    expect(change("UPDATE checkpoints SET lastSequence = 7")).toContain("tree-checkpoint");
    expect(change("UPDATE checkpoints SET epoch = 7")).toContain("tree-checkpoint");
    expect(change("UPDATE checkpoints SET body = replace(body, '300', '302')")).toContain("tree-checkpoint");
    expect(change("UPDATE checkpoints SET body = 'x'")).toContain("tree-checkpoint");
    expect(change("UPDATE checkpoints SET rootNode = 0")).toContain("tree-checkpoint");
    expect(change("UPDATE checkpoints SET rootNode = rootNode - 1")).toContain("hash-mismatch");
    expect(change("UPDATE checkpoints SET rootNode = -rootNode")).toContain("hash-mismatch");
  });

  it("shows rows that belong to nothing", () => {
    const stray = Math.max(...chunks()) + 100;
    db.prepare("INSERT INTO nodes VALUES (?, NULL, zeroblob(?))").run(stray, CHUNK_NODES * NODE_BYTES);
    expect([...store.audit()]).toEqual([
      { kind: "tree-bookkeeping", what: "treeState: nextChunk is not behind the stored nodes" },
      { kind: "tree-stray", count: CHUNK_NODES },
    ]);
  });

  it("names rows of its bookkeeping that no save makes, destroys nothing for them, and makes them anew", () => {
    db.exec(
      "CREATE TABLE plain AS SELECT * FROM treeState; DROP TABLE treeState; ALTER TABLE plain RENAME TO treeState",
    );
    const good = db.prepare("SELECT * FROM treeState").get()!;
    const changes = [
      ...["'x'", "NULL", "-1", "1.5", "x'00'", "9007199254740992", "1e300", "''"].flatMap((value) =>
        ["one", "generation", "rebuilt", "nextChunk"].map((name) => `UPDATE treeState SET ${name} = ${value}`),
      ),
      "UPDATE treeState SET nextChunk = 1",
      "INSERT INTO treeState SELECT * FROM treeState",
      "INSERT INTO reserved SELECT 0, nextChunk, 0 FROM treeState",
      "INSERT INTO reserved VALUES (0, 1000000, -5)",
      "INSERT INTO reserved SELECT nextChunk - 1, nextChunk - 1, 0 FROM treeState",
      "INSERT INTO reserved SELECT max(chunk), max(chunk) + 1, 0 FROM nodes",
      "INSERT INTO compacting VALUES (0, 0)",
      "INSERT INTO compacting VALUES (-1, 0)",
    ];
    for (const change of changes) {
      const stored = chunks().length;
      db.exec(change);
      expect(
        [...store.audit()].map((f) => f.kind),
        change,
      ).toContain("tree-bookkeeping");
      sweep(db);
      expect(chunks().length, change).toBe(stored);
      expect(store.replaceAll(anew(), [...store.all()]), change).toBe("saved");
      expect(kinds(), change).toEqual([]);
    }
    expect(Number(db.prepare("SELECT generation FROM treeState").get()!.generation)).toBeGreaterThan(
      Number(good.generation),
    );
  });

  it("is whole again once it was replaced", () => {
    const line = [...store.all()];
    for (const chunk of chunks()) setRow(chunk, row(chunk).fill(7));
    expect(unreadable()).toBe(leaves);
    log.commit();
    expect(store.replaceAll(log, line)).toBe("saved");
    expect(kinds(log)).toEqual([]);
    expect(unreadable()).toBe(0);
  });
});
