// A line of checkpoints for tests: leaves out of a counter, two an event, and the checkpoint that names a version.
import { DatabaseSync } from "node:sqlite";
import { type Checkpoint, canonicalCheckpoint, noCheckpoint } from "../../src/checkpoint/checkpoint.js";
import { bytesToHex } from "../../src/formats/hex.js";
import { sha256 } from "../../src/hash/sha256.js";
import { treeSchema } from "../../src/sqlite/schema.js";
import type { Leaf, SparseMerkleTree } from "../../src/tree/tree.js";

/** Leaf number n (from 1) of a made-up log. */
export function leafOf(n: number): Leaf {
  return { key: sha256(`key ${n}`), value: sha256(`value ${n}`), tag: n };
}

export function* leavesOf(from: number, to: number): Generator<Leaf> {
  for (let n = from; n <= to; n++) yield leafOf(n);
}

/** The checkpoint of what was just committed, after `previous`. */
export function checkpointAfter(previous: Checkpoint | undefined, tree: SparseMerkleTree, epoch = 0): Checkpoint {
  return {
    format: "sealtrail-checkpoint/1",
    tree: "00".repeat(16),
    version: tree.version,
    root: bytesToHex(tree.rootAt(tree.version)),
    leafCount: tree.sizeAt(tree.version),
    firstSequence: (previous?.lastSequence ?? 0) + 1,
    lastSequence: tree.sizeAt(tree.version) / 2,
    epoch,
    createdAt: "2026-01-01T00:00:00.000Z",
    lastSigned: 0,
    previous: previous === undefined ? noCheckpoint : bytesToHex(sha256(canonicalCheckpoint(previous))),
  };
}

export function openDatabase(file = ":memory:"): DatabaseSync {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA busy_timeout = 20000");
  if (file !== ":memory:")
    db.exec("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  return db;
}

export function newDatabase(file = ":memory:"): DatabaseSync {
  const db = openDatabase(file);
  db.exec(treeSchema);
  return db;
}
