// Tells whether an event is held, while holds are placed and released in the order of the log. An answer takes logarithmic time
// in the number of holds, ranges and raw keys, because a stranger's file may have tens of thousands of each.
import type { JsonObject } from "@sealtrail/smt/formats";
import { claimedRanges, type Range } from "./claim.js";

export interface Hold {
  /** 16 hex digits: what `release` wants. */
  id: string;
  ranges: Range[];
  /** Raw keys of the first events of the sessions held, hex. */
  firstEvents: string[];
}

/** A hold out of the metadata of a `system.retention` event; undefined where it places none. */
export function holdIn(metadata: JsonObject): Hold | undefined {
  const { action, hold, firstEvents = [], ranges = [] } = metadata;
  if (action !== "hold" || typeof hold !== "string" || !Array.isArray(firstEvents)) return undefined;
  if (!firstEvents.every((key) => typeof key === "string" && /^[0-9a-f]{64}$/.test(key))) return undefined;
  const read = claimedRanges(ranges);
  return read === undefined ? undefined : { id: hold, ranges: read, firstEvents: firstEvents as string[] };
}

/** The id of the hold that such metadata releases. */
export function releaseIn(metadata: JsonObject): string | undefined {
  return metadata.action === "release" && typeof metadata.hold === "string" ? metadata.hold : undefined;
}

/** Places below this are counted in a tree. For a place beyond it, all differences before it are added up. */
const mostPlaces = 1 << 25;

export class Held {
  /** Holds in force, by id; more than one event may have placed the same. */
  readonly #inForce = new Map<string, Hold[]>();
  /** How many holds in force name the raw key. */
  readonly #firsts = new Map<string, number>();
  readonly #ranges = new Counts();

  place(hold: Hold): void {
    const same = this.#inForce.get(hold.id);
    if (same === undefined) this.#inForce.set(hold.id, [hold]);
    else same.push(hold);
    this.#count(hold, 1);
  }

  release(id: string): void {
    for (const hold of this.#inForce.get(id) ?? []) this.#count(hold, -1);
    this.#inForce.delete(id);
  }

  /** @param firstEvent raw key, in hex, of the event at which this one's chain begins */
  holds(sequence: number, firstEvent: string | undefined): boolean {
    return (firstEvent !== undefined && this.#firsts.has(firstEvent)) || this.#ranges.at(sequence) > 0;
  }

  #count(hold: Hold, by: 1 | -1): void {
    for (const key of hold.firstEvents) {
      const count = (this.#firsts.get(key) ?? 0) + by;
      if (count === 0) this.#firsts.delete(key);
      else this.#firsts.set(key, count);
    }
    for (const [first, last] of hold.ranges) {
      this.#ranges.add(first, by);
      this.#ranges.add(last + 1, -by);
    }
  }
}

/** Counts how many ranges cover a place: a Fenwick tree over the differences. It grows when a larger place is asked for. */
class Counts {
  /** The differences by place, with those beyond the tree: a range may end at 2^53. */
  readonly #steps = new Map<number, number>();
  #sums = new Int32Array(1024);

  add(place: number, by: number): void {
    const step = (this.#steps.get(place) ?? 0) + by;
    if (step === 0) this.#steps.delete(place);
    else this.#steps.set(place, step);
    this.#put(place, by);
  }

  at(place: number): number {
    if (place >= mostPlaces) return this.#added(place);
    if (place >= this.#sums.length) {
      let size = this.#sums.length;
      while (size <= place) size *= 2;
      this.#sums = new Int32Array(size);
      for (const [where, by] of this.#steps) this.#put(where, by);
    }
    let sum = 0;
    for (let i = place; i > 0; i -= i & -i) sum += this.#sums[i]!;
    return sum;
  }

  #added(place: number): number {
    let sum = 0;
    for (const [where, by] of this.#steps) if (where <= place) sum += by;
    return sum;
  }

  #put(place: number, by: number): void {
    if (place >= this.#sums.length) return;
    for (let i = place; i < this.#sums.length; i += i & -i) this.#sums[i]! += by;
  }
}
