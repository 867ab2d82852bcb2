// Checking a stored tree node by node: every node that any stored version reaches is read and compared with what its
// parent, or its checkpoint, says of it. Each is visited once, although versions share most of them.
import type { DatabaseSync } from "node:sqlite";
import { type Checkpoint, canonicalCheckpoint } from "../checkpoint/checkpoint.js";
import { bytesToHex } from "../formats/hex.js";
import { hash32Words, hash65 } from "../hash/compress.js";
import { RECORD_WORDS } from "../tree/arena.js";
import { TreeDamageError } from "../tree/errors.js";
import { endOf } from "../tree/insert.js";
import { LEAF_WORDS } from "../tree/layout.js";
import { type SparseMerkleTree, stateOf } from "../tree/tree.js";
import { isZero, sameWords, wordsFromBytes } from "../tree/words.js";
import { checkpointOf } from "./checkpoints.js";
import { asChunk, NodeRows, placesOf } from "./rows.js";

export type TreeFinding =
  /** A node is missing, cut short, or is not what its parent says. `audit smt rebuild` makes the tree anew. */
  | { kind: "tree-node"; code: TreeDamageError["code"]; nodeId: number; version: number }
  /** A leaf carries another number than the log gives it. */
  | { kind: "tree-tag"; nodeId: number; version: number; tag: number; expected: number | null }
  /** A checkpoint row's columns disagree with each other, or its text is none. */
  | { kind: "tree-checkpoint"; version: number }
  /** Rows hold nodes that no version reaches: harmless, but nobody of ours leaves them for long. */
  | { kind: "tree-stray"; count: number };

interface Visit {
  id: number;
  hash: Int32Array;
}

/** `expected`: the tree as the log makes it, to compare the leaves' tags with. */
export function* auditTree(db: DatabaseSync, expected?: SparseMerkleTree): Generator<TreeFinding> {
  const rows = new NodeRows(db);
  let reached = 0;
  let previousLast = 0;
  for (const row of db.prepare("SELECT * FROM checkpoints ORDER BY version").iterate()) {
    const version = Number(row.version);
    const checkpoint = checkpointOf(row.body);
    if (!agrees(row, checkpoint)) {
      yield { kind: "tree-checkpoint", version };
      continue;
    }
    if (row.rootNode === null) continue;
    const root = new Int32Array(8);
    wordsFromBytes(row.root as Uint8Array, 0, root, 0);
    if ((row.rootNode === 0) !== isZero(root, 0)) {
      yield { kind: "tree-checkpoint", version };
      continue;
    }
    // Nodes up to `previousLast` were checked with the version before: here only that they are the right ones.
    const pending: Visit[] = row.rootNode === 0 ? [] : [{ id: Number(row.rootNode), hash: root }];
    for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
      const record = new Int32Array(RECORD_WORDS);
      const damage = check(rows, visit, record);
      const id = Math.abs(visit.id);
      if (damage !== undefined) {
        yield { kind: "tree-node", code: damage, nodeId: id, version };
        continue;
      }
      if (id <= previousLast) continue;
      reached++;
      if (visit.id < 0) {
        const finding = expected && tagFinding(expected, record, id, version);
        if (finding) yield finding;
        continue;
      }
      if (record[0] !== 0) pending.push({ id: record[0]!, hash: record.slice(2, 10) });
      if (record[1] !== 0) pending.push({ id: record[1]!, hash: record.slice(10, 18) });
    }
    previousLast = Number(row.lastNode);
  }
  const stray = countNodes(db) - reached;
  if (stray > 0) yield { kind: "tree-stray", count: stray };
}

function check(rows: NodeRows, visit: Visit, record: Int32Array): TreeDamageError["code"] | undefined {
  try {
    rows.read(Math.abs(visit.id), record);
  } catch (error) {
    if (error instanceof TreeDamageError) return error.code;
    throw error;
  }
  const digest = new Int32Array(8);
  if (visit.id < 0) {
    hash32Words(record, 8, digest, 0);
    hash65(0, record, 0, digest, 0, digest, 0);
  } else {
    hash65(1, record, 2, record, 10, digest, 0);
    if ((record[0] === 0) !== isZero(record, 2) || (record[1] === 0) !== isZero(record, 10)) return "hash-mismatch";
  }
  return sameWords(digest, 0, visit.hash, 0) ? undefined : "hash-mismatch";
}

function tagFinding(
  expected: SparseMerkleTree,
  record: Int32Array,
  nodeId: number,
  version: number,
): TreeFinding | undefined {
  const { arena, root } = stateOf(expected);
  const end = endOf(arena, root, record, 0);
  const known = end !== 0 && sameWords(arena.leaves, (end >> 1) * LEAF_WORDS, record, 0);
  const tag = (record[16]! >>> 0) * 2 ** 32 + (record[17]! >>> 0);
  const should = known ? arena.tags[end >> 1]! : null;
  return tag === should ? undefined : { kind: "tree-tag", nodeId, version, tag, expected: should };
}

function agrees(row: Record<string, unknown>, c: Checkpoint | undefined): boolean {
  return (
    c !== undefined &&
    canonicalCheckpoint(c) === row.body &&
    c.version === row.version &&
    row.root instanceof Uint8Array &&
    bytesToHex(row.root) === c.root &&
    c.lastSequence === row.lastSequence &&
    c.epoch === row.epoch
  );
}

function countNodes(db: DatabaseSync): number {
  let count = 0;
  // Rows that a save is writing at this moment, or that a dead one left, are not strays.
  const published =
    "SELECT present, data FROM nodes WHERE NOT EXISTS (SELECT 1 FROM reserved WHERE chunk >= firstChunk AND chunk < endChunk)";
  for (const row of db.prepare(published).iterate()) {
    const chunk = asChunk(row);
    if (chunk !== undefined) count += placesOf(chunk).length;
  }
  return count;
}
