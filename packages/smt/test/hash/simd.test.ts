// Batches hashed in vector lanes give the bytes that hashing one by one gives.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { laneDigest, laneMessage, SIMD_WIDTH, simdHasher } from "../../src/hash/simd.js";
import { SIMD_PAYS_FROM } from "../../src/tree/batch-hash.js";
import { SparseMerkleTree } from "../../src/tree/tree.js";

const sha256 = (...parts: Uint8Array[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

describe("vector lanes", () => {
  const lanes = simdHasher();
  if (lanes === undefined) throw new Error("this Node has WebAssembly vectors: the lanes must be there");

  const put = (m: number, message: Buffer) => {
    for (let i = 0; i < message.length / 4; i++) lanes.words[laneMessage(m) + 4 * i] = message.readInt32BE(4 * i);
  };
  const digest = (m: number) => {
    const bytes = Buffer.alloc(32);
    for (let i = 0; i < 8; i++) bytes.writeInt32BE(lanes.words[laneDigest(m) + 4 * i]!, 4 * i);
    return bytes.toString("hex");
  };

  it("agree with node:crypto on every message of a call, whatever their number", () => {
    const message = fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: SIMD_WIDTH }),
        fc.integer({ min: 0, max: 255 }),
        (all, prefix) => {
          for (const [m, bytes] of all.entries()) put(m, bytes);
          lanes.hash65(prefix, all.length);
          for (const [m, bytes] of all.entries()) expect(digest(m)).toBe(sha256(Buffer.from([prefix]), bytes));
          lanes.hash32(all.length);
          for (const [m, bytes] of all.entries()) expect(digest(m)).toBe(sha256(bytes.subarray(0, 32)));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("a batch that is large enough for lanes", () => {
  const entry = (i: number, odd: boolean): [Uint8Array, Uint8Array] => [
    createHash("sha256")
      .update(`key ${i}`)
      .digest()
      .subarray(0, odd && i % 7 === 0 ? 20 : 32),
    createHash("sha256")
      .update(`value ${i}`)
      .digest()
      .subarray(0, odd && i % 5 === 0 ? 9 : 32),
  ];

  it.each([
    ["of 32-byte keys and values", false, 0, 1_234],
    ["that fills every call", false, 0, 0],
    ["with other lengths among them", true, 0, 1_234],
    ["on top of a tree with versions", true, 3_000, 1_234],
  ])("makes the tree that single inserts make: %s", (_, odd, before, more) => {
    const size = SIMD_PAYS_FROM + more;
    const entries = Array.from({ length: size + before }, (_, i) => entry(i, odd));
    const one = new SparseMerkleTree();
    const many = new SparseMerkleTree();
    // A root now and then, so that this tree is hashed node by node.
    for (const [i, [key, value]] of entries.entries()) {
      one.insert(key, value);
      if (i % 50 === 0) one.root;
    }
    many.insertMany(entries.slice(0, before));
    many.commit();
    const frozen = many.root;
    many.insertMany(entries.slice(before));
    expect(many.size).toBe(one.size);
    expect(many.root).toEqual(one.root);
    expect(many.rootAt(1)).toEqual(frozen);
    for (const i of [0, 35, size - 1]) expect(many.prove(entries[i]![0])).toEqual(one.prove(entries[i]![0]));
  });

  it("is hashed like any other where single inserts made it", () => {
    const entries = Array.from({ length: SIMD_PAYS_FROM }, (_, i) => entry(i, true));
    const one = new SparseMerkleTree();
    const many = new SparseMerkleTree();
    for (const [i, [key, value]] of entries.entries()) {
      one.insert(key, value);
      many.insert(key, value);
      if (i % 50 === 0) one.root;
      if (i % 1000 === 0) expect(many.root).toEqual(one.root);
    }
    expect(many.root).toEqual(one.root);
  });

  it("leaves nothing behind where an entry is refused", () => {
    const entries = Array.from({ length: SIMD_PAYS_FROM }, (_, i) => entry(i, true));
    const tree = new SparseMerkleTree();
    tree.insert(...entry(1, true));
    const root = tree.root;
    expect(() => tree.insertMany([...entries, [entries[3]![0], new Uint8Array(1)]])).toThrow("value");
    expect(() => tree.insertMany([...entries, [new Uint8Array(0), new Uint8Array(1)]])).toThrow("key");
    expect(tree.root).toEqual(root);
    tree.insertMany(entries);
    expect(tree.size).toBe(entries.length);
  });
});
