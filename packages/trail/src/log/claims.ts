// Decides whether an event is known, by its dedupe key. The key is taken in the transaction that writes the event.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { callRole } from "@sealtrail/sources/event";
import { IDENTITY_BYTES, nthKey } from "../ingest/dedupe.js";
import type { CallTable } from "./calls.js";
import type { EncodedEvent } from "./columns.js";
import { countWhile, type Joins, sideOf } from "./joins.js";

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

  readonly #joins: Joins;

  constructor(db: DatabaseSync, joins: Joins) {
    this.#joins = joins;
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
   * comes (`takeLate`), because the result depends on the events before it.
   */
  take(events: readonly EncodedEvent[], before: number): (Claim | "late")[] {
    const claims: (Claim | "late")[] = events.map((event) => (isLate(event) ? "late" : "new"));
    for (const i of byKey(events)) {
      const event = events[i]!;
      const key = event.dedupe!;
      if (this.#isElsewhere(event)) {
        claims[i] = "known";
        continue;
      }
      const reused = event.dedupeBy === "identity" && this.#isReused(key);
      if (this.#insert.run(key, before + 1 + i).changes === 0) claims[i] = "known";
      else if (reused) claims[i] = "reused";
    }
    return claims;
  }

  /** The claim of an event whose turn has come. Sets the event's key, which `keep` then writes. */
  takeLate(event: EncodedEvent, calls: CallTable): Claim {
    const claim = this.#isElsewhere(event) ? "known" : this.#claimOf(event, calls);
    if (claim !== "new" && claim !== "reused") return claim;
    const told = this.#joins.match(event);
    if (told === undefined) return claim;
    this.#joins.tell(told, event.occurredAtMs);
    if (event.dedupe !== undefined && event.dedupeBy !== "moment") this.#joins.add(event.dedupe, told);
    return "known";
  }

  /** Makes the event findable by its line, under which a copy in another file is known. */
  enterLine({ line, dedupe }: EncodedEvent, sequence = dedupe && this.#known(dedupe)): void {
    if (line !== undefined && sequence !== undefined) this.#joins.add(line, sequence);
  }

  /** Whether it is on record in another session that it may be of, or that its line was copied from. */
  #isElsewhere({ elsewhere, call, line, columns }: EncodedEvent): boolean {
    const copied = line === undefined ? undefined : this.#joins.sequenceOf(line);
    const original = copied === undefined ? undefined : this.#joins.eventAt(copied);
    if (original !== undefined && original.source === columns.source && original.sessionId !== columns.sessionId) {
      return callRole(original.type) === call?.role;
    }
    for (let at = 0; elsewhere !== undefined && at < elsewhere.length; at += 16) {
      const key = elsewhere.subarray(at, at + 16);
      // A hook tells an outcome in other words.
      if (call?.role === "outcome" ? this.#isReused(key) : this.#known(key) !== undefined) return true;
    }
    return false;
  }

  #claimOf(event: EncodedEvent, calls: CallTable): Claim {
    const key = event.dedupe;
    if (key === undefined) return "new";
    if (event.live && !event.fromLog && event.dedupeBy === "identity") return this.#claimLive(event, key, calls);
    const sequence = this.#known(key);
    if (event.dedupeBy === "moment") {
      if (sequence === undefined) return "new";
      return this.#tellsFirst(event, sequence) ? "known" : this.#sameMoment(event, sequence, repeatedMs);
    }
    if (sequence === undefined) return event.dedupeBy === "identity" && this.#isReused(key) ? "reused" : "new";
    this.#tellsFirst(event, sequence);
    return "known";
  }

  /**
   * Equal events under one id have keys that are numbered. Each event that hooks tell has the next number, and is known where
   * the host's log has told the event with that number.
   */
  #claimLive(event: EncodedEvent, key: Uint8Array, calls: CallTable): Claim {
    const first = this.#known(key);
    if (first === undefined) return this.#isReused(key) ? "reused" : "new";
    const n = countWhile((at) => {
      const sequence = at === 0 ? first : this.#known(nthKey(key, at));
      return sequence !== undefined && this.#joins.isToldBy("hooks", sequence);
    });
    if (n > 0) {
      const last = nthKey(key, n - 1);
      const sequence = n === 1 ? first : this.#known(last)!;
      if (event.call === undefined) {
        const claim = this.#sameMoment(event, this.#lastTelling(last) ?? sequence, twiceMs);
        if (claim === "repeated") event.dedupe = this.#nextTelling(last);
        if (claim !== "new") return claim;
      }
      // The same call id and essence again: the host told the event twice, or the call had ended and this is another call.
      else if (!this.#isAnotherCall(event, event.call, sequence, calls)) return "known";
    }
    event.dedupe = nthKey(key, n);
    const logged = n === 0 ? first : this.#known(event.dedupe);
    if (logged === undefined) return "reused";
    this.#joins.tell(logged, event.occurredAtMs);
    return "known";
  }

  /** Whether only the host's other record has told the event so far. Notes that now both have. */
  #tellsFirst(event: EncodedEvent, sequence: number): boolean {
    if (this.#joins.isToldBy(sideOf(event), sequence)) return false;
    this.#joins.tell(sequence, event.occurredAtMs);
    return true;
  }

  /** After the event was written. */
  keep(event: EncodedEvent, sequence: number): void {
    if (event.dedupe !== undefined) this.#replace.run(event.dedupe, sequence);
    this.#joins.enter(event, sequence);
  }

  move(event: EncodedEvent, sequence: number): void {
    this.#move.run(sequence, event.dedupe!);
  }

  /** Of an event that was not written after all. */
  drop(event: EncodedEvent): void {
    this.#drop.run(event.dedupe!);
  }

  add(key: Uint8Array, sequence: number): void {
    this.#insert.run(key, sequence);
  }

  #isReused(key: Uint8Array): boolean {
    for (let i = 0; i < IDENTITY_BYTES; i++) this.#low[i] = this.#high[i] = key[i]!;
    return this.#sameIdentity.get(this.#low, this.#high) !== undefined;
  }

  /** Under its own key, or under that of an event that was found to be the same. */
  #known(key: Uint8Array): number | undefined {
    return this.#sequenceOf(key) ?? this.#joins.sequenceOf(key);
  }

  #sequenceOf(key: Uint8Array): number | undefined {
    const sequence = this.#sequence.get(key)?.sequence;
    return typeof sequence === "number" ? sequence : undefined;
  }

  /** Keys of the times that hooks told an event again, as the host does that runs a hook twice. */
  #nextTelling(key: Uint8Array): Uint8Array {
    return againKey(key, this.#tellings(key));
  }

  #lastTelling(key: Uint8Array): number | undefined {
    const n = this.#tellings(key);
    return n === 0 ? undefined : this.#sequenceOf(againKey(key, n - 1));
  }

  #tellings(key: Uint8Array): number {
    return countWhile((at) => this.#sequenceOf(againKey(key, at)) !== undefined);
  }

  #isAnotherCall(
    { occurredAtMs }: EncodedEvent,
    call: NonNullable<EncodedEvent["call"]>,
    sequence: number,
    calls: CallTable,
  ): boolean {
    const row = calls.row(call.key);
    const since = call.role === "asked" ? row.outcome : row.asked;
    if (since === null || since <= sequence) return false;
    // The host runs its hook twice, and its log told the outcome in between: no hook has told it yet.
    if (call.role === "asked" && !this.#joins.isToldBy("hooks", since)) {
      const toldAt = this.#joins.toldAt(sequence) ?? happenedAt(this.#times.get(sequence));
      if (Math.abs(occurredAtMs - toldAt) <= twiceMs) return false;
    }
    // An event that comes late, out of a spool, may have happened before it.
    return !(occurredAtMs <= happenedAt(this.#times.get(since)));
  }

  #sameMoment(event: EncodedEvent, sequence: number, within: number): Claim {
    const toldAt = event.fromLog ? undefined : this.#joins.toldAt(sequence);
    const row =
      toldAt !== undefined && this.#joins.eventAt(sequence)?.side === "log"
        ? { occurredAt: new Date(toldAt).toISOString() }
        : this.#times.get(sequence);
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

function isLate({ dedupe, dedupeBy, live, alike }: EncodedEvent): boolean {
  if (alike !== undefined) return true;
  return dedupe !== undefined && (dedupeBy === "moment" || (live && dedupeBy === "identity"));
}

function againKey(key: Uint8Array, n: number): Uint8Array {
  return nthKey(key, `again ${n}`);
}

/** Indexes of the events whose dedupe keys are taken together, by their first bytes; equal keys in the order of the events. */
function byKey(events: readonly EncodedEvent[]): number[] {
  const order: number[] = [];
  for (const [i, event] of events.entries()) {
    const { dedupe } = event;
    if (dedupe === undefined || isLate(event)) continue;
    const prefix = dedupe[0]! * 0x1000000 + (dedupe[1]! << 16) + (dedupe[2]! << 8) + dedupe[3]!;
    order.push(prefix * 0x10000 + i);
  }
  return Array.from(Float64Array.from(order).sort(), (place) => place % 0x10000);
}
