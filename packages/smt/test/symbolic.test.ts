// Exhaustive in a small scope: every list of nodes over every tree, malformed ones included, with ideal hashes. What the
// verifiers accept is compared with what the tree behind the root really holds. 0 false statements.
import { describe, expect, it } from "vitest";
import { bytesToHex } from "../src/formats/hex.js";
import { type ExtensionNode, proveExtension, verifyExtensionWith } from "../src/proof/extension.js";
import { type MultiproofNode, proveKeysWith, verifyMultiproofWith } from "../src/proof/multiproof.js";
import { type ModelNode, modelReader, wellFormed } from "./model.js";
import { allLists, allTrees, heldAt, provableAt, type Symbols, symbols, text } from "./symbols.js";

const long = Number(process.env.SEALTRAIL_RUNS ?? 0) >= 1_000_000;
const zeros = new Uint8Array(32);

function leavesOf(s: Symbols, paths: number, values: number): Exclude<ModelNode, null>[] {
  return Array.from({ length: paths * values }, (_, i) => ({
    path: s.path(i % paths),
    valueHash: s.valueHash(Math.floor(i / paths)),
  }));
}

type Side = { hash: Uint8Array; single: boolean };

/** Both roots of an extension's nodes, by the rules of section 1 and nothing else: a second hand. */
function rootsOf(
  nodes: readonly ExtensionNode[],
  s: Symbols,
  bytes: (hex: string) => Uint8Array,
): [Uint8Array, Uint8Array] {
  let next = 0;
  const nothing: Side = { hash: zeros, single: false };
  const join = (left: Side, right: Side): Side => {
    if (left === nothing && right === nothing) return nothing;
    if (left === nothing && right.single) return right;
    if (right === nothing && left.single) return left;
    return { hash: s.hash.inner(left.hash, right.hash), single: false };
  };
  const read = (): [Side, Side] => {
    const node = nodes[next++]!;
    if (node[0] === "inner") {
      const left = read();
      const right = read();
      return [join(left[0], right[0]), join(left[1], right[1])];
    }
    if (node[0] === "empty") return [nothing, nothing];
    if (node[0] === "leaf") {
      const side = { hash: s.hash.leaf(bytes(node[1]), bytes(node[2])), single: true };
      return [side, side];
    }
    const side = { hash: bytes(node[1]), single: false };
    return node[0] === "same" ? [side, side] : [nothing, side];
  };
  const [older, newer] = read();
  return [older.hash, newer.hash];
}

describe("extension proofs, exhaustively", () => {
  function check(paths: number, subtrees: ModelNode[], s: Symbols, values: number, levels: number) {
    const cache = new Map<string, Uint8Array>();
    const hexOf = (b: Uint8Array) => {
      const hex = bytesToHex(b);
      cache.set(hex, b);
      return hex;
    };
    const hashes = subtrees.filter((tree) => tree !== null).map((tree) => hexOf(s.of(tree)));
    const ends: ExtensionNode[] = [
      ["empty"],
      ...leavesOf(s, paths, values).map(
        (l) =>
          [
            "leaf",
            hexOf((l as { path: Uint8Array }).path),
            hexOf((l as { valueHash: Uint8Array }).valueHash),
          ] as ExtensionNode,
      ),
      ...hashes.flatMap((h): ExtensionNode[] => [
        ["same", h],
        ["added", h],
      ]),
    ];
    let lists = 0;
    let accepted = 0;
    const falseOnes: string[] = [];
    for (const nodes of allLists<ExtensionNode>(ends, ["inner"], levels)) {
      lists++;
      const [oldRoot, newRoot] = rootsOf(nodes, s, (hex) => cache.get(hex)!);
      const proof = { format: "smt-extension/1", oldRoot: bytesToHex(oldRoot), newRoot: bytesToHex(newRoot), nodes };
      const verdict = verifyExtensionWith(s.hash, proof, { oldRoot, newRoot });
      if (!verdict.ok) {
        // Else the second hand folds otherwise, and acceptances under other roots would go unseen.
        if (verdict.code.endsWith("root-mismatch")) throw new Error(`folds otherwise: ${JSON.stringify(nodes)}`);
        continue;
      }
      accepted++;
      const [older, newer] = [s.tree(oldRoot), s.tree(newRoot)];
      for (let n = 0; n < paths; n++) {
        const held = provableAt(older, s.path(n));
        if (held !== undefined && provableAt(newer, s.path(n)) !== held) falseOnes.push(JSON.stringify(nodes));
      }
    }
    return { lists, accepted, falseOnes };
  }

  it("accept nothing under which an inclusion is lost: two levels over all trees of one", () => {
    const s = symbols(1);
    const trees = allTrees(leavesOf(s, 2, 1), 1).filter((_, i) => long || i < 4 || i % 3 === 0);
    const report = check(2, trees, s, 1, 2);
    expect(report.falseOnes).toEqual([]);
    expect(report.accepted).toBeGreaterThan(100);
    console.info(`extension, 2 paths: ${report.lists} lists, ${report.accepted} accepted, 0 false`);
  });

  it("accept nothing under which an inclusion is lost: one level over all trees of one, two bits, two values", () => {
    const s = symbols(2);
    const report = check(4, allTrees(leavesOf(s, 4, 2), 1), s, 2, 1);
    expect(report.falseOnes).toEqual([]);
    expect(report.accepted).toBeGreaterThan(1000);
    console.info(`extension, 4 paths, 2 values: ${report.lists} lists, ${report.accepted} accepted, 0 false`);
  });

  it("accept nothing under which an inclusion is lost: two levels and two bits over a few trees, malformed ones too", () => {
    const s = symbols(2);
    const leaves = leavesOf(s, 4, 1);
    const trees: ModelNode[] = [
      ...leaves.slice(0, long ? 4 : 3),
      { left: leaves[1]!, right: leaves[0]! },
      { left: leaves[3]!, right: null },
    ];
    const report = check(4, trees, s, 1, 2);
    expect(report.falseOnes).toEqual([]);
    expect(report.accepted).toBeGreaterThan(1000);
    console.info(`extension, 4 paths, 2 levels: ${report.lists} lists, ${report.accepted} accepted, 0 false`);
  });

  it("would be found out if a leaf's hash forgot its path", () => {
    const s = symbols(1);
    const forgetful = { ...s, hash: { ...s.hash, leaf: (_: Uint8Array, v: Uint8Array) => s.hash.leaf(s.path(0), v) } };
    expect(check(2, leavesOf(s, 2, 1), forgetful, 1, 1).falseOnes.length).toBeGreaterThan(0);
  });

  it("exist for every two well-formed trees of which the newer lacks nothing, and for no others", () => {
    const s = symbols(3);
    let pairs = 0;
    // Each of eight paths: in neither, in the newer only, in both, or in both with another value.
    const states = long ? 4 : 3;
    for (let code = 0; code < states ** 8; code++) {
      const state = Array.from({ length: 8 }, (_, n) => Math.floor(code / states ** n) % states);
      const leaf = (n: number, value: number) => ({ path: s.path(n), valueHash: s.valueHash(value) });
      const older = state.flatMap((k, n) => (k >= 2 ? [leaf(n, 0)] : []));
      const newer = state.flatMap((k, n) => (k === 0 ? [] : [leaf(n, k === 3 ? 1 : 0)]));
      const [a, b] = [modelReader(wellFormed(older), s.hash), modelReader(wellFormed(newer), s.hash)];
      if (state.includes(3)) {
        expect(() => proveExtension(a, b)).toThrow(RangeError);
        continue;
      }
      pairs++;
      const ask = { oldRoot: a.hash(a.root), newRoot: b.hash(b.root) };
      if (!verifyExtensionWith(s.hash, proveExtension(a, b), ask).ok) throw new Error(`none for ${state}`);
    }
    expect(pairs).toBe(3 ** 8);
  });
});

describe("multiproofs, exhaustively", () => {
  function check(bits: number, hidden: (s: Symbols) => ModelNode[], levels: number, maxKeys: number) {
    const s = symbols(bits);
    const paths = 1 << bits;
    const cache = new Map<string, Uint8Array>();
    const hexOf = (b: Uint8Array) => {
      const hex = bytesToHex(b);
      cache.set(hex, b);
      return hex;
    };
    let lists = 0;
    let accepted = 0;
    const falseOnes: string[] = [];
    // Each path: not asked about, claimed absent, claimed present.
    for (let code = 1; code < 3 ** paths; code++) {
      const claims = Array.from({ length: paths }, (_, n) => Math.floor(code / 3 ** n) % 3);
      const asked = claims.flatMap((claim, n) => (claim === 0 ? [] : [{ n, value: claim === 2 }]));
      if (asked.length > maxKeys) continue;
      const keys = asked.map(({ n, value }) => ({ key: bytesToHex(s.key(n)), ...(value ? { value: "00" } : {}) }));
      const ends: MultiproofNode[] = [
        ["empty"],
        ...keys.map((_, i): MultiproofNode => ["leaf", i]),
        ...Array.from({ length: paths }, (_, n): MultiproofNode => ["other", hexOf(s.path(n)), hexOf(s.valueHash(0))]),
        ...hidden(s).map((tree): MultiproofNode => ["hash", hexOf(s.of(tree))]),
      ];
      for (const nodes of allLists<MultiproofNode>(ends, ["inner"], levels)) {
        lists++;
        let next = 0;
        const read = (): Uint8Array => {
          const node = nodes[next++]!;
          if (node[0] === "inner") {
            const left = read();
            return s.hash.inner(left, read());
          }
          if (node[0] === "empty") return zeros;
          if (node[0] === "hash") return cache.get(node[1])!;
          if (node[0] === "other") return s.hash.leaf(cache.get(node[1])!, cache.get(node[2])!);
          return s.hash.leaf(s.path(asked[node[1]]!.n), s.valueHash(0));
        };
        const root = read();
        const verdict = verifyMultiproofWith(
          s.hash,
          { format: "smt-multiproof/1", root: bytesToHex(root), keys, nodes },
          { root },
        );
        if (!verdict.ok) {
          if (verdict.code === "root-mismatch") throw new Error(`folds otherwise: ${JSON.stringify(nodes)}`);
          continue;
        }
        accepted++;
        const tree = s.tree(root);
        const wrong =
          verdict.present.some(({ key }) => heldAt(tree, s.path(key[0]!)) !== text(s.valueHash(0))) ||
          verdict.absent.some((key) => heldAt(tree, s.path(key[0]!)) !== undefined);
        if (wrong) falseOnes.push(JSON.stringify({ keys, nodes }));
      }
    }
    return { lists, accepted, falseOnes };
  }

  it("say nothing false: two levels, four paths, any two of them asked about", () => {
    const report = check(
      2,
      (s) => [
        { path: s.path(0), valueHash: s.valueHash(0) },
        { left: { path: s.path(1), valueHash: s.valueHash(0) }, right: { path: s.path(0), valueHash: s.valueHash(0) } },
      ],
      2,
      long ? 4 : 2,
    );
    expect(report.falseOnes).toEqual([]);
    expect(report.accepted).toBeGreaterThan(300);
    console.info(`multiproof, 4 paths: ${report.lists} lists, ${report.accepted} accepted, 0 false`);
  });

  it("say nothing false: one level, two paths, over all trees of one level", () => {
    const report = check(1, (s) => allTrees(leavesOf(s, 2, 1), 1).filter((tree) => tree !== null), 1, 2);
    expect(report.falseOnes).toEqual([]);
    expect(report.accepted).toBeGreaterThan(10);
    console.info(`multiproof, 2 paths: ${report.lists} lists, ${report.accepted} accepted, 0 false`);
  });

  it("exist for every well-formed tree and every set of keys", () => {
    const s = symbols(3);
    let made = 0;
    for (let members = 0; members < 256; members++) {
      const inside = (n: number) => ((members >> n) & 1) === 1;
      const leaves = Array.from({ length: 8 }, (_, n) => n).filter(inside);
      const reader = modelReader(
        wellFormed(leaves.map((n) => ({ path: s.path(n), valueHash: s.valueHash(0) }))),
        s.hash,
      );
      for (let asked = 1; asked < 256; asked += long ? 1 : 7) {
        const keys = Array.from({ length: 8 }, (_, n) => n).filter((n) => (asked >> n) & 1);
        const proof = proveKeysWith(s.hash, reader, keys.map(s.key), (key) =>
          inside(key[0]!) ? Uint8Array.of(0) : undefined,
        );
        const verdict = verifyMultiproofWith(s.hash, proof, { root: reader.hash(reader.root) });
        if (!verdict.ok) throw new Error(`${members} ${asked}: ${verdict.code}`);
        expect(verdict.present.length).toBe(keys.filter(inside).length);
        made++;
      }
    }
    expect(made).toBeGreaterThan(9000);
  });
});
