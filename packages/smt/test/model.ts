// A naive tree of pointers: the model that the proofs are tested against, also of trees that no honest builder would make
// (leaves in wrong places, nothing collapsed). Slow and plain on purpose.
import { createHash } from "node:crypto";
import type { TreeHash } from "../src/hash/treehash.js";
import type { ReadNodes } from "../src/proof/nodes.js";

export type ModelNode = null | { path: Uint8Array; valueHash: Uint8Array } | { left: ModelNode; right: ModelNode };

const sha = (...parts: Uint8Array[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** The tree's hashes by node:crypto: another implementation than the one under test. */
export const oracle: TreeHash = {
  path: (key) => sha(key),
  value: (value) => sha(value),
  leaf: (path, valueHash) => sha(Uint8Array.of(0), path, valueHash),
  inner: (left, right) => sha(Uint8Array.of(1), left, right),
};

export const bit = (path: Uint8Array, depth: number) => (path[depth >> 3]! >> (7 - (depth % 8))) & 1;

/** The one well-formed tree with these leaves (distinct paths). */
export function wellFormed(leaves: readonly { path: Uint8Array; valueHash: Uint8Array }[], depth = 0): ModelNode {
  if (leaves.length === 0) return null;
  if (leaves.length === 1) return leaves[0]!;
  return {
    left: wellFormed(
      leaves.filter((leaf) => bit(leaf.path, depth) === 0),
      depth + 1,
    ),
    right: wellFormed(
      leaves.filter((leaf) => bit(leaf.path, depth) === 1),
      depth + 1,
    ),
  };
}

export function treeOf(entries: Iterable<readonly [Uint8Array, Uint8Array]>, hash: TreeHash = oracle): ModelNode {
  return wellFormed([...entries].map(([key, value]) => ({ path: hash.path(key), valueHash: hash.value(value) })));
}

/** Any tree, read as the library reads its own. */
export function modelReader(tree: ModelNode, hash: TreeHash = oracle): ReadNodes {
  const nodes: Exclude<ModelNode, null>[] = [];
  const refs = new Map<ModelNode, number>([[null, 0]]);
  const hashes: Uint8Array[] = [new Uint8Array(32)];
  const enter = (node: ModelNode): number => {
    const known = refs.get(node);
    if (known !== undefined) return known;
    const digest =
      "path" in node!
        ? hash.leaf(node.path, node.valueHash)
        : hash.inner(hashes[enter(node!.left)]!, hashes[enter(node!.right)]!);
    nodes.push(node!);
    refs.set(node, nodes.length);
    hashes.push(digest);
    return nodes.length;
  };
  const leaf = (ref: number) => nodes[ref - 1] as { path: Uint8Array; valueHash: Uint8Array };
  const inner = (ref: number) => nodes[ref - 1] as { left: ModelNode; right: ModelNode };
  return {
    root: enter(tree),
    isLeaf: (ref) => "path" in nodes[ref - 1]!,
    left: (ref) => refs.get(inner(ref).left)!,
    right: (ref) => refs.get(inner(ref).right)!,
    hash: (ref) => hashes[ref]!,
    path: (ref) => leaf(ref).path,
    valueHash: (ref) => leaf(ref).valueHash,
  };
}

/** What a walk along the path's bits meets, with the siblings on the way: the truth about a key, in any tree. */
export function walk(reader: ReadNodes, path: Uint8Array): { depth: number; siblings: Uint8Array[]; end: number } {
  const siblings: Uint8Array[] = [];
  let ref = reader.root;
  let depth = 0;
  while (ref !== 0 && !reader.isLeaf(ref)) {
    const right = bit(path, depth++) === 1;
    siblings.push(reader.hash(right ? reader.left(ref) : reader.right(ref)));
    ref = right ? reader.right(ref) : reader.left(ref);
  }
  return { depth, siblings, end: ref };
}
