// That a newer tree holds everything an older one held, unchanged (formats.md, section 4): one pruned tree that folds to both
// roots. It shows set inclusion, nothing about when or in which order the new leaves came.
import type { ExtensionCode } from "../codes.js";
import { bytesToHex } from "../formats/hex.js";
import { checkHex, checkShape } from "../formats/shape.js";
import type { Limits } from "../formats/strict.js";
import { EMPTY, type TreeHash, treeHash } from "../hash/treehash.js";
import { bitAt, equalBytes, isEmpty, Position } from "./bits.js";
import { asVerdict, hash32, kindOf, MAX_DEPTH, MAX_NODES, type ReadNodes, refuse, rootArgument } from "./nodes.js";

export type ExtensionNode =
  | ["same", string]
  | ["leaf", path: string, valueHash: string]
  | ["added", string]
  | ["empty"]
  | ["inner"];

/** Shows that a newer tree holds every entry of an older one: `smt-extension/1`, as JSON. @public */
export interface ExtensionProof {
  format: "smt-extension/1";
  /** Hex. */
  oldRoot: string;
  newRoot: string;
  /** In preorder. */
  nodes: ExtensionNode[];
}

/** What `verifyExtension` found. @public */
export type ExtensionVerdict = { ok: true } | { ok: false; code: ExtensionCode };

const arities = { same: 2, leaf: 3, added: 2, empty: 1, inner: 1 } as const;

/**
 * The extension proof between two versions, also of two readers with nothing in common. Throws RangeError where the newer
 * tree lacks something that the older one held: then there is none.
 */
export function proveExtension(older: ReadNodes, newer: ReadNodes): ExtensionProof {
  const nodes: ExtensionNode[] = [];

  function write(o: number, n: number, depth: number): void {
    if (o === 0) {
      nodes.push(n === 0 ? ["empty"] : ["added", bytesToHex(newer.hash(n))]);
      return;
    }
    const unchanged = n !== 0 && equalBytes(older.hash(o), newer.hash(n));
    const oldLeaf = older.isLeaf(o);
    if (unchanged) {
      if (oldLeaf) nodes.push(["leaf", bytesToHex(older.path(o)), bytesToHex(older.valueHash(o))]);
      else nodes.push(["same", bytesToHex(older.hash(o))]);
      return;
    }
    if (n === 0 || newer.isLeaf(n)) throw new RangeError("newer: does not hold everything that the older tree held");
    nodes.push(["inner"]);
    // A lone leaf of the older tree sinks to where the newer tree has it.
    const right = oldLeaf && bitAt(older.path(o), depth) === 1;
    write(oldLeaf ? (right ? 0 : o) : older.left(o), newer.left(n), depth + 1);
    write(oldLeaf ? (right ? o : 0) : older.right(o), newer.right(n), depth + 1);
  }

  write(older.root, newer.root, 0);
  return {
    format: "smt-extension/1",
    oldRoot: bytesToHex(older.hash(older.root)),
    newRoot: bytesToHex(newer.hash(newer.root)),
    nodes,
  };
}

/** One side of a folded subtree. `single`: an open leaf, that rises when nothing stands beside it. */
export interface Side {
  hash: Uint8Array;
  single: boolean;
}

export const NOTHING: Side = { hash: EMPTY, single: false };

/** Two sides under an inner node, by the rules of section 1. */
export function combine(hash: TreeHash, left: Side, right: Side): Side {
  if (right.hash === EMPTY && (left.single || left.hash === EMPTY)) return left;
  if (left.hash === EMPTY && right.single) return right;
  return { hash: hash.inner(left.hash, right.hash), single: false };
}

interface Pair {
  old: Side;
  new: Side;
  added: boolean;
}

function fold(nodes: readonly unknown[], hash: TreeHash): Pair {
  const position = new Position();
  let next = 0;

  function read(): Pair {
    if (next === nodes.length) refuse("nodes-missing");
    const node = nodes[next++] as unknown[];
    switch (kindOf(node, arities)) {
      case "inner": {
        if (position.depth === MAX_DEPTH) refuse("too-deep");
        position.down(0);
        const left = read();
        position.up();
        position.down(1);
        const right = read();
        position.up();
        if (!left.added && !right.added) refuse("nothing-added");
        if (left.old.hash === EMPTY && right.old.hash === EMPTY) refuse("old-side-empty");
        return { old: combine(hash, left.old, right.old), new: combine(hash, left.new, right.new), added: true };
      }
      case "empty":
        return { old: NOTHING, new: NOTHING, added: false };
      case "leaf": {
        const path = hash32(node[1]);
        const valueHash = hash32(node[2]);
        if (!position.holds(path)) refuse("wrong-position");
        const side = { hash: hash.leaf(path, valueHash), single: true };
        return { old: side, new: side, added: false };
      }
      case "same":
      case "added": {
        const side = { hash: hash32(node[1]), single: false };
        if (isEmpty(side.hash)) refuse("zero-hash");
        return node[0] === "same" ? { old: side, new: side, added: false } : { old: NOTHING, new: side, added: true };
      }
    }
  }

  const root = read();
  if (next < nodes.length) refuse("nodes-left-over");
  return root;
}

/** The verifier with its hashes as a parameter, for the soundness tests. */
export function verifyExtensionWith(
  hash: TreeHash,
  proof: unknown,
  ask: { oldRoot: Uint8Array; newRoot: Uint8Array; limits?: Limits },
): ExtensionVerdict {
  const askedOld = rootArgument(ask.oldRoot, "oldRoot");
  const askedNew = rootArgument(ask.newRoot, "newRoot");
  return asVerdict<ExtensionVerdict, ExtensionCode>(() => {
    const fault = checkShape(proof, "smt-extension/1", ["oldRoot", "newRoot", "nodes"]);
    if (fault !== undefined) refuse(fault);
    const { oldRoot, newRoot, nodes } = proof as { oldRoot: unknown; newRoot: unknown; nodes: unknown };
    const checkRoot = checkHex(oldRoot, 32) ?? checkHex(newRoot, 32);
    if (checkRoot !== undefined) refuse(checkRoot);
    if (oldRoot !== bytesToHex(askedOld)) refuse("old-root-differs");
    if (newRoot !== bytesToHex(askedNew)) refuse("new-root-differs");
    if (!Array.isArray(nodes)) refuse("bad-field");
    if (nodes.length > (ask.limits?.nodes ?? MAX_NODES)) refuse("too-many-nodes");
    const root = fold(nodes, hash);
    if (!equalBytes(root.old.hash, askedOld)) refuse("old-root-mismatch");
    if (!equalBytes(root.new.hash, askedNew)) refuse("new-root-mismatch");
    return { ok: true };
  }, "not-an-object");
}

/**
 * Whether every leaf of the tree with root `oldRoot` stands unchanged in the one with root `newRoot`, by a proof from a
 * stranger. Reads at most 1,000,000 nodes (`limits.nodes`). Never throws on evidence.
 *
 * @public
 */
export function verifyExtension(
  proof: unknown,
  ask: { oldRoot: Uint8Array; newRoot: Uint8Array; limits?: Limits },
): ExtensionVerdict {
  return verifyExtensionWith(treeHash, proof, ask);
}
