// Roots and siblings that another implementation of this hashing made (foreign/smt-roots.json), against our tree.
import { readFileSync } from "node:fs";
import { bytesToHex, hexToBytes, SparseMerkleTree, verifyProof } from "@sealtrail/smt";
import { expect, test } from "vitest";

interface Side {
  key: string;
  siblingsFromRoot: string[];
  terminalLeaf?: { path: string; valueHash: string } | null;
}

interface RootCase {
  entries: [key: string, value: string][];
  root: string;
  present: Side | null;
  absent: Side | null;
}

const { cases } = JSON.parse(readFileSync(new URL("foreign/smt-roots.json", import.meta.url), "utf8")) as {
  cases: RootCase[];
};
const empty = "0".repeat(64);

test.each(cases.map((of) => [of.entries.length, of] as const))("a tree of %i entries", (_, of) => {
  const entries = of.entries.map(([key, value]) => [hexToBytes(key), hexToBytes(value)] as const);
  const tree = new SparseMerkleTree();
  for (const [key, value] of entries) tree.insert(key, value);
  expect(bytesToHex(tree.root)).toBe(of.root);
  const batch = new SparseMerkleTree();
  batch.insertMany(entries.toReversed());
  expect(bytesToHex(batch.root)).toBe(of.root);

  for (const side of [of.present, of.absent]) {
    if (side === null) continue;
    const proof = JSON.parse(JSON.stringify(tree.prove(hexToBytes(side.key))));
    const bits = hexToBytes(proof.bitmap);
    const rest = [...proof.siblings];
    const siblings = side.siblingsFromRoot.map((_, level) =>
      bits[level >> 3]! & (128 >> (level & 7)) ? rest.shift() : empty,
    );
    expect(proof.depth).toBe(side.siblingsFromRoot.length);
    expect(siblings).toEqual(side.siblingsFromRoot);
    expect(proof.type).toBe(side === of.present ? "inclusion" : "exclusion");
    if (side === of.absent) expect(proof.terminal).toEqual(side.terminalLeaf ?? null);
    const value = of.entries.find(([key]) => key === side.key)?.[1];
    const ask = { key: hexToBytes(side.key), ...(value === undefined ? {} : { value: hexToBytes(value) }) };
    expect(verifyProof(proof, { root: hexToBytes(of.root), ...ask }).ok).toBe(true);
    const other = hexToBytes(of.root);
    other[5]! ^= 1;
    expect(verifyProof(proof, { root: other, ...ask }).ok).toBe(false);
  }
});
