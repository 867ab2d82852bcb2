// The tree of the first leaves of a log: what a version held whose superseded nodes are gone. Proofs from it are byte for
// byte what they would have been, since the root depends on the set of leaves alone.
import type { Sha256 } from "../hash/sha256.js";
import { type Leaf, SparseMerkleTree } from "./tree.js";

/** Takes `count` of `leaves`. `onProgress` is told, now and then, how many are in. Throws RangeError where there are fewer. */
export function treeOfLeaves(
  leaves: Iterable<Leaf>,
  count: number,
  options: { hash?: Sha256; onProgress?: (done: number) => void } = {},
): SparseMerkleTree {
  const tree = new SparseMerkleTree(options);
  let batch: Leaf[] = [];
  let taken = 0;
  const flush = () => {
    tree.insertLeaves(batch);
    batch = [];
    options.onProgress?.(taken);
  };
  if (count > 0) {
    for (const leaf of leaves) {
      batch.push(leaf);
      taken++;
      if (batch.length === batchLeaves || taken === count) flush();
      if (taken === count) break;
    }
  }
  if (taken < count) throw new RangeError(`leaves: expected ${count}, there are ${taken}`);
  return tree;
}

/** Big batches cost the fewest hashes; this many still leave little garbage. */
const batchLeaves = 65_536;
