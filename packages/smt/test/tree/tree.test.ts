// The tree against a naive model, against Fuel's, and at its edges.
import { createHash } from "node:crypto";
import { SparseMerkleTree as FuelTree } from "@fuel-ts/merkle";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SparseMerkleTree, TreeFullError, ValueConflictError, verifyProof } from "../../src/index.js";
import { modelReader, oracle, treeOf } from "../model.js";

const sha = (message: Uint8Array | string) => new Uint8Array(createHash("sha256").update(message).digest());
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Keys of two bytes whose paths differ in few bits, far down: what no hash gives, and what a grinder could come near to. */
function crowded(message: Uint8Array | string): Uint8Array {
  if (typeof message === "string" || message.length !== 2) return sha(message);
  const path = new Uint8Array(32);
  path[message[0]! & 31] = message[1]!;
  path[31]! ^= message[0]! >> 5;
  return path;
}

const key = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fc.uint8Array({ minLength: 2, maxLength: 2 }),
  fc.uint8Array({ minLength: 1, maxLength: 40 }),
);
const value = fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ minLength: 3, maxLength: 40 }));
type Entry = [Uint8Array, Uint8Array];
const entries = fc.array(fc.tuple(key, value) as fc.Arbitrary<Entry>, { maxLength: 40 });
const step = fc.oneof(
  { weight: 4, arbitrary: entries.map((many) => ({ do: "one by one" as const, many })) },
  { weight: 4, arbitrary: entries.map((many) => ({ do: "batch" as const, many })) },
  { weight: 2, arbitrary: fc.constant({ do: "commit" as const, many: [] as Entry[] }) },
  { weight: 1, arbitrary: fc.constant({ do: "root" as const, many: [] as Entry[] }) },
);

describe("a sparse Merkle tree", () => {
  it("agrees with the naive model, whatever comes in whatever order and size", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.boolean(), (steps, tight) => {
        const hash = tight ? crowded : sha;
        const tree = new SparseMerkleTree({ hash });
        const rules = { ...oracle, path: hash };
        const known = new Map<string, Entry>();
        const versions: { root: string; size: number; entries: Entry[] }[] = [];
        const rootOf = (all: Entry[]) => {
          const reader = modelReader(treeOf(all, rules), rules);
          return hex(reader.hash(reader.root));
        };
        for (const { do: what, many } of steps) {
          // One entry a path: of a key that is there, and of two keys with one path, the model keeps the first.
          const before = new Set(known.keys());
          const fresh = many.filter(([k, v], i) => {
            const path = hex(hash(k));
            if (known.has(path)) {
              if (hex(known.get(path)![1]) === hex(v)) return true;
              if (!before.has(path)) {
                // The one that it differs from comes with the same entries: together they are refused, and none stays.
                expect(() => tree.insertMany(many.slice(0, i + 1))).toThrow(ValueConflictError);
                return false;
              }
              expect(() => tree.insert(k, v)).toThrow(ValueConflictError);
              expect(() =>
                tree.insertMany([
                  [sha("other"), v],
                  [k, v],
                ]),
              ).toThrow(ValueConflictError);
              return false;
            }
            known.set(path, [k, v]);
            return true;
          });
          if (what === "batch") tree.insertMany(fresh);
          else for (const [k, v] of fresh) tree.insert(k, v);
          if (what === "root") expect(hex(tree.root)).toBe(rootOf([...known.values()]));
          if (what === "commit") {
            expect(tree.commit()).toBe(versions.length + 1);
            versions.push({ root: rootOf([...known.values()]), size: known.size, entries: [...known.values()] });
          }
          expect(tree.size).toBe(known.size);
        }
        expect(hex(tree.root)).toBe(rootOf([...known.values()]));
        for (const [i, version] of versions.entries()) {
          expect(hex(tree.rootAt(i + 1))).toBe(version.root);
          expect(tree.sizeAt(i + 1)).toBe(version.size);
          const root = tree.rootAt(i + 1);
          for (const [k, v] of version.entries.slice(-3)) {
            expect(tree.find(k, i + 1)?.value).toEqual(v);
            const proof = tree.prove(k, i + 1);
            expect(proof.type).toBe("inclusion");
            if (!tight) expect(verifyProof(proof, { root, key: k, value: v })).toEqual({ ok: true, type: "inclusion" });
          }
          const later = [...known.values()].slice(version.entries.length, version.entries.length + 3);
          for (const [k] of later) {
            expect(tree.find(k, i + 1)).toBeUndefined();
            const proof = tree.prove(k, i + 1);
            expect(proof.type).toBe("exclusion");
            if (!tight) expect(verifyProof(proof, { root, key: k })).toEqual({ ok: true, type: "exclusion" });
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it("has the roots of Fuel's sparse tree", () => {
    const fuel = new FuelTree();
    const tree = new SparseMerkleTree();
    for (let n = 0; n < 60; n++) {
      const [k, v] = [sha(`k${n}`), sha(`v${n}`)];
      fuel.update(`0x${hex(sha(k))}`, `0x${hex(v)}`);
      tree.insert(k, v);
      expect(`0x${hex(tree.root)}`).toBe(fuel.root);
    }
  });

  it("comes out the same in one batch, in many and one by one", () => {
    const all = Array.from({ length: 5000 }, (_, n): Entry => [sha(`k${n}`), sha(`v${n}`)]);
    const one = new SparseMerkleTree();
    for (const [k, v] of all) one.insert(k, v);
    const batch = new SparseMerkleTree();
    batch.insertMany(all.toReversed());
    const many = new SparseMerkleTree();
    for (let at = 0; at < all.length; at += 617) {
      many.insertMany(new Set(all.slice(at, at + 617)));
      many.commit();
      batch.insertMany(all.slice(at, at + 100));
    }
    expect(batch.root).toEqual(one.root);
    expect(many.root).toEqual(one.root);
    expect([batch.size, many.size]).toEqual([5000, 5000]);
    expect(many.prove(sha("k77"))).toEqual(one.prove(sha("k77")));
  });

  it("keeps each leaf's tag, the first one where the leaf comes again", () => {
    const tree = new SparseMerkleTree();
    const leaf = (n: number, tag: number) => ({ key: sha(`k${n}`), value: sha("v"), tag });
    tree.insertLeaves([leaf(1, 7), leaf(2, 2 ** 53 - 1), leaf(1, 9)]);
    tree.insertLeaves([leaf(2, 1), leaf(3, 0)]);
    expect([1, 2, 3].map((n) => tree.find(sha(`k${n}`))?.tag)).toEqual([7, 2 ** 53 - 1, 0]);
    expect(tree.size).toBe(3);
    for (const tag of [-1, 0.5, 2 ** 53]) expect(() => tree.insertLeaves([leaf(4, tag)])).toThrow(/^tag/);
  });

  it("adds nothing of a batch that it refuses", () => {
    const tree = new SparseMerkleTree();
    tree.insertMany([[sha("a"), sha("1")]]);
    const before = tree.root;
    const refused: [string, Iterable<Entry>][] = [
      [
        "another value",
        [
          [sha("b"), sha("1")],
          [sha("a"), sha("2")],
        ],
      ],
      [
        "two values",
        [
          [sha("b"), sha("1")],
          [sha("b"), sha("2")],
        ],
      ],
      [
        "an empty key",
        [
          [sha("b"), sha("1")],
          [new Uint8Array(0), sha("2")],
        ],
      ],
      [
        "a long value",
        [
          [sha("b"), sha("1")],
          [sha("c"), new Uint8Array(65_537)],
        ],
      ],
      [
        "no bytes",
        [
          [sha("b"), sha("1")],
          ["c" as unknown as Uint8Array, sha("1")],
        ],
      ],
    ];
    for (const [, batch] of refused) expect(() => tree.insertMany(batch)).toThrow(/key|value/);
    expect(() =>
      tree.insertMany(
        (function* (): Generator<Entry> {
          yield [sha("b"), sha("1")];
          throw new Error("source broke");
        })(),
      ),
    ).toThrow("source broke");
    expect(tree.size).toBe(1);
    expect(tree.root).toEqual(before);
    tree.insertMany([[sha("b"), sha("9")]]);
    expect(tree.find(sha("b"))?.value).toEqual(sha("9"));
  });

  it("refuses a batch that uses the tree while it is being read", () => {
    const tree = new SparseMerkleTree();
    function* entries(): Generator<Entry> {
      yield [sha("a"), sha("1")];
      tree.insert(sha("b"), sha("1"));
    }
    expect(() => tree.insertMany(entries())).toThrow(/^entries/);
    expect(tree.size).toBe(1);
    tree.insertMany(["c", "d"].map((name): Entry => [sha(name), sha("1")]));
    const other = new SparseMerkleTree();
    other.insertMany(["b", "c", "d"].map((name): Entry => [sha(name), sha("1")]));
    expect(tree.root).toEqual(other.root);
  });

  it("tells a value from another whose hash it is", () => {
    const tree = new SparseMerkleTree();
    tree.insert(sha("a"), new Uint8Array([1]));
    expect(() => tree.insert(sha("a"), sha(new Uint8Array([1])))).toThrow(ValueConflictError);
    tree.insert(sha("a"), new Uint8Array([1]));
    expect(tree.find(sha("a"))?.value).toEqual(new Uint8Array([1]));
  });

  it("does not grow over maxTreeSize, and loses nothing when it would", () => {
    const tree = new SparseMerkleTree({ maxTreeSize: 3 });
    tree.insertMany([
      [sha("a"), sha("1")],
      [sha("b"), sha("1")],
    ]);
    expect(() =>
      tree.insertMany([
        [sha("c"), sha("1")],
        [sha("d"), sha("1")],
      ]),
    ).toThrow(TreeFullError);
    expect(tree.size).toBe(2);
    tree.insertMany([
      [sha("a"), sha("1")],
      [sha("c"), sha("1")],
      [sha("c"), sha("1")],
    ]);
    tree.insert(sha("b"), sha("1"));
    expect(() => tree.insert(sha("d"), sha("1"))).toThrow("the tree may hold 3 leaves, this would make 4");
    expect(tree.size).toBe(3);
  });

  it("commits what is there, under the next number or a greater one", () => {
    const tree = new SparseMerkleTree();
    expect(tree.version).toBe(0);
    expect(tree.rootAt(0)).toEqual(new Uint8Array(32));
    expect(tree.commit()).toBe(1);
    tree.insert(sha("a"), sha("1"));
    expect(tree.commit(9)).toBe(9);
    for (const version of [9, 3, 9.5, Number.NaN]) expect(() => tree.commit(version)).toThrow(RangeError);
    expect(() => tree.rootAt(4)).toThrow(/no version 4/);
    expect(() => tree.prove(sha("a"), 4)).toThrow(/no version 4/);
    expect(tree.sizeAt(1)).toBe(0);
  });
});
