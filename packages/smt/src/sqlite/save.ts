// Writing new versions of a tree: rows of nodes in short transactions, then one that makes them count.
import type { DatabaseSync } from "node:sqlite";
import { type Checkpoint, canonicalCheckpoint } from "../checkpoint/checkpoint.js";
import { hexToBytes } from "../formats/hex.js";
import type { Arena } from "../tree/arena.js";
import type { TreeState } from "../tree/state.js";
import { type Collected, collect, encode, giveIds, storedRef } from "./collect.js";
import { finishCompactions } from "./compact.js";
import { CHUNK_NODES } from "./schema.js";
import { publish, readState, reserve, type StoreState, sweep } from "./state.js";
import { writeTransaction } from "./transaction.js";
import { checkpointWal, chunkTimer, syncWal, withScheduledCheckpoints, yieldLock } from "./write-scheduler.js";

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
/** Up to so many rows, 1 MB, the nodes go into the transaction that publishes them. */
const smallSave = 256;

/** "lost": somebody else published since the tree was opened; nothing of this one counts. */
export function save(saving: Saving): "saved" | "lost" {
  const { db, tree, checkpoints } = saving;
  const versions = checkpoints.filter((c) => tree.versions.has(c.version)).map((c) => c.version);
  const collected = collect(tree, saving.base, versions);
  const outcome = withScheduledCheckpoints(db, () => write(saving, versions, collected));
  sweep(db);
  finishCompactions(db);
  return outcome;
}

function write(saving: Saving, versions: readonly number[], collected: Collected): "saved" | "lost" {
  const { db, tree, checkpoints } = saving;
  const chunks = Math.ceil(collected.count / CHUNK_NODES);
  const moved = (state: StoreState) => state.generation !== saving.generation;

  // A few pages go into the transaction that publishes; more are written before, a slice at a time, into rows that count for
  // nothing until then.
  const small = chunks <= smallSave;
  let firstChunk = 0;
  const begin = (): boolean => {
    const state = readState(db);
    if (moved(state)) return false;
    firstChunk = state.nextChunk;
    giveIds(tree.arena, collected, firstChunk * CHUNK_NODES);
    reserve(db, state, chunks);
    return true;
  };
  /** One slice that writes something of the save. */
  const going = (body: () => void) =>
    writeTransaction(db, () => {
      if (moved(readState(db))) return false;
      body();
      return true;
    });
  if (!small) {
    if (!writeTransaction(db, begin)) return "lost";
    let free = Number.POSITIVE_INFINITY;
    let rows: Uint8Array[] = [];
    for (let written = 0; written < chunks; ) {
      // Made while the lock is free: a third of a save, and of it the time that others are let in is taken off.
      const began = performance.now();
      if (rows.length === 0) {
        rows = encodeChunks(tree, collected, written, Math.min(chunks, written + chunksASlice));
      }
      free += performance.now() - began;
      yieldLock(db, free);
      const first = written;
      if (!going(() => (written += writeChunks(db, rows, firstChunk + first, chunkTimer())))) return "lost";
      rows = rows.slice(written - first);
      free = 0;
    }
    for (let k = 0; k < versions.length; ) {
      yieldLock(db);
      const from = k;
      if (!going(() => (k = writeSuperseded(saving, collected, firstChunk, from, chunkTimer())))) return "lost";
    }
  }
  // What was written so far, by us or others, goes to the disk now, without the lock: the last commit then has little to wait for.
  syncWal(db);
  const published = writeTransaction(
    db,
    () => {
      if (small ? !begin() : moved(readState(db))) return false;
      if (small) {
        writeChunks(db, encodeChunks(tree, collected, 0, chunks), firstChunk, () => false);
        writeSuperseded(saving, collected, firstChunk, 0, () => false);
      }
      writeCheckpoints(saving, versions, collected, firstChunk);
      publish(db, firstChunk, saving.replace);
      saving.also(checkpoints);
      return true;
    },
    { durable: true },
  );
  if (!small) checkpointWal(db);
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

/** The lists of versions from `k` on; returns at which one it was enough. */
function writeSuperseded(
  { db, tree }: Saving,
  { superseded, counts }: Collected,
  firstChunk: number,
  k: number,
  enough: () => boolean,
): number {
  const insert = db.prepare("INSERT INTO superseded VALUES (?, ?)");
  while (k < superseded.length) {
    const refs = superseded[k]!;
    // Who supersedes nodes has a new root, so no other version has its last node.
    if (refs.length > 0) insert.run(firstChunk * CHUNK_NODES + counts[k]! - 1, packed(tree.arena, refs));
    k++;
    if (enough()) break;
  }
  return k;
}

function writeCheckpoints(saving: Saving, versions: readonly number[], collected: Collected, firstChunk: number): void {
  const { db, tree, checkpoints } = saving;
  const firstId = firstChunk * CHUNK_NODES;
  if (saving.replace) {
    // What the old rows hold is rubbish from here on; `sweep` takes it out.
    db.prepare("DELETE FROM checkpoints WHERE version < 1 OR version > ?").run(checkpoints.at(-1)?.version ?? 0);
    db.exec("DELETE FROM compacting; DELETE FROM reserved WHERE firstChunk < 1");
    db.prepare("INSERT OR REPLACE INTO reserved VALUES (0, ?, ?)").run(firstChunk, saving.generation);
  }
  const insert = db.prepare("INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)");
  // Where the whole tree is replaced, most rows only get other nodes: a third of the time, and all of it under the lock.
  const move = db.prepare(`UPDATE checkpoints SET rootNode = ?, lastNode = ?
    WHERE version = ? AND body = ? AND root = ? AND lastSequence = ? AND epoch = ?`);
  let lastNode = saving.replace ? 0 : Number(db.prepare("SELECT max(lastNode) AS id FROM checkpoints").get()?.id ?? 0);
  let next = 0;
  for (const c of checkpoints) {
    let rootNode: number | null = null;
    if (versions[next] === c.version) {
      const k = next++;
      rootNode = storedRef(tree.arena, tree.versions.get(c.version)!.ref);
      lastNode = collected.counts[k]! > 0 ? firstId + collected.counts[k]! - 1 : lastNode;
    }
    const row = [c.version, canonicalCheckpoint(c), hexToBytes(c.root), c.lastSequence, c.epoch] as const;
    if (saving.replace && move.run(rootNode, lastNode, ...row).changes > 0) continue;
    insert.run(...row, rootNode, lastNode);
  }
}

/** Ids of these nodes, as `superseded` holds them. */
function packed(arena: Arena, refs: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(refs.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < refs.length; i++) view.setInt32(i * 4, storedRef(arena, refs[i]!));
  return bytes;
}
