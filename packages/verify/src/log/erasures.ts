// Events without a payload, held against the events that must answer for them (formats.md, section 2): erasures and prunes name
// them by the hash of their raw keys, and legal holds and the rule of a prune must have allowed it. One pass in the log's order.
import { bytesToHex, hexToBytes, type Sha256 } from "@sealtrail/smt";
import type { JsonObject } from "@sealtrail/smt/formats";
import { type Claim, claimIn, type Range } from "../event/claim.js";
import { Held, holdIn, releaseIn } from "../event/holds.js";
import { clockGraceMs, mayGo } from "../event/retention.js";

export interface DestroyedEvent {
  /** Raw key, hex. */
  rawHash: string;
  /** Raw key of the event at which its chain begins, hex. */
  firstEvent: string;
  /** Its `createdAt`, in milliseconds; -Infinity where it cannot be read. */
  timestamp: number;
}

export type ErasureFault =
  /** No event answers for it. */
  | "unanswered"
  /** An event says that this one is destroyed, and it is not. */
  | "not-destroyed"
  /** An event names other raw keys than those of the events that it says it destroyed. */
  | "other-keys"
  /** Events answer for far more events than are destroyed. */
  | "too-many"
  | "destroyed-under-hold"
  | "pruned-too-early"
  /** The same, because the clock ran ahead when that was pruned. */
  | "pruned-by-clock-ahead";

export interface ErasureOptions {
  hash: Sha256;
  /** `by` is the event that answers, where there is one. */
  find(fault: ErasureFault, sequence: number, by?: number): void;
  /** Raw key, hex, of an event that is not destroyed; undefined where it is not known. Without, such an answer counts for nothing. */
  rawHashOf?(sequence: number): string | undefined;
}

export interface ErasureCounts {
  erased: number;
  pruned: number;
  /** The lowest floor that a prune names, in milliseconds; Infinity where nothing was pruned. */
  lowestFloorMs: number;
}

export class ErasureTracker {
  readonly #o: ErasureOptions;
  readonly #destroyed = new Map<number, DestroyedEvent>();
  /** Destroyed events until an event answers for them. */
  readonly #unanswered = new Set<number>();
  readonly #held = new Held();
  /** Holds that were not released, by id, with the events that place them. */
  readonly holdsInForce = new Map<string, number>();
  /**
   * For each prune: its newest event, and the earliest time at which its rule allowed to prune that one; earliest times first.
   */
  readonly #pruned: { sequence: number; from: number; by: number }[] = [];
  /** Destroyed events that answers were held against. Many answers for the same ones would cost the square of the log. */
  #steps = 0;
  /** Ranges of answers that name a missing event. They count, and cannot be judged: their hash cannot be computed. */
  readonly #unjudged: { range: Range; kind: "erased" | "pruned" }[] = [];
  readonly #counts: ErasureCounts = { erased: 0, pruned: 0, lowestFloorMs: Number.POSITIVE_INFINITY };
  #last = 0;

  constructor(options: ErasureOptions) {
    this.#o = options;
  }

  /** Sequence of the newest destroyed event; 0 where there is none. */
  get last(): number {
    return this.#last;
  }

  get count(): number {
    return this.#destroyed.size;
  }

  isDestroyed(sequence: number): boolean {
    return this.#destroyed.has(sequence);
  }

  destroyed(sequence: number, event: DestroyedEvent): void {
    this.#destroyed.set(sequence, event);
    this.#unanswered.add(sequence);
    this.#last = sequence;
  }

  /** What one of the trail's own events says. `timestamp`: its `createdAt`, in milliseconds. */
  said(type: string, sequence: number, timestamp: number, metadata: JsonObject): void {
    if (type !== "system.erasure" && type !== "system.retention") return;
    const claim = claimIn(metadata, sequence);
    if (claim !== undefined) {
      this.#answer(claim, { sequence, timestamp, rule: type === "system.erasure" ? undefined : metadata });
      return;
    }
    const hold = holdIn(metadata);
    if (hold !== undefined) {
      this.#held.place(hold);
      this.holdsInForce.set(hold.id, sequence);
    }
    const released = releaseIn(metadata);
    if (released !== undefined) {
      this.#held.release(released);
      this.holdsInForce.delete(released);
    }
  }

  /**
   * The time of an event, or the present. A prune whose rule did not yet allow it by that time, and a day more, was made while
   * the clock ran ahead.
   */
  passed(timestamp: number): void {
    for (let last = this.#pruned.at(-1); last !== undefined && last.from > timestamp + clockGraceMs; ) {
      this.#o.find("pruned-by-clock-ahead", last.sequence, last.by);
      this.#pruned.pop();
      last = this.#pruned.at(-1);
    }
  }

  end(): ErasureCounts {
    const ranges = this.#unjudged.sort((a, b) => a.range[0] - b.range[0]);
    // Both ascend, so that many answers for the same events cost no more than their number.
    let at = 0;
    for (const sequence of this.#unanswered) {
      while (at < ranges.length && ranges[at]!.range[1] < sequence) at++;
      const answer = ranges[at];
      if (answer !== undefined && answer.range[0] <= sequence) this.#counts[answer.kind]++;
      else this.#o.find("unanswered", sequence);
    }
    return this.#counts;
  }

  #answer(claim: Claim, by: { sequence: number; timestamp: number; rule: JsonObject | undefined }): void {
    if (this.#unanswered.size === 0 && this.#o.rawHashOf === undefined) return;
    const named = this.#named(claim, by.sequence);
    if (named === undefined) return;
    const counts = this.#counts;
    const kind = by.rule === undefined ? "erased" : "pruned";
    if (named === "missing") for (const range of claim.ranges) this.#unjudged.push({ range, kind });
    else for (const sequence of named) if (this.#unanswered.delete(sequence)) counts[kind]++;
    const floor = by.rule?.floorMs;
    if (typeof floor === "number") counts.lowestFloorMs = Math.min(counts.lowestFloorMs, floor);
    if (named !== "missing") this.#judge(named, by);
  }

  /** The destroyed events that a claim names, whose raw keys its hash fits. Undefined where it counts for nothing. */
  #named(claim: Claim, by: number): number[] | "missing" | undefined {
    const events: number[] = [];
    const keys: Uint8Array[] = [];
    for (const [first, last] of claim.ranges) {
      for (let sequence = first; sequence <= last; sequence++) {
        const gone = this.#destroyed.get(sequence);
        if (gone === undefined && this.#o.rawHashOf === undefined) return undefined;
        if (++this.#steps > 4 * this.#destroyed.size + 10_000) {
          this.#o.find("too-many", by);
          return undefined;
        }
        const key = gone?.rawHash ?? this.#o.rawHashOf?.(sequence);
        // A missing event is reported elsewhere. A range may name 2^53 of them, so the walk ends here.
        if (key === undefined) return "missing";
        keys.push(hexToBytes(key));
        if (gone === undefined) this.#o.find("not-destroyed", sequence, by);
        else events.push(sequence);
      }
    }
    if (bytesToHex(this.#o.hash(joined(keys))) === claim.rawKeysHash) return events;
    this.#o.find("other-keys", by);
    return undefined;
  }

  /** Whether holds and, of a prune, floor and age rule allowed it then. A rule that is no number allows nothing. */
  #judge(
    sequences: readonly number[],
    { sequence: by, timestamp, rule }: { sequence: number; timestamp: number; rule: JsonObject | undefined },
  ): void {
    let newest = { sequence: 0, from: Number.NEGATIVE_INFINITY, by };
    for (const sequence of sequences) {
      const { firstEvent, timestamp: made } = this.#destroyed.get(sequence)!;
      if (this.#held.holds(sequence, firstEvent)) this.#o.find("destroyed-under-hold", sequence, by);
      if (rule === undefined) continue;
      if (!mayGo(rule, timestamp - made)) {
        this.#o.find("pruned-too-early", sequence, by);
        continue;
      }
      const from = made + Math.max(Number(rule.floorMs), rule.rule === "age" ? Number(rule.maxAgeMs) : -Infinity);
      if (from > newest.from) newest = { sequence, from, by };
    }
    if (newest.sequence === 0) return;
    let at = this.#pruned.length;
    while (at > 0 && this.#pruned[at - 1]!.from > newest.from) at--;
    this.#pruned.splice(at, 0, newest);
  }
}

/** 32 bytes each. */
function joined(keys: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(32 * keys.length);
  for (const [i, key] of keys.entries()) bytes.set(key, 32 * i);
  return bytes;
}
