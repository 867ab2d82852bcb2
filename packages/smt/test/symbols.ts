// Ideal hashes for the exhaustive checks: a hash is a name for what was hashed, so two are equal exactly when their inputs are,
// and the tree behind any root can be read back. Keys choose their paths: key n of `bits` bits has these bits first, then zeros.
import type { TreeHash } from "../src/hash/treehash.js";
import { bit, type ModelNode } from "./model.js";

export interface Symbols {
  hash: TreeHash;
  key(n: number): Uint8Array;
  path(n: number): Uint8Array;
  /** What a leaf holds of value n. */
  valueHash(n: number): Uint8Array;
  /** The hash of a whole tree. */
  of(tree: ModelNode): Uint8Array;
  /** The tree that has this hash, all of it. */
  tree(hash: Uint8Array): ModelNode;
}

/** Bytes as a text, for comparing. */
export const text = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

export function symbols(bits: number): Symbols {
  const names = new Map<string, Uint8Array>();
  const trees = new Map<string, ModelNode>();
  trees.set(text(new Uint8Array(32)), null);

  function name(what: string): Uint8Array {
    const known = names.get(what);
    if (known) return known;
    const symbol = new Uint8Array(32);
    symbol[31] = 1; // never the empty subtree
    new DataView(symbol.buffer).setUint32(0, names.size + 1);
    names.set(what, symbol);
    return symbol;
  }

  const path = (n: number) => {
    const bytes = new Uint8Array(32);
    bytes[0] = n << (8 - bits);
    return bytes;
  };
  const hash: TreeHash = {
    path: (key) => path(key[0]!),
    value: (value) => name(`value ${value[0]}`),
    leaf(p, valueHash) {
      const symbol = name(`leaf ${text(p)}${text(valueHash)}`);
      trees.set(text(symbol), { path: p, valueHash });
      return symbol;
    },
    inner(left, right) {
      const [l, r] = [text(left), text(right)];
      const symbol = name(`inner ${l}${r}`);
      const made = text(symbol);
      if (!trees.has(made) && trees.has(l) && trees.has(r)) {
        trees.set(made, { left: trees.get(l)!, right: trees.get(r)! });
      }
      return symbol;
    },
  };
  const of = (tree: ModelNode): Uint8Array => {
    if (tree === null) return new Uint8Array(32);
    return "path" in tree ? hash.leaf(tree.path, tree.valueHash) : hash.inner(of(tree.left), of(tree.right));
  };
  return {
    hash,
    key: (n) => Uint8Array.of(n),
    path,
    valueHash: (n) => hash.value(Uint8Array.of(n)),
    of,
    tree(symbol) {
      const tree = trees.get(text(symbol));
      if (tree === undefined) throw new Error("a hash of nothing");
      return tree;
    },
  };
}

/** What the bits of a path lead to in any tree, with the sibling beside it. */
export function follow(tree: ModelNode, path: Uint8Array): { end: ModelNode; sibling: ModelNode | undefined } {
  let node = tree;
  let sibling: ModelNode | undefined;
  for (let depth = 0; node !== null && "left" in node; depth++) {
    const right = bit(path, depth) === 1;
    sibling = right ? node.left : node.right;
    node = right ? node.right : node.left;
  }
  return { end: node, sibling };
}

/** The value hash, as a text, that the tree holds for the key with this path, by the bits of the path. */
export function heldAt(tree: ModelNode, path: Uint8Array): string | undefined {
  const { end } = follow(tree, path);
  return end !== null && "path" in end && text(end.path) === text(path) ? text(end.valueHash) : undefined;
}

/** The same, only where a proof can show it: a leaf that stands beside nothing should stand higher. */
export function provableAt(tree: ModelNode, path: Uint8Array): string | undefined {
  return follow(tree, path).sibling === null ? undefined : heldAt(tree, path);
}

/** All trees with leaves out of `leaves` anywhere, right or wrong, and inner nodes at most `levels` deep. */
export function allTrees(leaves: readonly Exclude<ModelNode, null>[], levels: number): ModelNode[] {
  const flat: ModelNode[] = [null, ...leaves];
  if (levels === 0) return flat;
  const below = allTrees(leaves, levels - 1);
  return [...flat, ...below.flatMap((left) => below.map((right) => ({ left, right })))];
}

/** All preorder lists that are whole trees, with these nodes at the ends and inner nodes at most `levels` deep. */
export function* allLists<Node>(ends: readonly Node[], inner: Node, levels: number): Generator<Node[]> {
  for (const end of ends) yield [end];
  if (levels === 0) return;
  const below = [...allLists(ends, inner, levels - 1)];
  for (const left of below) for (const right of below) yield [inner, ...left, ...right];
}
