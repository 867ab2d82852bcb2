// Stored nodes, row by row: which bytes hold a node, and taking them out of a row. Nothing here trusts what it reads: a row
// may be missing, torn or edited, and whoever asked checks the hash.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type NodeSource, RECORD_WORDS } from "../tree/arena.js";
import { TreeDamageError } from "../tree/errors.js";
import { CHUNK_NODES, NODE_BYTES } from "./schema.js";

export interface Chunk {
  present: Uint8Array | null;
  data: Uint8Array;
}

const fullRow = CHUNK_NODES * NODE_BYTES;
/** 16 MB of rows: the upper half of a tree of millions, or the nodes that one checkpoint changes. */
const cachedRows = 4096;

/** Where a place's record begins in the row, or -1. */
export function recordAt(chunk: Chunk, place: number): number {
  if (chunk.present === null) return (place + 1) * NODE_BYTES <= chunk.data.length ? place * NODE_BYTES : -1;
  if (((chunk.present[place >> 3] ?? 0) & (0x80 >> (place & 7))) === 0) return -1;
  let before = 0;
  for (let i = 0; i < place; i++) if (((chunk.present[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0) before++;
  return (before + 1) * NODE_BYTES <= chunk.data.length ? before * NODE_BYTES : -1;
}

/** The places of a row that hold a node, ascending. */
export function placesOf(chunk: Chunk): number[] {
  const places: number[] = [];
  for (let place = 0; place < CHUNK_NODES; place++) if (recordAt(chunk, place) >= 0) places.push(place);
  return places;
}

/** How many nodes a row holds. */
export function nodesIn(chunk: Chunk): number {
  const whole = Math.min(CHUNK_NODES, Math.floor(chunk.data.length / NODE_BYTES));
  return chunk.present === null ? whole : placesOf(chunk).length;
}

/** The row without these places; `undefined` where nothing is left. In the row's own memory: fresh memory for thousands of rows
 * made the garbage collector stop for 30 ms at a time, under the lock. */
export function without(chunk: Chunk, gone: ReadonlySet<number>): Chunk | undefined {
  const kept = placesOf(chunk).filter((place) => !gone.has(place));
  if (kept.length === 0) return undefined;
  const { data } = chunk;
  // Records only move towards the front, and each is found before the map of places changes.
  const from = kept.map((place) => recordAt(chunk, place));
  for (const [i, at] of from.entries()) data.copyWithin(i * NODE_BYTES, at, at + NODE_BYTES);
  const present = chunk.present?.length === CHUNK_NODES / 8 ? chunk.present.fill(0) : new Uint8Array(CHUNK_NODES / 8);
  for (const place of kept) present[place >> 3]! |= 0x80 >> (place & 7);
  return { present, data: data.subarray(0, kept.length * NODE_BYTES) };
}

/** Reads nodes for a tree, keeping the rows it read. `missing` may say why a node is not there. */
export class NodeRows implements NodeSource {
  readonly #select: StatementSync;
  readonly #rows = new Map<number, Chunk>();
  readonly #missing: () => void;

  constructor(db: DatabaseSync, missing: () => void = () => {}) {
    this.#select = db.prepare("SELECT present, data FROM nodes WHERE chunk = ?");
    this.#missing = missing;
  }

  read(id: number, record: Int32Array): void {
    const chunk = this.chunk(Math.floor(id / CHUNK_NODES));
    const at = chunk === undefined ? -1 : recordAt(chunk, id % CHUNK_NODES);
    // Bytes behind the last record belong to none: somebody put them there, or tore the row.
    if (at < 0 || chunk!.data.length % NODE_BYTES !== 0) {
      this.#missing();
      throw new TreeDamageError(chunk === undefined ? "node-missing" : "node-torn", id);
    }
    const { data } = chunk!;
    for (let i = 0, b = at; i < RECORD_WORDS; i++, b += 4) {
      record[i] = (data[b]! << 24) | (data[b + 1]! << 16) | (data[b + 2]! << 8) | data[b + 3]!;
    }
  }

  chunk(number: number): Chunk | undefined {
    let row = this.#rows.get(number);
    if (row !== undefined) return row;
    row = asChunk(this.#select.get(number));
    if (row === undefined) return undefined;
    if (this.#rows.size >= cachedRows) this.#rows.clear();
    this.#rows.set(number, row);
    return row;
  }
}

/** A row's columns, or `undefined` where they cannot be nodes. */
export function asChunk(row: Record<string, unknown> | undefined): Chunk | undefined {
  if (row === undefined || !(row.data instanceof Uint8Array) || row.data.length > fullRow) return undefined;
  if (row.present !== null && !(row.present instanceof Uint8Array)) return undefined;
  return { present: row.present, data: row.data };
}
