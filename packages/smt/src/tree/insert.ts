// One leaf into the tree: down by the bits of its path, then up again, changing what is not frozen and copying what is.
import type { Arena } from "./arena.js";
import { ValueConflictError } from "./errors.js";
import { INNER_WORDS, LEAF_WORDS } from "./layout.js";
import { bitAt, sharedBits, toBytes } from "./words.js";

/** Where the path ends: a leaf, its own or another's, or 0 for an empty subtree. `path` may be the arena's own leaves. */
export function findTerminal(arena: Arena, root: number, path: Int32Array, at: number): number {
  let ref = root;
  for (let depth = 0; (ref & 1) === 0 && ref !== 0; depth++) {
    ref = bitAt(path, at, depth) === 1 ? arena.right(ref) : arena.left(ref);
  }
  return ref;
}

/** The inner nodes from the root down; nothing here is asynchronous, so one will do. */
const walked = new Int32Array(256);

/** Returns the new root, or -1 where the same entry is there already. `index` is the new leaf's in the arena. */
export function insertLeaf(arena: Arena, root: number, index: number): number {
  const leaf = (index << 1) | 1;
  const at = index * LEAF_WORDS;
  let ref = root;
  let depth = 0;
  if (arena.innerIds === undefined) {
    // The usual case without what a stored tree needs: this loop is a tenth of an insert with a root after it.
    const { inner, leaves } = arena;
    while ((ref & 1) === 0 && ref !== 0) {
      const i = ref >> 1;
      const place = i * INNER_WORDS;
      walked[depth] = i;
      const left = inner[place]!;
      ref = bitAt(leaves, at, depth) === 1 ? inner[place + 1]! : left < 0 ? ~left : left;
      depth++;
    }
  } else {
    while ((ref & 1) === 0 && ref !== 0) {
      walked[depth] = ref >> 1;
      ref = bitAt(arena.leaves, at, depth) === 1 ? arena.right(ref) : arena.left(ref);
      depth++;
    }
  }
  let node = leaf;
  if (ref !== 0) {
    const other = arena.leafAt(ref);
    const leaves = arena.leaves;
    const shared = sharedBits(leaves, at, leaves, other);
    if (shared === 256) {
      if (arena.sameValue(index, ref >> 1)) return -1;
      throw new ValueConflictError(toBytes(leaves, at));
    }
    node = bitAt(leaves, at, shared) === 1 ? arena.newInner(ref, leaf) : arena.newInner(leaf, ref);
    for (let d = shared - 1; d >= depth; d--) {
      node = bitAt(leaves, at, d) === 1 ? arena.newInner(0, node) : arena.newInner(node, 0);
    }
  }
  for (let d = depth - 1; d >= 0; d--) {
    const i = walked[d]!;
    const right = bitAt(arena.leaves, at, d) === 1;
    if (arena.isFrozen(i)) {
      const ref = i << 1;
      node = right ? arena.newInner(arena.left(ref), node) : arena.newInner(node, arena.right(ref));
    } else {
      const words = arena.inner;
      const place = i * INNER_WORDS;
      const left = words[place]!;
      if (right) words[place + 1] = node;
      else words[place] = ~node;
      if (left < 0) return root; // dirty already, and so are its ancestors, which name it already
      if (right) words[place] = ~left;
      node = i << 1;
    }
  }
  return node;
}
