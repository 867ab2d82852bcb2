// Multiproofs, extensions, binary proofs and ICS23 over random trees: made by the library, told apart by the model.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as confio from "@confio/ics23";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesToHex, hexToBytes } from "../src/formats/hex.js";
import { fromIcs23, toIcs23, verifyIcs23 } from "../src/ics23/index.js";
import {
  decodeProof,
  encodeProof,
  SparseMerkleTree,
  verifyExtension,
  verifyMultiproof,
  verifyProof,
} from "../src/index.js";
import { proveExtension, proveKeys } from "../src/proof/prover.js";
import { modelReader, oracle, treeOf } from "./model.js";

const utf8 = (text: string) => new TextEncoder().encode(text);
const keyOf = (n: number) => utf8(`key ${n}`);
const valueFor = (n: number) => utf8(`value ${n}`);
const entry = (n: number) => [keyOf(n), valueFor(n)] as const;
const numbers = fc.uniqueArray(fc.nat(60), { maxLength: 24 });

function treeWith(members: readonly number[]): SparseMerkleTree {
  const tree = new SparseMerkleTree();
  tree.insertMany(members.map(entry));
  return tree;
}

describe("multiproofs", () => {
  it("prove every asked key, present or absent, and nothing else", () => {
    fc.assert(
      fc.property(numbers, fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 12 }), (members, asked) => {
        const reader = modelReader(treeOf(members.map(entry)));
        const values = new Map(members.map((n) => [bytesToHex(keyOf(n)), valueFor(n)]));
        const proof = proveKeys(reader, asked.map(keyOf), (key) => values.get(bytesToHex(key)));
        const verdict = verifyMultiproof(JSON.parse(JSON.stringify(proof)), { root: reader.hash(reader.root) });
        if (!verdict.ok) throw new Error(verdict.code);
        const names = (list: readonly Uint8Array[]) => list.map(bytesToHex).sort();
        expect(names(verdict.present.map((p) => p.key))).toEqual(
          names(asked.filter((n) => members.includes(n)).map(keyOf)),
        );
        expect(names(verdict.absent)).toEqual(names(asked.filter((n) => !members.includes(n)).map(keyOf)));
        for (const { key, value } of verdict.present) expect(values.get(bytesToHex(key))).toEqual(value);
        expect(treeWith(members).root).toEqual(reader.hash(reader.root));
      }),
      { numRuns: 200 },
    );
  });

  it("refuses a key count out of range as the caller's mistake", () => {
    const reader = modelReader(null);
    expect(() => proveKeys(reader, [], () => undefined)).toThrow(RangeError);
    expect(() => proveKeys(modelReader(treeOf([entry(1)])), [keyOf(1)], () => undefined)).toThrow(RangeError);
  });
});

describe("extension proofs", () => {
  it("join any two versions, and no two trees of which one lost something", () => {
    fc.assert(
      fc.property(numbers, numbers, (older, more) => {
        const before = modelReader(treeOf(older.map(entry)));
        const union = [...new Set([...older, ...more])];
        const after = modelReader(treeOf(union.map(entry)));
        const proof = proveExtension(before, after);
        const ask = { oldRoot: before.hash(before.root), newRoot: after.hash(after.root) };
        expect(verifyExtension(JSON.parse(JSON.stringify(proof)), ask)).toEqual({ ok: true });
        if (union.length > older.length) {
          expect(() => proveExtension(after, before)).toThrow(RangeError);
          expect(verifyExtension(proof, { oldRoot: ask.oldRoot, newRoot: ask.oldRoot }).ok).toBe(false);
        } else expect(proof.nodes).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });

  it("grow with what was added, not with the tree", () => {
    const tree = treeWith(Array.from({ length: 4000 }, (_, i) => i));
    tree.commit();
    tree.insertMany(Array.from({ length: 10 }, (_, i) => entry(10_000 + i)));
    tree.commit();
    const proof = proveExtension(tree.reader(1), tree.reader(2));
    expect(verifyExtension(proof, { oldRoot: tree.rootAt(1), newRoot: tree.rootAt(2) })).toEqual({ ok: true });
    expect(proof.nodes.length).toBeLessThan(10 * 2 * 20);
  });
});

describe("binary proofs", () => {
  it("encodes nothing that is no proof, and says why", () => {
    const { siblings, ...proof } = treeWith([1, 2, 3]).prove(keyOf(1));
    const bad: [unknown, string][] = [
      [null, "not-an-object"],
      [{}, "missing-field"],
      [{ ...proof, siblings: [] }, "sibling-count"],
      [{ ...proof, siblings, depth: 65_537 }, "bad-depth"],
      [{ ...proof, siblings, terminal: null }, "misplaced-field"],
    ];
    for (const [value, code] of bad) expect(() => encodeProof(value as never), code).toThrow(`proof: ${code}`);
  });

  it("are read back as the same proof, and no prefix, suffix or flipped bit is", () => {
    fc.assert(
      fc.property(numbers, fc.nat(60), fc.nat(), (members, n, at) => {
        const tree = treeWith(members);
        const proof = tree.prove(keyOf(n));
        const bytes = encodeProof(proof);
        const ask = { root: tree.root, key: keyOf(n), ...(members.includes(n) ? { value: valueFor(n) } : {}) };
        expect(decodeProof(bytes, ask)).toEqual({ ok: true, proof: JSON.parse(JSON.stringify(proof)) });
        expect(decodeProof(bytes.subarray(0, at % bytes.length), ask).ok).toBe(false);
        expect(decodeProof(Uint8Array.of(...bytes, 0), ask)).toEqual({ ok: false, code: "trailing-bytes" });
        const flipped = bytes.slice();
        flipped[at % bytes.length]! ^= 1 << (at % 8);
        expect(decodeProof(flipped, ask).ok).toBe(false);
        const { value, ...rest } = ask as { value?: Uint8Array } & typeof ask;
        const turned = value === undefined ? { ...rest, value: valueFor(n) } : rest;
        expect(decodeProof(bytes, turned)).toEqual({
          ok: false,
          code: value === undefined ? "wrong-type" : "value-required",
        });
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["", "truncated"],
    ["00", "bad-type"],
    ["04", "bad-type"],
    ["02", "truncated"],
    ["020101", "bad-depth"],
    ["030000", "truncated"],
    ["02000101", "padding-bits"],
    ["02000180", "truncated"],
    ["02000180".padEnd(8 + 64, "0"), "zero-sibling"],
    ["02000100", "not-collapsed"],
    ["020000ff", "trailing-bytes"],
    [`030000${bytesToHex(oracle.path(keyOf(1)))}${"0".repeat(64)}`, "terminal-is-key"],
    [
      `0300018000`.replace("8000", "") +
        bytesToHex(oracle.path(keyOf(1)).map((b, i) => (i ? b : b ^ 0x80))) +
        "0".repeat(64) +
        "80" +
        "1".repeat(64),
      "terminal-prefix",
    ],
  ])("%s: %s", (hex, code) => {
    expect(decodeProof(hexToBytes(hex), { root: new Uint8Array(32), key: keyOf(1) })).toEqual({ ok: false, code });
  });
});

describe("ICS23", () => {
  /** Inclusion proofs of the members nearest to `n` in path order. */
  function around(tree: SparseMerkleTree, members: readonly number[], n: number) {
    const order = (k: number) => bytesToHex(oracle.path(keyOf(k)));
    const sorted = [...members].sort((a, b) => (order(a) < order(b) ? -1 : 1));
    const left = sorted.filter((k) => order(k) < order(n)).at(-1);
    const right = sorted.find((k) => order(k) > order(n));
    return {
      ...(left === undefined ? {} : { left: tree.prove(keyOf(left)) }),
      ...(right === undefined ? {} : { right: tree.prove(keyOf(right)) }),
    };
  }

  it("takes our proofs, membership and non-membership, and no others", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 24 }),
        fc.nat(60),
        fc.nat(),
        (members, n, at) => {
          const tree = treeWith(members);
          const inside = members.includes(n);
          const bytes = toIcs23(tree.prove(keyOf(n)), inside ? {} : around(tree, members, n));
          const ask = { root: tree.root, key: keyOf(n), ...(inside ? { value: valueFor(n) } : {}) };
          expect(verifyIcs23(bytes, ask)).toEqual({ ok: true, type: inside ? "inclusion" : "exclusion" });
          expect(fromIcs23(bytes, ask)).toEqual({ ok: true, proof: tree.prove(keyOf(n)) });
          expect(verifyIcs23(bytes, { ...ask, root: oracle.path(tree.root) }).ok).toBe(false);
          expect(verifyIcs23(bytes, { ...ask, key: keyOf(61) }).ok).toBe(false);
          const flipped = bytes.slice();
          flipped[at % bytes.length]! ^= 1 << (at % 8);
          expect(verifyIcs23(flipped, ask).ok).toBe(false);
          expect(verifyIcs23(bytes.subarray(0, at % bytes.length), ask).ok).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("does not take leaves as neighbours that have another between them", () => {
    const members = Array.from({ length: 20 }, (_, i) => i);
    const tree = treeWith(members);
    const order = (k: number) => bytesToHex(oracle.path(keyOf(k)));
    const sorted = [...members].sort((a, b) => (order(a) < order(b) ? -1 : 1));
    for (let i = 1; i + 1 < sorted.length; i++) {
      const absent = { ...tree.prove(keyOf(99)), key: bytesToHex(keyOf(sorted[i]!)) };
      const [left, right] = [tree.prove(keyOf(sorted[i - 1]!)), tree.prove(keyOf(sorted[i + 1]!))];
      for (const neighbours of [{ left, right }, { left }, { right }])
        expect(verifyIcs23(toIcs23(absent, neighbours), { root: tree.root, key: keyOf(sorted[i]!) })).toEqual({
          ok: false,
          code: "not-neighbours",
        });
    }
    expect(() => toIcs23(tree.prove(keyOf(99)))).toThrow(TypeError);
  });

  it("is taken by another implementation, membership at least", () => {
    // Its own specifications know no sparse tree, so the specification is made by hand. It does not hash keys for comparing,
    // which non-membership here would need.
    const { HashOp, LengthOp } = confio.ics23;
    const spec = confio.ics23.ProofSpec.create({
      leafSpec: {
        hash: HashOp.SHA256,
        prehashKey: HashOp.SHA256,
        prehashValue: HashOp.SHA256,
        length: LengthOp.NO_PREFIX,
        prefix: Uint8Array.of(0),
      },
      innerSpec: {
        childOrder: [0, 1],
        childSize: 32,
        minPrefixLength: 1,
        maxPrefixLength: 1,
        emptyChild: new Uint8Array(32),
        hash: HashOp.SHA256,
      },
      maxDepth: 256,
    });
    const tree = treeWith(Array.from({ length: 50 }, (_, i) => i));
    for (let n = 0; n < 50; n++) {
      const proof = confio.ics23.CommitmentProof.decode(toIcs23(tree.prove(keyOf(n))));
      expect(confio.verifyMembership(proof, spec, tree.root, keyOf(n), valueFor(n))).toBe(true);
      expect(confio.verifyMembership(proof, spec, tree.root, keyOf(n), valueFor(n + 1))).toBe(false);
      // And what it writes is what we read.
      const again = confio.ics23.CommitmentProof.encode(proof).finish();
      expect(verifyIcs23(again, { root: tree.root, key: keyOf(n), value: valueFor(n) }).ok).toBe(true);
    }
  });

  const vectors = fileURLToPath(new URL("../../../../shared/vectors/ics23-smt/", import.meta.url));
  it.skipIf(!existsSync(vectors))(
    "takes every public vector (skipped where they are not beside the repository)",
    () => {
      for (const name of readdirSync(vectors)) {
        const { root, key, value, proof } = JSON.parse(readFileSync(vectors + name, "utf8")) as Record<string, string>;
        const ask = { root: hexToBytes(root!), key: hexToBytes(key!), ...(value ? { value: hexToBytes(value) } : {}) };
        expect(verifyIcs23(hexToBytes(proof!), ask), name).toMatchObject({ ok: true });
        expect(fromIcs23(hexToBytes(proof!), ask), name).toMatchObject({ ok: true });
      }
    },
  );
});

describe("a dishonest builder", () => {
  it("passes ICS23 with both answers about one key, and no native proof with the wrong one", () => {
    // Three leaves A < B < C in path order, all in the left half; B under the right child (formats.md, section 1).
    const lefts = Array.from({ length: 40 }, (_, i) => i).filter((i) => oracle.path(keyOf(i))[0]! < 128);
    const order = (k: number) => bytesToHex(oracle.path(keyOf(k)));
    const [a, b, c] = lefts.sort((x, y) => (order(x) < order(y) ? -1 : 1)) as [number, number, number];
    const leaf = (n: number) => ({ path: oracle.path(keyOf(n)), valueHash: oracle.value(valueFor(n)) });
    const reader = modelReader({ left: { left: leaf(a), right: leaf(c) }, right: leaf(b) });
    const root = reader.hash(reader.root);
    const [la, lc, lb] = [a, c, b].map((n) => bytesToHex(oracle.leaf(leaf(n).path, leaf(n).valueHash)));
    const inner = bytesToHex(oracle.inner(hexToBytes(la!), hexToBytes(lc!)));
    const exist = (n: number, ops: [0 | 1, string][]) => ({ n, ops });
    // Written by hand in protobuf, for our exporter would follow the bits.
    const field = (tag: number, bytes: number[]) =>
      bytes.length < 128
        ? [tag, bytes.length, ...bytes]
        : [tag, (bytes.length & 127) | 128, bytes.length >> 7, ...bytes];
    const bytesOf = ({ n, ops }: ReturnType<typeof exist>) => [
      ...field(0x0a, [...keyOf(n)]),
      ...field(0x12, [...valueFor(n)]),
      ...field(0x1a, [8, 1, 16, 1, 24, 1, 0x2a, 1, 0]),
      ...ops.flatMap(([bit, sibling]) => {
        const s = [...hexToBytes(sibling)];
        return field(0x22, [8, 1, ...field(0x12, bit ? [1, ...s] : [1]), ...(bit ? [] : field(0x1a, s))]);
      }),
    ];
    const member = Uint8Array.from(field(0x0a, bytesOf(exist(b, [[1, inner]]))));
    const leftOf = bytesOf(
      exist(a, [
        [0, lc!],
        [0, lb!],
      ]),
    );
    const rightOf = bytesOf(
      exist(c, [
        [1, la!],
        [0, lb!],
      ]),
    );
    const absent = Uint8Array.from(
      field(0x12, [...field(0x0a, [...oracle.path(keyOf(b))]), ...field(0x12, leftOf), ...field(0x1a, rightOf)]),
    );
    expect(verifyIcs23(member, { root, key: keyOf(b), value: valueFor(b) })).toEqual({ ok: true, type: "inclusion" });
    expect(verifyIcs23(absent, { root, key: keyOf(b) })).toEqual({ ok: true, type: "exclusion" });
    // Read as a native proof, membership is refused: the tree holds b where no walk leads. Absence is what a walk finds.
    expect(fromIcs23(member, { root, key: keyOf(b), value: valueFor(b) })).toEqual({
      ok: false,
      code: "root-mismatch",
    });
    const taken = fromIcs23(absent, { root, key: keyOf(b) });
    if (taken.ok) expect(verifyProof(taken.proof, { root, key: keyOf(b) })).toEqual({ ok: true, type: "exclusion" });
    // The native verifier walks by the bits of b's path, all three of which lead left: b is not there.
    const proof = {
      format: "smt-proof/1" as const,
      type: "inclusion" as const,
      root: bytesToHex(root),
      key: bytesToHex(keyOf(b)),
      value: bytesToHex(valueFor(b)),
      depth: 1,
      bitmap: "80",
      siblings: [inner],
    };
    expect(verifyProof(proof, { root, key: keyOf(b), value: valueFor(b) })).toEqual({
      ok: false,
      code: "root-mismatch",
    });
  });
});
