// The naive model: a list of entries, and everything worked out from it anew by the book, with node:crypto and strings.
import { createHash } from "node:crypto";

export const sha = (...parts: (Uint8Array | string)[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export type Entry = { key: Buffer; value: Buffer };

const empty = Buffer.alloc(32);
const bit = (path: Buffer, depth: number) => (path[depth >> 3]! >> (7 - (depth & 7))) & 1;

interface Hashed {
  path: Buffer;
  valueHash: Buffer;
}

function rootOf(leaves: Hashed[], depth: number): Buffer {
  if (leaves.length === 0) return empty;
  if (leaves.length === 1) return sha("\0", leaves[0]!.path, leaves[0]!.valueHash);
  const side = (turn: number) =>
    rootOf(
      leaves.filter(({ path }) => bit(path, depth) === turn),
      depth + 1,
    );
  return sha("\x01", side(0), side(1));
}

const hashed = (entries: readonly Entry[]): Hashed[] =>
  entries.map(({ key, value }) => ({ path: sha(key), valueHash: sha(value) }));

export function naiveRoot(entries: readonly Entry[]): string {
  return rootOf(hashed(entries), 0).toString("hex");
}

/** The proof of formats.md, section 3, member by member. */
export function naiveProof(entries: readonly Entry[], key: Buffer): object {
  const path = sha(key);
  let here = hashed(entries);
  const root = rootOf(here, 0).toString("hex");
  const siblings: string[] = [];
  const bits: number[] = [];
  let depth = 0;
  while (here.length > 1) {
    const turn = bit(path, depth);
    const sibling = rootOf(
      here.filter((leaf) => bit(leaf.path, depth) !== turn),
      depth + 1,
    );
    bits.push(sibling.equals(empty) ? 0 : 1);
    if (!sibling.equals(empty)) siblings.push(sibling.toString("hex"));
    here = here.filter((leaf) => bit(leaf.path, depth) === turn);
    depth++;
  }
  const bitmap = Buffer.alloc(Math.ceil(depth / 8));
  for (const [i, set] of bits.entries()) bitmap[i >> 3]! |= set << (7 - (i & 7));
  const common = {
    format: "smt-proof/1",
    root,
    key: key.toString("hex"),
    depth,
    bitmap: bitmap.toString("hex"),
    siblings,
  };
  const leaf = here[0];
  if (leaf?.path.equals(path)) {
    const { value } = entries.find((entry) => entry.key.equals(key))!;
    return { ...common, type: "inclusion", value: value.toString("hex") };
  }
  const terminal =
    leaf === undefined ? null : { path: leaf.path.toString("hex"), valueHash: leaf.valueHash.toString("hex") };
  return { ...common, type: "exclusion", terminal };
}
