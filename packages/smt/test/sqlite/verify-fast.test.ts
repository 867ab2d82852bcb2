// The quick pass over stored nodes and the walk from the roots say the same, of whatever was done to the rows.
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.js";
import { auditTree, type TreeFinding, walkTree } from "../../src/sqlite/audit.js";
import { TreeStore } from "../../src/sqlite/store.js";
import { SparseMerkleTree } from "../../src/tree/tree.js";
import { checkpointAfter, leavesOf, newDatabase } from "./line.js";

const db = newDatabase();
const log = new SparseMerkleTree();

beforeAll(() => {
  const store = new TreeStore(db);
  const line: Checkpoint[] = [];
  for (let k = 0; k < 12; k++) {
    const tree = store.open();
    tree.insertLeaves(leavesOf(tree.size + 1, tree.size + 30));
    tree.commit();
    line.push(checkpointAfter(line.at(-1), tree, k >> 2));
    store.save(tree, line.slice(-1));
  }
  store.compact([0]);
  log.insertLeaves(leavesOf(1, 360));
});

it("a sound tree is found so without a walk", () => {
  const asked: string[] = [];
  const { prepare } = db;
  db.prepare = (sql) => {
    asked.push(sql);
    return prepare.call(db, sql);
  };
  expect([...auditTree(db, log)]).toEqual([]);
  expect([...auditTree(db)]).toEqual([]);
  db.prepare = prepare;
  expect(asked.filter((sql) => sql.includes("WHERE chunk = ?"))).toEqual([]);
});

it("one that is not is walked, and every change of a row is told as the walk tells it", () => {
  const chunks = db.prepare("SELECT chunk, length(data) AS bytes FROM nodes").all();
  const versions = db.prepare("SELECT version FROM checkpoints").all();
  const change = fc.record({
    what: fc.constantFrom("byte", "id", "cut", "longer", "gone", "twice", "present", "root", "unlinked", "reserved"),
    row: fc.nat(),
    at: fc.nat(),
    to: fc.integer({ min: 1, max: 255 }),
  });
  let told = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      db.exec("SAVEPOINT s");
      for (const { what, row, at, to } of changes) {
        const { chunk, bytes } = chunks[row % chunks.length] as { chunk: number; bytes: number };
        const { version } = versions[row % versions.length] as { version: number };
        const data = db.prepare("SELECT data FROM nodes WHERE chunk = ?").get(chunk)?.data as Uint8Array | undefined;
        const set = (changed: Uint8Array) =>
          db.prepare("UPDATE nodes SET data = ? WHERE chunk = ?").run(changed, chunk);
        const offset = at % bytes;
        if (data === undefined) continue;
        if (what === "byte" && offset < data.length) set(data.with(offset, data[offset]! ^ to));
        // The first eight bytes of an inner node are covered by no hash.
        if (what === "id" && offset < data.length) set(data.with(offset - (offset % 72) + (at % 8), to));
        if (what === "cut") set(data.slice(0, offset));
        if (what === "longer") set(Buffer.concat([data, new Uint8Array(72)]));
        if (what === "gone") db.prepare("DELETE FROM nodes WHERE chunk = ?").run(chunk);
        if (what === "twice") db.prepare("INSERT OR IGNORE INTO nodes VALUES (?, NULL, ?)").run(chunk + 1_000, data);
        if (what === "present") {
          const present = new Uint8Array(7).fill(255);
          present[at % 7]! ^= to;
          db.prepare("UPDATE nodes SET present = ? WHERE chunk = ?").run(present, chunk);
        }
        if (what === "root")
          db.prepare("UPDATE checkpoints SET rootNode = rootNode - ? WHERE version = ?").run(to, version);
        if (what === "unlinked") db.prepare("UPDATE checkpoints SET rootNode = NULL WHERE version = ?").run(version);
        if (what === "reserved")
          db.prepare("INSERT OR IGNORE INTO reserved VALUES (?, ?, 0)").run(chunk, chunk + (at % 9));
      }
      const ofNodes = (findings: Iterable<TreeFinding>) => [...findings].filter((f) => f.kind !== "tree-bookkeeping");
      const expected = ofNodes(walkTree(db, log));
      if (expected.length > 0) told++;
      expect(ofNodes(auditTree(db, log))).toEqual(expected);
      expect(ofNodes(auditTree(db))).toEqual(ofNodes(walkTree(db)));
      db.exec("ROLLBACK TO s; RELEASE s");
    }),
    { numRuns: 120 },
  );
  expect(told).toBeGreaterThan(40);
});
