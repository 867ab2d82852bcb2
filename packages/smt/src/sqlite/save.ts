// Writing new versions of a tree: rows of nodes in short transactions, then one that makes them count.
import type { DatabaseSync } from "node:sqlite";
import { type Checkpoint, canonicalCheckpoint } from "../checkpoint/checkpoint.js";
import { hexToBytes } from "../formats/hex.js";
import type { Arena } from "../tree/arena.js";
import type { TreeState } from "../tree/state.js";
import { type Collected, collect, encode, giveIds, storedRef } from "./collect.js";
import { CHUNK_NODES } from "./schema.js";
import { publish, readState, reserve, type StoreState, sweep } from "./state.js";
import { letOthersIn, locked, lockedForGood, slice } from "./transaction.js";

export interface Saving {
  db: DatabaseSync;
  tree: TreeState;
  /** The generation that the tree was opened at. */
  generation: number;
  /** The version that the store has already. */
  base: number;
  checkpoints: readonly Checkpoint[];
  /** Replaces everything that is stored, where the tree was made anew. */
  replace: boolean;
  also: (checkpoints: readonly Checkpoint[]) => void;
}

/** Rows that a slice hardly gets through: 6 MB. */
const chunksASlice = 1_536;

/** "lost": somebody else published since the tree was opened; nothing of this one counts. */
export function save(saving: Saving): "saved" | "lost" {
  const { db, tree, checkpoints } = saving;
  const versions = checkpoints.filter((c) => tree.versions.has(c.version)).map((c) => c.version);
  const collected = collect(tree, saving.base, versions);
  const chunks = Math.ceil(collected.count / CHUNK_NODES);
  const moved = (state: StoreState) => state.generation !== saving.generation;

  // A few pages go into the transaction that publishes; more are written before, a slice at a time.
  const small = chunks <= 256;
  let firstChunk = 0;
  let written = 0;
  const begin = (): boolean => {
    const state = readState(db);
    if (moved(state)) return false;
    firstChunk = state.nextChunk;
    giveIds(tree.arena, collected, firstChunk * CHUNK_NODES);
    reserve(db, state, chunks);
    return true;
  };
  if (!small) {
    if (!locked(db, begin)) return "lost";
    while (written < chunks) {
      // Made while the lock is free: a third of a save, and of it the time that others are let in is taken off.
      const began = performance.now();
      const rows = encodeChunks(tree, collected, written, Math.min(chunks, written + chunksASlice));
      if (written > 0) letOthersIn(performance.now() - began);
      const going = locked(db, () => {
        if (moved(readState(db))) return false;
        written += writeChunks(db, rows, firstChunk + written, slice());
        return true;
      });
      if (!going) {
        sweep(db);
        return "lost";
      }
    }
    letOthersIn();
  }
  const superseded = small ? undefined : collected.superseded.map((refs) => packed(tree.arena, refs));
  // What was written so far goes to the disk now, without the lock, so that the last commit has little to wait for.
  if (!small) db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  const published = lockedForGood(db, () => {
    if (small ? !begin() : moved(readState(db))) return false;
    if (small) writeChunks(db, encodeChunks(tree, collected, 0, chunks), firstChunk, () => false);
    writeCheckpoints(saving, versions, collected, firstChunk, superseded);
    publish(db, firstChunk, saving.replace);
    saving.also(checkpoints);
    return true;
  });
  sweep(db);
  return published ? "saved" : "lost";
}

function encodeChunks(tree: TreeState, collected: Collected, from: number, to: number): Uint8Array[] {
  const rows: Uint8Array[] = [];
  for (let first = from * CHUNK_NODES; first < to * CHUNK_NODES; first += CHUNK_NODES) {
    rows.push(encode(tree.arena, collected, first, Math.min(first + CHUNK_NODES, collected.count)));
  }
  return rows;
}

/** Returns how many rows it wrote before it was enough. */
function writeChunks(db: DatabaseSync, rows: readonly Uint8Array[], firstChunk: number, enough: () => boolean): number {
  const insert = db.prepare("INSERT INTO nodes VALUES (?, NULL, ?)");
  let written = 0;
  for (const row of rows) {
    insert.run(firstChunk + written, row);
    written++;
    if ((written & 15) === 0 && enough()) break;
  }
  return written;
}

function writeCheckpoints(
  saving: Saving,
  versions: number[],
  collected: Collected,
  firstChunk: number,
  superseded = collected.superseded.map((refs) => packed(saving.tree.arena, refs)),
): void {
  const { db, tree, checkpoints } = saving;
  const firstId = firstChunk * CHUNK_NODES;
  if (saving.replace) {
    // What the old rows hold is rubbish from here on; `sweep` takes it out.
    db.exec("DELETE FROM checkpoints; DELETE FROM superseded; DELETE FROM reserved WHERE firstChunk < 1");
    db.prepare("INSERT OR REPLACE INTO reserved VALUES (0, ?, ?)").run(firstChunk, saving.generation);
  }
  const insert = db.prepare("INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)");
  const insertSuperseded = db.prepare("INSERT INTO superseded VALUES (?, ?)");
  let lastNode = saving.replace ? 0 : Number(db.prepare("SELECT max(lastNode) AS id FROM checkpoints").get()?.id ?? 0);
  let next = 0;
  for (const c of checkpoints) {
    let rootNode: number | null = null;
    if (versions[next] === c.version) {
      const k = next++;
      rootNode = storedRef(tree.arena, tree.versions.get(c.version)!.ref);
      lastNode = collected.counts[k]! > 0 ? firstId + collected.counts[k]! - 1 : lastNode;
      if (superseded[k]!.length > 0) insertSuperseded.run(c.version, superseded[k]!);
    }
    insert.run(c.version, canonicalCheckpoint(c), hexToBytes(c.root), c.lastSequence, c.epoch, rootNode, lastNode);
  }
}

/** Ids of these nodes, as `superseded` holds them. */
function packed(arena: Arena, refs: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(refs.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < refs.length; i++) view.setInt32(i * 4, storedRef(arena, refs[i]!));
  return bytes;
}

export function unpacked(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, i) => view.getInt32(i * 4));
}
