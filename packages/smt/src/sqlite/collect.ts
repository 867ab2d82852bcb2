// What a save has to write: the nodes of the new versions that are not stored yet, children before parents, and for each
// version the inner nodes that it superseded. Costs what changed, whatever the tree holds.

import type { Arena } from "../tree/arena.js";
import { LEAF_WORDS } from "../tree/layout.js";
import type { TreeState } from "../tree/state.js";
import { bytesFromWords } from "../tree/words.js";
import { NODE_BYTES } from "./schema.js";

export interface Collected {
  /** Refs in the order of their ids. */
  order: Int32Array;
  count: number;
  /** For each version, the refs that it superseded. */
  superseded: number[][];
  /** For each version, how many of `order` were there when it was made. */
  counts: number[];
}

/** Gives every new node its place among the new ones, as the id 1 + place for now. */
export function collect(state: TreeState, base: number, versions: readonly number[]): Collected {
  const { arena } = state;
  arena.keepIds();
  const collected: Collected = { order: new Int32Array(1024), count: 0, superseded: [], counts: [] };
  let old = state.versions.get(base)?.ref ?? 0;
  for (const version of versions) {
    const { ref } = state.versions.get(version)!;
    const superseded: number[] = [];
    walk(arena, collected, superseded, ref, old);
    collected.superseded.push(superseded);
    collected.counts.push(collected.count);
    old = ref;
  }
  return collected;
}

function walk(arena: Arena, into: Collected, superseded: number[], ref: number, old: number): void {
  if (ref === old || ref === 0) return;
  const ids = (ref & 1) === 1 ? arena.leafIds! : arena.innerIds!;
  const i = ref >> 1;
  if (ids[i] !== 0) return;
  if ((ref & 1) === 0) {
    let oldLeft = 0;
    let oldRight = 0;
    if ((old & 1) === 0 && old !== 0) {
      superseded.push(old);
      oldLeft = arena.left(old);
      oldRight = arena.right(old);
    }
    walk(arena, into, superseded, arena.left(ref), oldLeft);
    walk(arena, into, superseded, arena.right(ref), oldRight);
  }
  if (into.count === into.order.length) {
    const bigger = new Int32Array(into.count * 2);
    bigger.set(into.order);
    into.order = bigger;
  }
  into.order[into.count++] = ref;
  ids[i] = into.count;
}

/** Gives the collected nodes their ids, from `first` on. */
export function giveIds(arena: Arena, { order, count }: Collected, first: number): void {
  if (first + count > 2 ** 31 - 1) throw new RangeError("the stored tree has used up its node ids; rebuild it");
  for (let k = 0; k < count; k++) {
    const ref = order[k]!;
    ((ref & 1) === 1 ? arena.leafIds! : arena.innerIds!)[ref >> 1] = first + k;
  }
}

/** A ref as it is stored: the id, negative for a leaf. */
export function storedRef(arena: Arena, ref: number): number {
  if (ref === 0) return 0;
  return (ref & 1) === 1 ? -Math.abs(arena.leafIds![ref >> 1]!) : Math.abs(arena.innerIds![ref >> 1]!);
}

/** The records of nodes [from, to) of the collected ones. */
export function encode(arena: Arena, { order }: Collected, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array((to - from) * NODE_BYTES);
  const view = new DataView(bytes.buffer);
  for (let k = from, at = 0; k < to; k++, at += NODE_BYTES) {
    const ref = order[k]!;
    if ((ref & 1) === 1) {
      const words = (ref >> 1) * LEAF_WORDS;
      bytesFromWords(arena.leaves, words, bytes, at);
      bytesFromWords(arena.leaves, words + 8, bytes, at + 32);
      const tag = arena.tags[ref >> 1]!;
      view.setUint32(at + 64, Math.floor(tag / 2 ** 32));
      view.setUint32(at + 68, tag % 2 ** 32);
    } else {
      const left = arena.left(ref);
      const right = arena.right(ref);
      view.setInt32(at, storedRef(arena, left));
      view.setInt32(at + 4, storedRef(arena, right));
      bytesFromWords(arena.hashWords(left), arena.hashAt(left), bytes, at + 8);
      bytesFromWords(arena.hashWords(right), arena.hashAt(right), bytes, at + 40);
    }
  }
  return bytes;
}
