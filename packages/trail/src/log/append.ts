// Appending: the one writer of `events`. What needs the lock happens in it, nothing else: sequence, id, createdAt,
// previousHash, chainPrev, epoch and the two keys.
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Sha256 } from "@sealtrail/smt";
import type { JsonObject } from "@sealtrail/smt/formats";
import { withScheduledCheckpoints, yieldLock } from "@sealtrail/smt/sqlite";
import { censoredKey, type EventFieldName, epochAfter, fieldNames, rawKey } from "@sealtrail/verify/event";
import type { PreparedEvent } from "../event/prepared.js";
import { type CallRecord, CallTable, eventOfCall, isRetold, isSameCall } from "./calls.js";
import { canonicalText, type EventColumns } from "./canonical.js";
import { type Claim, Claims, happenedAt } from "./claims.js";
import { type EncodedEvent, encodeEvent, finalizeTimestamp, marked } from "./columns.js";
import { TrailError } from "./errors.js";
import type { TrailRow } from "./genesis.js";
import { Joins, sideOf } from "./joins.js";
import { hexOf } from "./native.js";
import { pooled, type Random } from "./random.js";
import { systemEvent } from "./system-event.js";
import { writing } from "./transaction.js";
import { uuidV7 } from "./uuid.js";

/** More than this back is no correction of a clock but a step, and is put on record. */
const clockStepMs = 5_000;
/** A transaction is to hold the lock so long, commit included; the promise is 50 ms. */
const lockMs = 12;
/** So many events are one transaction whatever it takes. Of more, the first transaction has as many, and the next ones follow
 * from how long it took. Bigger ones touch each page less often. */
const firstSlice = 512;
const smallestSlice = 128;
const biggestSlice = 4_096;
/** All columns of `events`, in the order of the table. */
const allColumns = fieldNames(() => true);
/** Sessions whose newest raw key is remembered between appends. */
const rememberedSessions = 10_000;

/** What an append did: events added, and those that the log had already. @public */
export interface Appended {
  added: number;
  duplicate: number;
  /** Sequence of the newest event of the log. */
  lastSequence: number;
}

export interface AppendOptions {
  /** Asked inside the transaction: true writes nothing. */
  unless?: () => boolean;
  /** Runs inside the last transaction, if it wrote; told the newest sequence. */
  also?: (lastSequence: number) => void;
}

interface Head {
  sequence: number;
  rawKey: Uint8Array;
  rawKeyHex: string;
  epoch: number;
  /** `createdAt` of the newest event; NaN for an empty log. */
  timestamp: number;
}

interface Link {
  rawHash: Uint8Array;
  sequence: number;
}

export class Appender {
  readonly #db: DatabaseSync;
  readonly #trail: TrailRow;
  readonly #clock: () => number;
  readonly #random: Random;
  readonly #hash: Sha256;
  readonly #idBits: () => Uint8Array;
  readonly #sql: Statements;
  readonly #joins: Joins;
  readonly #claims: Claims;
  readonly #calls: CallTable;
  #head: Head | undefined;
  /** Newest raw key by session and source; holds as long as nobody else appends. */
  readonly #newest = new Map<string, Uint8Array>();
  #slice = firstSlice;
  #isoOf = Number.NaN;
  #iso = "";

  constructor(db: DatabaseSync, trail: TrailRow, options: { clock: () => number; random: Random; hash: Sha256 }) {
    this.#db = db;
    this.#trail = trail;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#hash = options.hash;
    this.#idBits = pooled(options.random, 10);
    this.#sql = Object.fromEntries(
      Object.entries(statements).map(([name, text]) => [name, db.prepare(text)]),
    ) as Statements;
    this.#joins = new Joins(db);
    this.#claims = new Claims(db, this.#joins);
    this.#calls = new CallTable(db);
  }

  /** Up to 512 events are one transaction, all or none; more are as many as keep the lock short. */
  append(events: readonly PreparedEvent[], { also, unless }: AppendOptions = {}): Appended {
    // What a long run leaves in the write-ahead log is not for the next hook to clear away.
    if (events.length <= firstSlice) return this.#appendAll(events, also, unless);
    return withScheduledCheckpoints(this.#db, () => this.#appendAll(events, also, unless));
  }

  #appendAll(events: readonly PreparedEvent[], also: AppendOptions["also"], unless: AppendOptions["unless"]): Appended {
    const now = this.#now();
    const total: Appended = { added: 0, duplicate: 0, lastSequence: 0 };
    let from = 0;
    do {
      const slice = events.length <= firstSlice ? events : events.slice(from, from + this.#slice);
      from += slice.length;
      const readied = slice.map((event) => encodeEvent(event, this.#trail.machineId, now, this.#hash));
      const last = from >= events.length;
      let begun = 0;
      const done = this.transaction(() => {
        begun = performance.now();
        const result = this.#write(unless?.() === true ? [] : readied);
        if (last && (readied.length === 0 || result.added + result.duplicate > 0)) also?.(result.lastSequence);
        return result;
      });
      if (events.length > firstSlice) {
        const fits = (slice.length * lockMs) / (performance.now() - begun);
        // The last one of a batch may be too short to tell.
        if (slice.length >= smallestSlice) {
          this.#slice = Math.round(Math.min(biggestSlice, Math.max(smallestSlice, fits)));
        }
        // The lock is free while the next ones are made ready.
        yieldLock(this.#db, Number.POSITIVE_INFINITY);
      }
      total.added += done.added;
      total.duplicate += done.duplicate;
      total.lastSequence = done.lastSequence;
    } while (from < events.length);
    return total;
  }

  /** One transaction that holds the write lock, for what must stand or fall with the events that `appendInside` adds to it. */
  transaction<T>(work: () => T): T {
    try {
      return writing(this.#db, work);
    } catch (error) {
      // Whatever was remembered may be of a transaction that never was.
      this.#head = undefined;
      throw error;
    }
  }

  /** Appends inside `transaction`. */
  appendInside(events: readonly PreparedEvent[]): Appended {
    const now = this.#now();
    return this.#write(events.map((event) => encodeEvent(event, this.#trail.machineId, now, this.#hash)));
  }

  /** Forgets what was remembered of sessions: rows that it stands on were destroyed. */
  forgetSessions(): void {
    this.#newest.clear();
  }

  #write(events: readonly EncodedEvent[]): Appended {
    const head = this.#currentHead();
    const before = head.sequence;
    const calls = this.#calls;
    const claimed = this.#claims.take(events, before);
    calls.forget();
    const asked: { key: Uint8Array; sequence: number }[] = [];
    for (const [i, { call }] of events.entries()) {
      if (call?.role !== "asked" || claimed[i] === "known" || claimed[i] === "late") continue;
      asked.push({ key: call.key, sequence: before + 1 + i });
    }
    calls.make(asked);
    let known = 0;
    for (const [i, event] of events.entries()) {
      const claim = claimed[i] === "late" ? this.#claims.takeLate(event, calls) : claimed[i]!;
      if (claim === "known") {
        known++;
        this.#claims.enterLine(event);
        continue;
      }
      if (this.#givesWay(event)) {
        known++;
        this.#claims.enterLine(event, calls.row(event.call!.key).outcome ?? undefined);
        // The event is not written, so its key must go: `verify` reports keys without an event.
        if (event.dedupe !== undefined && claimed[i] !== "late") this.#claims.drop(event);
        continue;
      }
      const now = this.#now();
      if (now < head.timestamp - clockStepMs) this.#noteClock(head, now);
      this.#join(event, claim, head.sequence + 1);
      this.#insert(event, head, now);
      if (claimed[i] === "late") this.#claims.keep(event, head.sequence);
      else if (event.dedupe !== undefined && head.sequence !== before + 1 + i) this.#claims.move(event, head.sequence);
      this.#claims.enterLine(event, head.sequence);
      const { coalescedKeys } = event;
      for (let at = 0; coalescedKeys !== undefined && at < coalescedKeys.length; at += 16) {
        this.#claims.add(coalescedKeys.subarray(at, at + 16), head.sequence);
      }
    }
    calls.save();
    if (head.sequence !== before) this.#sql.setHead.run(head.sequence, head.rawKey);
    return { added: head.sequence - before, duplicate: known, lastSequence: head.sequence };
  }

  /** Whether the call has an outcome on record to which this one adds nothing. */
  #givesWay(event: EncodedEvent): boolean {
    const { call, yields, fromLog } = event;
    if (yields === undefined || call?.role !== "outcome") return false;
    const first = this.#outcomeOf(call.key, event);
    if (first === undefined || first.type === "tool.unknown") return false;
    return yields !== "hooks" || this.#calls.row(call.key).logged !== fromLog;
  }

  #outcomeOf(key: Uint8Array, event: EncodedEvent): CallRecord | undefined {
    return eventOfCall(this.#db, this.#calls.row(key).outcome, event.columns, "outcome");
  }

  /**
   * Sets the event's marks (`repeated`, `idReused`, `of`, `resolves`) by what is on record, and enters it in its call's row.
   * `sequence`: the sequence that it will have.
   */
  #join(event: EncodedEvent, claim: Claim, sequence: number): void {
    const { call } = event;
    if (claim === "new" && call === undefined) return;
    const marks: JsonObject = {};
    if (claim === "repeated") marks.repeated = true;
    if (claim === "reused") marks.idReused = true;
    if (call?.role === "asked") this.#joinAsked(event, call.key, claim, sequence, marks);
    else if (call?.role === "outcome") this.#joinOutcome(event, call.key, claim, sequence, marks);
    if (Object.keys(marks).length > 0 || event.columns.type === "tool.detail")
      marked(event, marks, this.#trail.machineId);
  }

  #joinAsked(event: EncodedEvent, key: Uint8Array, claim: Claim, sequence: number, marks: JsonObject): void {
    const { asked, outcome } = this.#calls.row(key);
    if (outcome === null) {
      const before = claim === "new" ? eventOfCall(this.#db, asked, event.columns, "asked") : undefined;
      // Some hosts write one call several times under numbers of their own. The first event stands for the call.
      if (before !== undefined && isRetold(before, event.columns)) marks.repeated = true;
      else {
        this.#calls.asked(key, sequence);
        if (before !== undefined) marks.idReused = true;
      }
    }
    // An outcome before the `asked` event belongs to another call, unless the `asked` event comes late: then the host's time
    // tells.
    else if (happenedBefore(event, this.#timeOf(outcome)) || this.#isOfOutcome(event, asked, outcome)) {
      this.#calls.askedLate(key, sequence);
    } else {
      this.#calls.asked(key, sequence);
      marks.idReused = true;
    }
  }

  /** Whether only the host's other record has told the call so far, and nothing but how it ended. */
  #isOfOutcome(event: EncodedEvent, asked: number | null, outcome: number): boolean {
    if (asked !== null || this.#joins.isToldBy(sideOf(event), outcome)) return false;
    const ended = eventOfCall(this.#db, outcome, event.columns, "outcome");
    return ended !== undefined && isSameCall(ended, event.columns);
  }

  #joinOutcome(event: EncodedEvent, key: Uint8Array, claim: Claim, sequence: number, marks: JsonObject): void {
    const { fromLog } = event;
    const first = this.#outcomeOf(key, event);
    if (first === undefined || first.type === "tool.unknown") {
      if (first !== undefined) marks.resolves = first.id;
      this.#calls.ended(key, sequence, fromLog);
      return;
    }
    const isOther = this.#calls.row(key).logged !== fromLog;
    const run = claim === "new" ? runBeside(first, event) : undefined;
    if (isOther || run === "same") {
      // One call has one outcome. What the host's other record adds to it, or the same record repeats, becomes a detail of it.
      event.columns.type = "tool.detail";
      delete marks.idReused;
      marks.of = first.id;
      if (isOther) this.#joins.tell(first.sequence, event.occurredAtMs);
      return;
    }
    if (run === "other") marks.idReused = true;
    if (run === "other" || claim === "reused") this.#calls.ended(key, sequence, fromLog);
  }

  /** When the event happened: milliseconds by the host's clock, else by ours; NaN where it is gone. */
  #timeOf(sequence: number): number {
    return happenedAt(this.#sql.timesOf.get(sequence));
  }

  /** Puts the step on record before the event that met it. */
  #noteClock(head: Head, now: number): void {
    const note = systemEvent("system.clock_changed", {
      description: "the clock was set back",
      metadata: { from: iso(head.timestamp), to: iso(now) },
      random: this.#random,
    });
    this.#insert(encodeEvent(note, this.#trail.machineId, now, this.#hash), head, now);
  }

  #insert(event: EncodedEvent, head: Head, now: number): void {
    finalizeTimestamp(event, now, this.#trail.machineId);
    const c = event.columns;
    const sequence = head.sequence + 1;
    const createdAt = this.#isoTime(now);
    const id = uuidV7(now, this.#idBits());
    const text = canonicalText(event.parts, { createdAt, id, previousHash: head.rawKeyHex, sequence });
    const raw = rawKey(event.salt, text, this.#hash);
    const censored = censoredKey({ category: c.category, createdAt, id, type: c.type }, this.#hash);
    const epoch = epochAfter(head.sequence === 0 ? undefined : head, now, this.#trail.genesis.epochDurationMs);
    const chainPrev = this.#chain(c.sessionId, c.source, raw);
    const cells: { [name in EventFieldName]?: SQLInputValue } = {
      sequence,
      id,
      createdAt,
      contentHash: event.contentHash,
      content: event.content,
      contentSalt: event.contentSalt,
      previousHash: head.rawKey,
      chainPrev,
      epoch,
      rawHash: raw,
      censoredHash: censored,
    };
    this.#sql.insert.run(...allColumns.map((name) => (name in cells ? cells[name]! : c[name as keyof EventColumns])));
    head.sequence = sequence;
    head.rawKey = raw;
    head.rawKeyHex = hexOf(raw);
    head.epoch = epoch;
    head.timestamp = now;
  }

  /** The raw key before in this session and source; `raw` becomes the newest. */
  #chain(sessionId: string | null, source: string, raw: Uint8Array): Uint8Array | null {
    if (sessionId === null) return null;
    // No text of an event holds a NUL (columns.ts), so two sessions never share a name.
    const name = `${source}\0${sessionId}`;
    let previous = this.#newest.get(name);
    if (previous === undefined) {
      let row = this.#sql.newestOfSession.get(sessionId, source) as Link | undefined;
      // Later events of the session may have been destroyed. Only their links in the chain are left.
      while (row !== undefined) {
        previous = row.rawHash;
        row = this.#sql.destroyedAfter.get(row.rawHash, row.sequence) as Link | undefined;
      }
      if (this.#newest.size >= rememberedSessions) this.#newest.clear();
    }
    this.#newest.set(name, raw);
    return previous ?? null;
  }

  /** The log head, with what an append needs of the newest row; read again whenever somebody else has appended. */
  #currentHead(): Head {
    const row = this.#sql.head.get() as { sequence: number; rawKey: Uint8Array } | undefined;
    if (row === undefined) throw new TrailError("trail-damaged", "the log head is gone: run audit verify");
    const known = this.#head;
    const rawKeyHex = hexOf(row.rawKey);
    if (known !== undefined && known.sequence === row.sequence && known.rawKeyHex === rawKeyHex) return known;
    this.#newest.clear();
    const newest = this.#sql.newestEvent.get(row.sequence) as { createdAt: string; epoch: number } | undefined;
    this.#head = {
      sequence: row.sequence,
      rawKey: row.rawKey,
      rawKeyHex,
      epoch: newest?.epoch ?? 0,
      timestamp: newest === undefined ? Number.NaN : Date.parse(newest.createdAt),
    };
    return this.#head;
  }

  #now(): number {
    const now = Math.floor(this.#clock());
    if (!(now >= 0 && now <= latest)) throw new RangeError("clock: outside the years 1970 to 9999");
    return now;
  }

  #isoTime(ms: number): string {
    if (ms !== this.#isoOf) {
      this.#isoOf = ms;
      this.#iso = iso(ms);
    }
    return this.#iso;
  }
}

function happenedBefore(event: EncodedEvent, time: number): boolean {
  return event.occurredAtMs <= time;
}

/** Whether an outcome is of the same run as the one on record; undefined where neither run nor identity tells. */
function runBeside(first: CallRecord, { columns, dedupeBy }: EncodedEvent): "same" | "other" | undefined {
  if (first.runId === null || columns.runId === null) return dedupeBy === "identity" ? "same" : undefined;
  return first.runId === columns.runId ? "same" : "other";
}

const latest = Date.UTC(10_000, 0) - 1;

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

const statements = {
  head: "SELECT sequence, rawKey FROM head WHERE id = 1",
  setHead: "UPDATE head SET sequence = ?, rawKey = ? WHERE id = 1",
  newestEvent: "SELECT createdAt, epoch FROM events WHERE sequence <= ? ORDER BY sequence DESC LIMIT 1",
  newestOfSession:
    "SELECT rawHash, sequence FROM events WHERE sessionId = ? AND source = ? ORDER BY sequence DESC LIMIT 1",
  destroyedAfter: `SELECT rawHash, sequence FROM events WHERE metadata IS NULL AND chainPrev = ? AND sequence > ?
    ORDER BY sequence LIMIT 1`,
  timesOf: "SELECT createdAt, occurredAt FROM events WHERE sequence = ?",
  insert: `INSERT INTO events (${allColumns.join(", ")}) VALUES (${allColumns.map(() => "?").join(", ")})`,
};

type Statements = { [name in keyof typeof statements]: StatementSync };
