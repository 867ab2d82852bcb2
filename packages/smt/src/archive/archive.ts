// The archive of an epoch as lines of JSON (formats.md, section 4): a header, the epoch's leaves, then the extension from the
// previous epoch's sealed root in which every new leaf is open.

import { bytesToHex, hexToBytes } from "../formats/hex.js";
import { jcs } from "../formats/jcs.js";
import { treeHash } from "../hash/treehash.js";
import { bitAt, equalBytes } from "../proof/bits.js";
import type { ReadNodes } from "../proof/nodes.js";
import type { LeafRecord } from "../tree/record.js";
import { recordValue } from "../tree/record.js";

/** The first line of an archive. Roots and tree are hex; the counts say how many lines of each kind follow. @public */
export interface ArchiveHeader {
  format: "sealtrail-archive/1";
  /** 32 hex digits. */
  tree: string;
  epoch: number;
  /** Sealed root of the epoch before; 64 zeros for the first. */
  previousRoot: string;
  root: string;
  leafCount: number;
  nodeCount: number;
}

/** A line of an archive: one leaf that the epoch added. `key` is hex. @public */
export interface ArchiveLeaf {
  /** Hex, 32 bytes. */
  key: string;
  record: LeafRecord;
}

/** A line of an archive after the leaves: a node of the pruned tree, in preorder. @public */
export type ArchiveNode =
  | ["same", string]
  | ["leaf", path: string, valueHash: string]
  | ["new", number]
  | ["empty"]
  | ["inner"];

/** A line of an archive has at most so many bytes, its end not counted. @public */
export const MAX_ARCHIVE_LINE = 65_536;

/**
 * The lines of an epoch's archive, without their ends. `leaves`: every leaf that `newer` holds and `older` does not, ascending
 * by `seqNo`. Throws RangeError where that is not so.
 *
 * @public
 */
export function* archiveLines(epoch: {
  tree: string;
  epoch: number;
  older: ReadNodes;
  newer: ReadNodes;
  leaves: readonly ArchiveLeaf[];
}): Generator<string> {
  const { older, newer, leaves } = epoch;
  const indexes = new Map<string, number>();
  leaves.forEach((leaf, i) => {
    indexes.set(bytesToHex(treeHash.path(hexToBytes(leaf.key))), i);
  });

  function* write(o: number, n: number, depth: number): Generator<ArchiveNode> {
    if (n === 0) {
      if (o !== 0) throw new RangeError("newer: does not hold everything that the older tree held");
      yield ["empty"];
    } else if (o !== 0 && equalBytes(older.hash(o), newer.hash(n))) {
      if (older.isLeaf(o)) yield ["leaf", bytesToHex(older.path(o)), bytesToHex(older.valueHash(o))];
      else yield ["same", bytesToHex(older.hash(o))];
    } else if (newer.isLeaf(n)) {
      if (o !== 0) throw new RangeError("newer: does not hold everything that the older tree held");
      const index = indexes.get(bytesToHex(newer.path(n)));
      const record = index === undefined ? undefined : leaves[index]!.record;
      if (record === undefined || !equalBytes(treeHash.value(recordValue(record)), newer.valueHash(n)))
        throw new RangeError("leaves: one that the newer tree has is missing or another");
      yield ["new", index!];
    } else {
      yield ["inner"];
      const lone = o !== 0 && older.isLeaf(o);
      const right = lone && bitAt(older.path(o), depth) === 1;
      yield* write(o === 0 || right ? 0 : lone ? o : older.left(o), newer.left(n), depth + 1);
      yield* write(o === 0 || (lone && !right) ? 0 : lone ? o : older.right(o), newer.right(n), depth + 1);
    }
  }

  let nodeCount = 0;
  let opened = 0;
  for (const node of write(older.root, newer.root, 0)) {
    nodeCount++;
    if (node[0] === "new") opened++;
  }
  if (opened !== leaves.length || indexes.size !== leaves.length)
    throw new RangeError("leaves: one that the newer tree does not add, or one given twice");
  const header: ArchiveHeader = {
    format: "sealtrail-archive/1",
    tree: epoch.tree,
    epoch: epoch.epoch,
    previousRoot: bytesToHex(older.hash(older.root)),
    root: bytesToHex(newer.hash(newer.root)),
    leafCount: leaves.length,
    nodeCount,
  };
  yield jcs({ ...header });
  for (const { key, record } of leaves) yield jcs({ key, record: { ...record } });
  for (const node of write(older.root, newer.root, 0)) yield JSON.stringify(node);
}
