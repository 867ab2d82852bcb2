// Proofs out of the stored tree, each with its leaf's record, made from the log's row and checked against the leaf.
import type { DatabaseSync } from "node:sqlite";
import { hexToBytes, type Proof, type Sha256 } from "@sealtrail/smt";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import { type LeafRecord, recordOf, recordValue } from "@sealtrail/smt/record";
import type { TreeStore } from "@sealtrail/smt/sqlite";
import { TrailError } from "../log/errors.js";
import { hexOf } from "../log/native.js";
import { eventBySequence } from "../log/query.js";
import type { StoredEvent } from "../log/stored-event.js";
import type { CheckpointAt } from "./answers.js";

/** What proofs can be read off: the live tree, or one version of it. */
export interface ProvableTree {
  prove(key: Uint8Array): Proof;
  find(key: Uint8Array): { valueHash: Uint8Array; tag: number } | undefined;
}

/** A leaf's record, from the event's row and the epoch that its checkpoint gives (an erased row has no epoch of its own). */
export function recordOfEvent(event: StoredEvent, epoch: number, hashType: "raw" | "censored"): LeafRecord {
  return recordOf(
    {
      sequence: event.sequence,
      id: event.id,
      timestamp: Date.parse(event.createdAt),
      epoch,
      chainPrev: event.chainPrev,
      rawHash: event.rawHash,
      censoredHash: event.censoredHash,
    },
    hashType,
  );
}

export interface LeafOwner {
  event: StoredEvent;
  record: LeafRecord;
  value: Uint8Array;
}

/** The event whose leaf stands at `key`. Throws where row and leaf disagree: no proof is handed out over that. */
export function ownerOf(
  db: DatabaseSync,
  store: TreeStore,
  leaf: { valueHash: Uint8Array; tag: number },
  hash: Sha256,
): LeafOwner {
  const sequence = Math.ceil(leaf.tag / 2);
  const event = eventBySequence(db, sequence);
  const epoch = store.covering(sequence)?.epoch;
  if (event !== undefined && epoch !== undefined) {
    const record = recordOfEvent(event, epoch, leaf.tag % 2 === 1 ? "raw" : "censored");
    const value = recordValue(record, hash);
    if (Buffer.compare(hash(value), leaf.valueHash) === 0) return { event, record, value };
  }
  throw new TrailError("trail-damaged", `event ${sequence} is not what its leaf commits to: run audit verify`);
}

export interface Proven {
  proof: Proof;
  event?: StoredEvent;
}

export function proveKey(
  db: DatabaseSync,
  store: TreeStore,
  tree: ProvableTree,
  key: Uint8Array,
  checkpoint: Checkpoint,
  hash: Sha256,
): Proven {
  const context = { tree: checkpoint.tree, version: checkpoint.version, leafCount: checkpoint.leafCount };
  const proof = tree.prove(key);
  const leaf = tree.find(key);
  if (leaf === undefined) return { proof: { ...proof, context } };
  const { event, record, value } = ownerOf(db, store, leaf, hash);
  return { proof: { ...proof, value: hexOf(value), record, context }, event };
}

/** Values for a multiproof: of each key that is in the tree, from its event's row. */
export function valueFor(
  db: DatabaseSync,
  store: TreeStore,
  tree: ProvableTree,
  hash: Sha256,
): (key: Uint8Array) => Uint8Array | undefined {
  return (key) => {
    const leaf = tree.find(key);
    return leaf === undefined ? undefined : ownerOf(db, store, leaf, hash).value;
  };
}

/** The checkpoint that `at` names; undefined where there is none. Throws RangeError on what names no checkpoint at all. */
export function checkpointAt(store: TreeStore, at: CheckpointAt): Checkpoint | undefined {
  if ("version" in at) return store.get(at.version);
  if ("root" in at) {
    if (hexToBytes(at.root).length !== 32) throw new RangeError("root: 64 hex digits expected");
    return store.byRoot(at.root);
  }
  if ("sequence" in at) return store.covering(at.sequence);
  const time = Date.parse(at.time);
  if (Number.isNaN(time)) throw new RangeError("time: ISO 8601 expected");
  let found: Checkpoint | undefined;
  for (const checkpoint of store.all()) if (Date.parse(checkpoint.createdAt) <= time) found = checkpoint;
  return found;
}
