// What a long-lived live source may write, and when. An agent that talks faster than the
// disk must neither be held up nor fill the memory, and the trail must say what it did not take.
//
// Calls, security, configuration, sessions and denials are written before `offer` returns. Anything else is written at
// once while the rate allows, then buffered; a full buffer is coalesced, an event for all of a kind; what fits not even
// then is counted, and the count goes on record. Pure: clock, randomness and the trail come in, timers are the caller's.
import { createHash, type Hash } from "node:crypto";
import type { EventSink, PreparedEvent } from "../event/prepared.js";
import type { Random } from "../log/random.js";
import { systemEvent } from "../log/system-event.js";
import { LineCounts } from "./line-counts.js";

/** The limits that an operator may set. */
export interface PressureLimits {
  /** Events a second that are written one by one: 100. */
  perSecond?: number | undefined;
  /** Events that wait at most: 10,000. */
  buffered?: number | undefined;
}

export interface PressureOptions extends PressureLimits {
  sink: EventSink;
  /** Milliseconds; may jump, as any clock. */
  clock: () => number;
  random: Random;
  /** Bytes of the events that wait. */
  bufferedBytes?: number;
}

/** `known`: its dedupe key is on record, or waits already. */
export type Offered = "written" | "buffered" | "known" | "lost";

/** Events of one kind in one: what they said is sealed, how many they were and when is not. */
interface Coalesced {
  like: PreparedEvent;
  count: number;
  first: string;
  last: string;
  contentSalt: Uint8Array;
  hash: Hash;
  /** Dedupe keys of those that have one. */
  keys: Uint8Array[];
}

type Waiting = PreparedEvent | Coalesced;

const DRAIN = 1_000;
/** Events in one, and of all that one transaction writes: each has its dedupe key to store, and the lock is to be short. */
const TOGETHER = 4_096;
/** Keys remembered at most, 32 MB of them: under pressure without end, one that comes again much later counts twice. */
const KEYS = 1_000_000;
/** What an event takes beside its text. */
const OVERHEAD = 512;
const AT_ONCE = new Set(["tool", "security", "config", "session"]);

export class Pressure {
  readonly #sink: EventSink;
  readonly #clock: () => number;
  readonly #random: Random;
  readonly #perSecond: number;
  readonly #limit: number;
  readonly #limitBytes: number;
  #waiting: Waiting[] = [];
  /** Where the first event of each kind waits, as of the last coalescing. */
  #kinds = new Map<string, number>();
  /** How many waited when the last coalescing was done. */
  #packed = 0;
  #bytes = 0;
  #allowance: number;
  #allowedAt: number;
  #lost = 0;
  #lostSince = "";
  /** Keys that wait, and how many. Forgotten whenever nothing waits, and when they are too many. */
  #keys = new LineCounts();
  #keyCount = 0;
  #coalesced = 0;

  constructor(options: PressureOptions) {
    this.#sink = options.sink;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#perSecond = options.perSecond ?? 100;
    this.#limit = options.buffered ?? 10_000;
    this.#limitBytes = options.bufferedBytes ?? 64 * 1024 * 1024;
    this.#allowance = this.#perSecond;
    this.#allowedAt = this.#clock();
  }

  /** Events that wait, coalesced ones as one each; and how many could not be kept and are not on record yet. */
  get state(): { waiting: number; lost: number } {
    return { waiting: this.#waiting.length, lost: this.#lost };
  }

  /** Events that were written as part of another, up to now. */
  get coalesced(): number {
    return this.#coalesced;
  }

  /**
   * Takes an event. Throws what the sink throws for an event that must be written at once: the caller spools it or, with
   * fail-closed, stops the call. Any other event waits where the sink fails.
   */
  offer(event: PreparedEvent): Offered {
    if (writtenAtOnce(event)) {
      this.#sink.append([event]);
      return "written";
    }
    if (this.#waiting.length === 0 && this.#allowed()) {
      try {
        this.#sink.append([event]);
        return "written";
      } catch {
        // busy or full: it waits
      }
    }
    // One on record must not be counted again in an event that stands for many.
    if (event.dedupe !== undefined && this.#isKnown(event.dedupe)) return "known";
    return this.#wait(event);
  }

  /** Writes what waits, a transaction at most; call it about once a second. True when nothing waits any more. */
  drain(): boolean {
    const batch = this.#next();
    const events = batch.map((waiting) => (isCoalesced(waiting) ? eventOf(waiting) : waiting));
    const lost = this.#lost;
    // Last in the batch: the loss came after what was still taken.
    if (lost > 0 && batch.length === this.#waiting.length) events.push(this.#degraded());
    if (events.length === 0) return true;
    this.#sink.append(events);
    this.#waiting = this.#waiting.slice(batch.length);
    this.#kinds = new Map();
    this.#packed = 0;
    for (const waiting of batch) this.#bytes -= bytesOf(waiting);
    for (const waiting of batch) if (isCoalesced(waiting)) this.#coalesced += waiting.count;
    if (events.length > batch.length) this.#lost = 0;
    if (this.#waiting.length > 0) return false;
    this.#forgetKeys();
    return true;
  }

  /** Writes all that waits, a transaction at a time. */
  drainAll(): void {
    while (!this.drain()) {
      // the next transaction
    }
  }

  #next(): Waiting[] {
    const batch: Waiting[] = [];
    let weight = 0;
    for (const waiting of this.#waiting) {
      weight += isCoalesced(waiting) ? waiting.count : 1;
      if (batch.length === DRAIN || (weight > TOGETHER && batch.length > 0)) break;
      batch.push(waiting);
    }
    return batch;
  }

  #isKnown(key: Uint8Array): boolean {
    if (this.#keys.seen(key) > 0) return true;
    try {
      return this.#sink.knows?.(key) === true;
    } catch {
      return false; // the log looks again when it is written
    }
  }

  /** A bucket that fills at the allowed rate; a clock set back gives nothing and takes nothing. */
  #allowed(): boolean {
    const now = this.#clock();
    const passed = Math.max(0, now - this.#allowedAt);
    this.#allowedAt = now;
    this.#allowance = Math.min(this.#perSecond, this.#allowance + (passed * this.#perSecond) / 1000);
    if (this.#allowance < 1) return false;
    this.#allowance--;
    return true;
  }

  #wait(event: PreparedEvent): Offered {
    if (!this.#fits(event)) this.#coalesce();
    if (this.#fits(event)) {
      this.#remember(event);
      this.#waiting.push(event);
      this.#bytes += bytesOf(event);
      return "buffered";
    }
    // Full of different kinds: it can only go into its own.
    const at = this.#kinds.get(kindOf(event));
    const group = at === undefined ? undefined : this.#waiting[at];
    if (at === undefined || group === undefined || isFull(group)) {
      if (this.#lost === 0) this.#lostSince = this.#now();
      this.#lost++;
      return "lost";
    }
    this.#remember(event);
    this.#bytes -= bytesOf(group);
    const together = this.#together(group, event);
    this.#bytes += bytesOf(together);
    this.#waiting[at] = together;
    return "buffered";
  }

  #remember({ dedupe }: PreparedEvent): void {
    if (dedupe === undefined) return;
    if (this.#keyCount >= KEYS) this.#forgetKeys();
    this.#keys.next(dedupe);
    this.#keyCount++;
  }

  #forgetKeys(): void {
    this.#keys = new LineCounts();
    this.#keyCount = 0;
  }

  #fits(event: PreparedEvent): boolean {
    return this.#waiting.length < this.#limit && this.#bytes + bytesOf(event) <= this.#limitBytes;
  }

  /** One event for all that wait of a kind; a kind with a single event keeps it whole. */
  #coalesce(): void {
    if (this.#packed === this.#waiting.length) return; // nothing came since that could be put together
    const kinds = new Map<string, number>();
    const groups: Waiting[] = [];
    for (const waiting of this.#waiting) {
      const kind = kindOf(isCoalesced(waiting) ? waiting.like : waiting);
      const at = kinds.get(kind);
      const group = at === undefined ? undefined : groups[at];
      // What was coalesced before stands before all others of its kind, and stays as it is.
      if (at === undefined || group === undefined || isFull(group) || isCoalesced(waiting)) {
        kinds.set(kind, groups.length);
        groups.push(waiting);
      } else groups[at] = this.#together(group, waiting);
    }
    this.#waiting = groups;
    this.#kinds = kinds;
    this.#packed = groups.length;
    this.#bytes = this.#waiting.reduce((sum, waiting) => sum + bytesOf(waiting), 0);
  }

  #together(group: Waiting, event: PreparedEvent): Coalesced {
    if (!isCoalesced(group)) return this.#groupOf(group, event);
    add(group, event, event.occurredAt ?? this.#now());
    return group;
  }

  #groupOf(first: PreparedEvent, second: PreparedEvent): Coalesced {
    const contentSalt = this.#random(32).slice();
    const at = first.occurredAt ?? this.#now();
    // formats.md, section 2: a value replaced by its hash. As a stream, so that ten thousand events need no memory.
    const hash = createHash("sha256").update("sealtrail:sealed:v1\n").update(contentSalt);
    const group: Coalesced = { like: first, count: 0, first: at, last: at, contentSalt, hash, keys: [] };
    add(group, first, at);
    add(group, second, second.occurredAt ?? this.#now());
    return group;
  }

  #degraded(): PreparedEvent {
    return systemEvent("system.degraded", {
      description: `${this.#lost} events could not be recorded`,
      metadata: { reason: "pressure", count: this.#lost, since: this.#lostSince, until: this.#now() },
      random: this.#random,
    });
  }

  #now(): string {
    return new Date(this.#clock()).toISOString();
  }
}

/** Whether the event is written before `offer` returns, however much comes. */
export function writtenAtOnce(event: PreparedEvent): boolean {
  return AT_ONCE.has(event.category) || /denied|refused/.test(event.type);
}

function isCoalesced(waiting: Waiting): waiting is Coalesced {
  return "hash" in waiting;
}

function isFull(waiting: Waiting): boolean {
  return isCoalesced(waiting) && waiting.count >= TOGETHER;
}

function kindOf({ type, source, sessionId, agentId }: PreparedEvent): string {
  return JSON.stringify([type, source, sessionId, agentId]);
}

function bytesOf(waiting: Waiting): number {
  if (isCoalesced(waiting)) return OVERHEAD + 64 * waiting.keys.length;
  return OVERHEAD + 2 * waiting.metadata.length + 2 * waiting.description.length + (waiting.content?.length ?? 0);
}

function add(group: Coalesced, event: PreparedEvent, at: string): void {
  group.hash.update(preparedText(event));
  group.count++;
  if (event.dedupe !== undefined) group.keys.push(event.dedupe);
  if (at < group.first) group.first = at;
  if (at > group.last) group.last = at;
}

function eventOf(group: Coalesced): PreparedEvent {
  const { type, category, source, sessionId, agentId, userId, orgId } = group.like;
  const { count, first, last, contentSalt, hash } = group;
  // The members are in canonical order and need no escapes.
  const metadata = `{"coalesced":true,"count":${count},"events":"sealed:${hash.copy().digest("hex")}","first":"${first}","last":"${last}"}`;
  return {
    type,
    category,
    source,
    description: `${count} events ${type} in one`,
    metadata,
    contentSalt,
    occurredAt: last,
    ...(group.keys.length === 0 ? {} : { coalescedKeys: Buffer.concat(group.keys) }),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(userId === undefined ? {} : { userId }),
    ...(orgId === undefined ? {} : { orgId }),
  };
}

/** RFC 8785 text of a prepared event, its content as text. */
export function preparedText(event: PreparedEvent): string {
  const { metadata, content } = event;
  const members: [string, string | undefined][] = [
    ["agentId", quoted(event.agentId)],
    ["category", quoted(event.category)],
    ["content", content && quoted(Buffer.from(content).toString())],
    ["contentLength", event.contentLength?.toString()],
    ["description", quoted(event.description)],
    ["metadata", metadata],
    ["occurredAt", quoted(event.occurredAt)],
    ["orgId", quoted(event.orgId)],
    ["runId", quoted(event.runId)],
    ["sessionId", quoted(event.sessionId)],
    ["source", quoted(event.source)],
    ["type", quoted(event.type)],
    ["userId", quoted(event.userId)],
  ];
  const present = members.filter((member) => member[1] !== undefined);
  return `{${present.map(([name, text]) => `"${name}":${text}`).join(",")}}`;
}

function quoted(text: string | undefined): string | undefined {
  return text === undefined ? undefined : JSON.stringify(text);
}
