import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.js";
import { hexToBytes } from "../../src/formats/hex.js";
import { verifyProof } from "../../src/proof/verify.js";
import { TreeMovedError, TreeStore, VersionCompactedError } from "../../src/sqlite/store.js";
import { treeOfLeaves } from "../../src/tree/replay.js";
import { SparseMerkleTree } from "../../src/tree/tree.js";
import { checkpointAfter, leafOf, leavesOf, newDatabase } from "./line.js";

/** Saves versions of `step` leaves each, `count` of them, a new epoch every `perEpoch`. */
function fill(store: TreeStore, count: number, step: number, perEpoch = 5): Checkpoint[] {
  const line: Checkpoint[] = [...store.all()];
  for (let k = 0; k < count; k++) {
    const tree = store.open();
    tree.insertLeaves(leavesOf(tree.size + 1, tree.size + step));
    const version = tree.commit();
    const checkpoint = checkpointAfter(line.at(-1), tree, Math.floor((version - 1) / perEpoch));
    expect(store.save(tree, [checkpoint])).toBe("saved");
    line.push(checkpoint);
  }
  return line;
}

describe("a stored tree", () => {
  it("is empty at first, and opens at what was saved", () => {
    const store = new TreeStore(newDatabase());
    expect(store.newest()).toBeUndefined();
    expect(store.open().size).toBe(0);
    const line = fill(store, 12, 20);
    expect(store.newest()).toEqual(line.at(-1));
    expect([...store.all()]).toEqual(line);
    expect(store.byRoot(line[3]!.root)).toEqual(line[3]);
    expect(store.covering(31)).toEqual(line[3]);
    expect(store.covering(121)).toBeUndefined();
    expect(store.get(13)).toBeUndefined();
    const memory = new SparseMerkleTree();
    memory.insertLeaves(leavesOf(1, 240));
    const tree = store.open();
    expect(tree.root).toEqual(memory.root);
    expect(tree.size).toBe(240);
    expect(tree.version).toBe(12);
    for (const n of [1, 100, 240]) {
      const { key, value } = leafOf(n);
      expect(tree.prove(key)).toEqual(memory.prove(key));
      expect(tree.find(key)?.tag).toBe(n);
      expect(verifyProof(tree.prove(key), { root: tree.root, key, value }).ok).toBe(true);
    }
    expect(tree.prove(leafOf(999).key)).toEqual(memory.prove(leafOf(999).key));
    expect([...store.audit(memory)]).toEqual([]);
  });

  it("gives every version its own proofs", () => {
    const store = new TreeStore(newDatabase());
    const line = fill(store, 10, 6);
    for (const checkpoint of line) {
      const tree = store.openAt(checkpoint.version);
      const memory = treeOfLeaves(leavesOf(1, 60), checkpoint.leafCount);
      for (let n = 1; n <= 60; n += 7) expect(tree.prove(leafOf(n).key)).toEqual(memory.prove(leafOf(n).key));
    }
  });

  it("saves several versions at once, and goes on from there", () => {
    const store = new TreeStore(newDatabase());
    const tree = store.open();
    const line: Checkpoint[] = [];
    for (let round = 0; round < 3; round++) {
      const fresh: Checkpoint[] = [];
      for (let k = 0; k < 4; k++) {
        tree.insertLeaves(leavesOf(tree.size + 1, tree.size + 10));
        tree.commit();
        fresh.push(checkpointAfter(fresh.at(-1) ?? line.at(-1), tree));
      }
      expect(store.save(tree, fresh)).toBe("saved");
      line.push(...fresh);
    }
    expect([...store.audit()]).toEqual([]);
    expect(store.open().root).toEqual(tree.root);
    for (const c of line) expect(store.openAt(c.version).root).toEqual(hexToBytes(c.root));
  });

  it("takes out no node that a kept version has, whatever stands in the lists", () => {
    const db = newDatabase();
    const store = new TreeStore(db);
    fill(store, 23, 20);
    const all = Buffer.alloc(4 * 4_000);
    for (let id = 0; id < 4_000; id++) all.writeInt32BE(id, id * 4);
    db.prepare("UPDATE superseded SET ids = ?").run(all);
    expect(store.compact([0, 1, 2, 3])).toBeGreaterThan(0);
    expect([...store.audit()]).toEqual([]);
    for (const version of [5, 10, 15, 20, 23]) expect(store.openAt(version).size).toBe(version * 20);
    for (const ids of ["'text'", "7", "NULL", "x'000001'"]) {
      const other = newDatabase();
      const lists = new TreeStore(other);
      fill(lists, 12, 20);
      other.exec(
        "CREATE TABLE lax AS SELECT * FROM superseded; DROP TABLE superseded; ALTER TABLE lax RENAME TO superseded",
      );
      other.exec(`UPDATE superseded SET ids = ${ids}`);
      lists.compact([0, 1]);
      expect(
        [...lists.audit()].filter(({ kind }) => kind !== "tree-stray"),
        ids,
      ).toEqual([]);
    }
  });

  it("drops the superseded versions of frozen epochs, and nothing that is still needed", () => {
    const db = newDatabase();
    const store = new TreeStore(db);
    const line = fill(store, 23, 20);
    const rows = () => Number(db.prepare("SELECT sum(length(data)) AS bytes FROM nodes").get()!.bytes);
    const before = rows();
    expect(() => store.compact([4])).toThrow(RangeError);
    expect(store.compact([1])).toBeGreaterThan(0);
    expect(store.compact([0, 2, 3])).toBeGreaterThan(0);
    expect(store.compact([0, 1, 2, 3])).toBe(0);
    expect(rows()).toBeLessThan(before * 0.75);
    expect([...store.audit()]).toEqual([]);
    for (const c of line) {
      const kept = c.version % 5 === 0 || c.version > 20;
      expect(store.isStored(c.version)).toBe(kept);
      const memory = treeOfLeaves(leavesOf(1, 1000), c.leafCount);
      expect(memory.root).toEqual(hexToBytes(c.root));
      if (!kept) expect(() => store.openAt(c.version)).toThrow(VersionCompactedError);
      else
        for (let n = 1; n < 460; n += 31)
          expect(store.openAt(c.version).prove(leafOf(n).key)).toEqual(memory.prove(leafOf(n).key));
    }
    fill(store, 5, 20);
    expect([...store.audit()]).toEqual([]);
  });

  it("is replaced as a whole by one that was made anew", () => {
    const db = newDatabase();
    const store = new TreeStore(db);
    const line = fill(store, 9, 20);
    const stale = store.open();
    const view = store.openAt(4);
    const tree = new SparseMerkleTree();
    for (const c of line) {
      tree.insertLeaves(leavesOf(tree.size + 1, c.leafCount));
      if (c.version === 5 || c.version > 7) tree.commit(c.version);
    }
    expect(store.replaceAll(tree, line)).toBe("saved");
    expect([...store.all()]).toEqual(line);
    expect([...store.audit(tree)]).toEqual([]);
    expect(line.map((c) => store.isStored(c.version))).toEqual(
      [5, 8, 9].reduce(
        (all, v) => all.with(v - 1, true),
        line.map(() => false),
      ),
    );
    expect(() => view.prove(leafOf(3).key)).toThrow(/rebuilt meanwhile/);
    expect(() => stale.insertLeaves(leavesOf(1000, 1001))).toThrow(TreeMovedError);
    stale.commit();
    expect(store.save(stale, [checkpointAfter(line.at(-1), stale)])).toBe("lost");
    fill(store, 3, 20);
    expect([...store.audit()]).toEqual([]);
  });

  it("lets the first of two writers win, and tells the other", () => {
    const store = new TreeStore(newDatabase());
    const line = fill(store, 3, 10);
    const [a, b] = [store.open(), store.open()];
    for (const tree of [a, b]) {
      tree.insertLeaves(leavesOf(31, 40));
      tree.commit();
    }
    let also = 0;
    expect(store.save(b, [checkpointAfter(line.at(-1), b)], () => also++)).toBe("saved");
    expect(store.save(a, [checkpointAfter(line.at(-1), a)], () => also++)).toBe("lost");
    expect(also).toBe(1);
    expect(() => store.save(a, [checkpointAfter(line.at(-1), a)])).toThrow(TypeError);
    expect([...store.audit()]).toEqual([]);
  });

  it("keeps nothing where the last step fails", () => {
    const db = newDatabase();
    const store = new TreeStore(db);
    fill(store, 3, 10);
    const before = [...store.all()];
    const tree = store.open();
    tree.insertLeaves(leavesOf(31, 30_000));
    tree.commit();
    const refuse = () => {
      throw new Error("no outbox");
    };
    expect(() => store.save(tree, [checkpointAfter(before.at(-1), tree)], refuse)).toThrow("no outbox");
    expect([...store.all()]).toEqual(before);
    fill(store, 1, 10);
    expect([...store.audit()]).toEqual([]);
    expect(db.prepare("SELECT count(*) AS n FROM reserved").get()!.n).toBe(0);
    expect(db.prepare("SELECT count(*) AS n FROM nodes").get()!.n).toBeLessThan(20);
  });

  it("throws on a caller's mistake", () => {
    const store = new TreeStore(newDatabase());
    const line = fill(store, 2, 10);
    const tree = store.open();
    tree.insertLeaves(leavesOf(21, 30));
    tree.commit();
    const good = checkpointAfter(line.at(-1), tree);
    expect(() => store.save(tree, [])).toThrow(RangeError);
    expect(() => store.save(tree, [{ ...good, leafCount: 28 }])).toThrow(RangeError);
    expect(() => store.save(tree, [{ ...good, version: 4 }])).toThrow(RangeError);
    expect(() => store.save(new SparseMerkleTree(), [good])).toThrow(TypeError);
    expect(() => store.save(store.openAt(2), [good])).toThrow(TypeError);
    expect(store.save(tree, [good])).toBe("saved");
    const odd = store.open();
    odd.insert(new Uint8Array([1]), new Uint8Array([2]));
    odd.insert(new Uint8Array([2]), new Uint8Array([2]));
    odd.commit();
    expect(() => store.save(odd, [checkpointAfter(good, odd)])).toThrow(/32 bytes/);
  });
});
