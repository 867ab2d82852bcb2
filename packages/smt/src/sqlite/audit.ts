// Checking a stored tree node by node: every node that any stored version reaches is read and compared with what its
// parent, or its checkpoint, says of it. Each is visited once, although versions share most of them.
import type { DatabaseSync } from "node:sqlite";
import { type Checkpoint, canonicalCheckpoint } from "../checkpoint/checkpoint.js";
import { bytesToHex } from "../formats/hex.js";
import { hash32Words, hash65 } from "../hash/compress.js";
import { type Arena, RECORD_WORDS } from "../tree/arena.js";
import { TreeDamageError } from "../tree/errors.js";
import { findTerminal } from "../tree/insert.js";
import { LEAF_WORDS } from "../tree/layout.js";
import type { TreeState } from "../tree/state.js";
import { type SparseMerkleTree, stateOf } from "../tree/tree.js";
import { isZero, sameWords, wordsFromBytes } from "../tree/words.js";
import { checkpointOf } from "./checkpoints.js";
import { eachRow } from "./each-row.js";
import { asChunk, NodeRows, nodesIn, placesOf } from "./rows.js";
import { CHUNK_NODES } from "./schema.js";
import { hasState, stateFaults } from "./state.js";
import { type RootClaim, verifyTreeFast } from "./verify-fast.js";
import { VisitedIds } from "./visited.js";

export type TreeFinding =
  /** A node is missing, cut short, or is not what its parent says. `audit smt rebuild` makes the tree anew. */
  | { kind: "tree-node"; code: TreeDamageError["code"]; nodeId: number; version: number }
  /** The row of `treeState` is missing: nothing more can be saved. `audit smt rebuild` puts one there. */
  | { kind: "tree-state" }
  /**
   * Bookkeeping rows hold values that no release writes: saves may fail, or may delete nodes that are in use. `audit smt
   * rebuild` makes the rows anew.
   */
  | { kind: "tree-bookkeeping"; what: string }
  /** A leaf carries another number than the log gives it. */
  | { kind: "tree-tag"; nodeId: number; version: number; tag: number; expected: number | null }
  /** A checkpoint row's columns disagree with each other, or its text is none. */
  | { kind: "tree-checkpoint"; version: number }
  /** Rows hold nodes that no version reaches: harmless, but nobody of ours leaves them for long. */
  | { kind: "tree-stray"; count: number };

interface Visit {
  id: number;
  /** What the node must hash to. */
  hash: Int32Array;
  hashAt: number;
  /** The node that stands in its place in the tree which the log makes; 0 for none. */
  beside: number;
}

/** `expected`: the tree as the log makes it, to compare the leaves' tags with. */
export function* auditTree(db: DatabaseSync, expected?: SparseMerkleTree): Generator<TreeFinding> {
  if (!hasState(db)) yield { kind: "tree-state" };
  else for (const what of stateFaults(db)) yield { kind: "tree-bookkeeping", what };
  // Reserved ranges are rare. Only a walk tells whether nodes in use stand in one.
  const reserved = db.prepare("SELECT 1 FROM reserved").get() !== undefined;
  const sound = reserved ? undefined : verifyLineFast(db, expected);
  if (sound === undefined) {
    yield* walkTree(db, expected);
  } else if (sound.stray > 0) yield { kind: "tree-stray", count: sound.stray };
}

/** The same for a tree where nothing is wrong, in a quarter of the time; undefined where something may be. */
function verifyLineFast(db: DatabaseSync, expected?: SparseMerkleTree): { stray: number } | undefined {
  const roots: RootClaim[] = [];
  for (const row of eachRow(db.prepare("SELECT * FROM checkpoints"))) {
    if (!agrees(row, checkpointOf(row.body))) return undefined;
    if (row.rootNode === null) continue;
    const hash = new Int32Array(8);
    wordsFromBytes(row.root as Uint8Array, 0, hash, 0);
    if ((row.rootNode === 0) !== isZero(hash, 0)) return undefined;
    if (row.rootNode !== 0) roots.push({ node: Number(row.rootNode), hash });
  }
  return verifyTreeFast(db, roots, expected && stateOf(expected));
}

/** Every node walked to from the roots, which tells what is wrong, and in which version. */
export function* walkTree(db: DatabaseSync, expected?: SparseMerkleTree): Generator<TreeFinding> {
  const rows = new NodeRows(db);
  const log = expected && settled(expected);
  const seen = new VisitedIds();
  let reached = 0;
  for (const row of eachRow(db.prepare("SELECT * FROM checkpoints ORDER BY version"))) {
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
    // Below a node that was seen before, all was checked then: here only that it is the right one. What was seen is kept, not
    // taken from the rows' own numbers: an attacker sets those, and a node that is its own twin 60 times over has 2^60 paths.
    const pending: Visit[] = [];
    if (row.rootNode !== 0) pending.push({ id: Number(row.rootNode), hash: root, hashAt: 0, beside: log?.root ?? 0 });
    for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
      const { beside } = visit;
      const record = new Int32Array(RECORD_WORDS);
      const equal = log !== undefined && beside !== 0 && sameHash(log.arena, beside, visit);
      const damage = check(rows, visit, record, equal ? log.arena : undefined);
      const id = Math.abs(visit.id);
      if (damage !== undefined) {
        yield { kind: "tree-node", code: damage, nodeId: id, version };
        continue;
      }
      if (!seen.add(id)) continue;
      reached++;
      if (visit.id < 0) {
        if (log === undefined) continue;
        const end = equal ? beside : findTerminal(log.arena, log.root, record, 0);
        const finding = tagFinding(log.arena, end, record);
        if (finding) yield { kind: "tree-tag", nodeId: id, version, ...finding };
        continue;
      }
      const inner = log !== undefined && beside !== 0 && (beside & 1) === 0;
      for (const [i, hashAt] of [2, 10].entries()) {
        if (record[i] === 0) continue;
        const child = inner ? (i === 0 ? log.arena.left(beside) : log.arena.right(beside)) : 0;
        pending.push({ id: record[i]!, hash: record, hashAt, beside: child });
      }
    }
  }
  if (reservesNodeInUse(db, seen)) yield { kind: "tree-bookkeeping", what: "reserved: a range with nodes in use" };
  const stray = countNodes(db) - reached;
  if (stray > 0) yield { kind: "tree-stray", count: stray };
}

/** `equal`: where the node's place in the log's tree has the very hash that is wanted, that tree's nodes. */
function check(
  rows: NodeRows,
  visit: Visit,
  record: Int32Array,
  equal: Arena | undefined,
): TreeDamageError["code"] | undefined {
  try {
    rows.read(Math.abs(visit.id), record);
  } catch (error) {
    if (error instanceof TreeDamageError) return error.code;
    throw error;
  }
  if (visit.id > 0 && ((record[0] === 0) !== isZero(record, 2) || (record[1] === 0) !== isZero(record, 10))) {
    return "hash-mismatch";
  }
  if (equal !== undefined && sameContent(equal, visit, record)) return undefined;
  const digest = new Int32Array(8);
  if (visit.id < 0) {
    hash32Words(record, 8, digest, 0);
    hash65(0, record, 0, digest, 0, digest, 0);
  } else hash65(1, record, 2, record, 10, digest, 0);
  return sameWords(digest, 0, visit.hash, visit.hashAt) ? undefined : "hash-mismatch";
}

function sameHash(arena: Arena, ref: number, { hash, hashAt }: Visit): boolean {
  return sameWords(arena.hashWords(ref), arena.hashAt(ref), hash, hashAt);
}

/** Whether a node holds what the log's node with the same hash holds: then it need not be hashed. Half the cost of an audit. */
function sameContent(arena: Arena, { id, beside }: Visit, record: Int32Array): boolean {
  if ((beside & 1) === 1) {
    const at = arena.leafAt(beside);
    return id < 0 && sameWords(record, 0, arena.leaves, at) && sameWords(record, 8, arena.leaves, at + 8);
  }
  const left = arena.left(beside);
  const right = arena.right(beside);
  return (
    id > 0 &&
    sameWords(record, 2, arena.hashWords(left), arena.hashAt(left)) &&
    sameWords(record, 10, arena.hashWords(right), arena.hashAt(right))
  );
}

/** `end`: where the leaf's path ends in the log's tree. */
function tagFinding(
  arena: Arena,
  end: number,
  record: Int32Array,
): { tag: number; expected: number | null } | undefined {
  const known = end !== 0 && sameWords(arena.leaves, (end >> 1) * LEAF_WORDS, record, 0);
  const tag = (record[16]! >>> 0) * 2 ** 32 + (record[17]! >>> 0);
  const expected = known ? arena.tags[end >> 1]! : null;
  return tag === expected ? undefined : { tag, expected };
}

/** The tree with every node's hash made. */
function settled(tree: SparseMerkleTree): TreeState {
  const state = stateOf(tree);
  state.arena.computeHashes(state.root);
  return state;
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

/** Whether a reserved range, which may be deleted later, holds a node that a version reaches. */
function reservesNodeInUse(db: DatabaseSync, seen: VisitedIds): boolean {
  const rows = db.prepare(
    "SELECT chunk, present, data FROM nodes WHERE EXISTS (SELECT 1 FROM reserved WHERE chunk >= firstChunk AND chunk < endChunk)",
  );
  for (const row of eachRow<{ chunk: number }>(rows)) {
    const chunk = asChunk(row);
    if (chunk === undefined) continue;
    for (const place of placesOf(chunk)) if (seen.has(row.chunk * CHUNK_NODES + place)) return true;
  }
  return false;
}

function countNodes(db: DatabaseSync): number {
  let count = 0;
  // Rows that a save is writing at this moment, or that a dead one left, are not strays.
  const published =
    "SELECT present, data FROM nodes WHERE NOT EXISTS (SELECT 1 FROM reserved WHERE chunk >= firstChunk AND chunk < endChunk)";
  for (const row of eachRow(db.prepare(published))) {
    const chunk = asChunk(row);
    if (chunk !== undefined) count += nodesIn(chunk);
  }
  return count;
}
