// Decides whether an event is known, by its dedupe key. The key is taken in the transaction that writes the event.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { IDENTITY_BYTES, nthKey } from "../ingest/dedupe.js";
import type { CallTable } from "./calls.js";
import type { ReadyEvent } from "./columns.js";

/**
 * "new". "known": counted and not written. "reused": another event under an id that was used before. "repeated": equal to an
 * event that happened just before, with no id to tell whether it is the same.
 */
export type Claim = "new" | "known" | "reused" | "repeated";

/** Milliseconds between two equal events of which the second one is marked. */
const repeatedMs = 5_000;
/** Milliseconds within which a host that runs a hook twice has done so, even on a busy machine. */
const twiceMs = 10_000;

export class Claims {
  readonly #insert: StatementSync;
  readonly #replace: StatementSync;
  readonly #move: StatementSync;
  readonly #drop: StatementSync;
  readonly #sequence: StatementSync;
  readonly #sameIdentity: StatementSync;
  readonly #times: StatementSync;
  readonly #low = new Uint8Array(16);
  readonly #high = new Uint8Array(16).fill(0xff);

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare("INSERT OR IGNORE INTO dedupe (key, sequence) VALUES (?, ?)");
    this.#replace = db.prepare("INSERT OR REPLACE INTO dedupe (key, sequence) VALUES (?, ?)");
    this.#move = db.prepare("UPDATE dedupe SET sequence = ? WHERE key = ?");
    this.#drop = db.prepare("DELETE FROM dedupe WHERE key = ?");
    this.#sequence = db.prepare(
      // A number beyond the safe integers was not written by us.
      "SELECT iif(sequence BETWEEN 0 AND 9007199254740991, sequence, 0) AS sequence FROM dedupe WHERE key = ?",
    );
    this.#sameIdentity = db.prepare("SELECT 1 FROM dedupe WHERE key BETWEEN ? AND ? LIMIT 1");
    this.#times = db.prepare("SELECT createdAt, occurredAt FROM events WHERE sequence = ?");
  }

  /**
   * Takes the dedupe keys, each for the sequence that its event gets if no event before it is left out. Keys are taken in their
   * order, which costs half as much as taking them in the order of the events. "late": the key is taken when the event's turn
   * comes (`takeLive`), because the result depends on the events before it.
   */
  take(events: readonly ReadyEvent[], before: number): (Claim | "late")[] {
    const claims: (Claim | "late")[] = events.map((event) => (isLate(event) ? "late" : "new"));
    for (const i of byKey(events)) {
      const event = events[i]!;
      const key = event.dedupe!;
      const reused = event.dedupeBy === "identity" && this.#isReused(key);
      if (this.#insert.run(key, before + 1 + i).changes === 0) claims[i] = "known";
      else if (reused) claims[i] = "reused";
    }
    return claims;
  }

  /** The claim of an event that a live hook tells. Sets the event's key, which `keep` then writes. */
  takeLive(event: ReadyEvent, calls: CallTable): Claim {
    const key = event.dedupe!;
    const sequence = this.#sequenceOf(key);
    if (event.dedupeBy === "moment")
      return sequence === undefined ? "new" : this.#sameMoment(event, sequence, repeatedMs);
    if (sequence === undefined) return this.#isReused(key) ? "reused" : "new";
    const last = this.#lastOf(key);
    let claim: Claim = "reused";
    if (event.call === undefined) claim = this.#sameMoment(event, last.sequence, twiceMs);
    // The same call id and essence again: the host told the event twice, or the call had ended and this is another call.
    else if (!this.#isAnotherCall(event, event.call, last.sequence, calls)) claim = "known";
    if (claim === "known") return claim;
    event.dedupe = nthKey(key, last.n + 1);
    return claim === "new" ? "reused" : claim;
  }

  /** After the event was written. */
  keep(event: ReadyEvent, sequence: number): void {
    this.#replace.run(event.dedupe!, sequence);
  }

  move(event: ReadyEvent, sequence: number): void {
    this.#move.run(sequence, event.dedupe!);
  }

  /** Of an event that was not written after all. */
  drop(event: ReadyEvent): void {
    this.#drop.run(event.dedupe!);
  }

  add(key: Uint8Array, sequence: number): void {
    this.#insert.run(key, sequence);
  }

  #isReused(key: Uint8Array): boolean {
    for (let i = 0; i < IDENTITY_BYTES; i++) this.#low[i] = this.#high[i] = key[i]!;
    return this.#sameIdentity.get(this.#low, this.#high) !== undefined;
  }

  #sequenceOf(key: Uint8Array): number | undefined {
    const sequence = this.#sequence.get(key)?.sequence;
    return typeof sequence === "number" ? sequence : undefined;
  }

  /** The newest of the equal events under one id: found in a number of steps that grows with the logarithm of their number. */
  #lastOf(key: Uint8Array): { n: number; sequence: number } {
    const known = (n: number) => this.#sequenceOf(nthKey(key, n)) !== undefined;
    let low = 0;
    let step = 1;
    while (known(low + step)) {
      low += step;
      step *= 2;
    }
    for (step = Math.floor(step / 2); step >= 1; step = Math.floor(step / 2)) if (known(low + step)) low += step;
    return { n: low, sequence: this.#sequenceOf(nthKey(key, low))! };
  }

  #isAnotherCall(
    { occurredAtMs }: ReadyEvent,
    call: NonNullable<ReadyEvent["call"]>,
    sequence: number,
    calls: CallTable,
  ): boolean {
    const row = calls.row(call.key);
    const since = call.role === "asked" ? row.outcome : row.asked;
    if (since === null || since <= sequence) return false;
    // An event that comes late, out of a spool, may have happened before it.
    return !(occurredAtMs <= happenedAt(this.#times.get(since)));
  }

  #sameMoment(event: ReadyEvent, sequence: number, within: number): Claim {
    const row = this.#times.get(sequence);
    // The same event was taken out of a spool for the second time.
    if (event.occurredAt !== null && row?.occurredAt === event.occurredAt) return "known";
    return Math.abs(event.occurredAtMs - happenedAt(row)) <= within ? "repeated" : "new";
  }
}

/** When a recorded event happened: milliseconds by the host's clock, else by ours; NaN where there is no such event. */
export function happenedAt(row: Record<string, unknown> | undefined): number {
  const time = row?.occurredAt ?? row?.createdAt;
  return typeof time === "string" ? Date.parse(time) : Number.NaN;
}

function isLate({ dedupe, dedupeBy, live }: ReadyEvent): boolean {
  return dedupe !== undefined && (dedupeBy === "moment" || (live && dedupeBy === "identity"));
}

/** Indexes of the events whose dedupe keys are taken together, by their first bytes; equal keys in the order of the events. */
function byKey(events: readonly ReadyEvent[]): number[] {
  const order: number[] = [];
  for (const [i, event] of events.entries()) {
    const { dedupe } = event;
    if (dedupe === undefined || isLate(event)) continue;
    const prefix = dedupe[0]! * 0x1000000 + (dedupe[1]! << 16) + (dedupe[2]! << 8) + dedupe[3]!;
    order.push(prefix * 0x10000 + i);
  }
  return Array.from(Float64Array.from(order).sort(), (place) => place % 0x10000);
}
