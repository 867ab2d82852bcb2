// The trail: one file with its log, tree and checkpoints. This class only joins the rooms (log, tree, replay); what each
// does stands there.
import type { DatabaseSync } from "node:sqlite";
import type { Genesis, Sha256 } from "@sealtrail/smt";
import type { EventSink, FilePosition, PreparedEvent } from "./event/prepared.js";
import { type Appended, Appender } from "./log/append.js";
import { unpack } from "./log/content.js";
import { TrailError } from "./log/errors.js";
import { createFile, openFile } from "./log/file.js";
import { hourMs, readGenesis, type TrailRow, writeGenesis } from "./log/genesis.js";
import { nativeSha256 } from "./log/native.js";
import { type OwnEvent, ownEvent } from "./log/own-event.js";
import { positionOf, setPosition } from "./log/positions.js";
import { eventById, eventBySequence, listEvents, newestSequence, secretsOf } from "./log/query.js";
import { type Random, systemRandom } from "./log/random.js";
import { migrate } from "./log/schema.js";
import type { EventQuery, StoredEvent } from "./log/stored-event.js";

export interface TrailOptions {
  /** Milliseconds since 1970. */
  clock?: () => number;
  random?: Random;
  hash?: Sha256;
  /** Every append survives power loss, not only a crash: one fsync each. */
  durable?: boolean;
}

export interface CreateOptions extends TrailOptions {
  /** Default one hour. Part of genesis: never changed. */
  epochDurationMs?: number;
}

export interface OpenOptions extends TrailOptions {
  readOnly?: boolean;
}

export class Trail {
  readonly path: string;
  /** False where the file cannot be written, or was opened so: roots and proofs then come from the last checkpoint. */
  readonly writable: boolean;
  /** For the packages that keep their own tables in this file. */
  readonly database: DatabaseSync;
  readonly #row: TrailRow;
  readonly #clock: () => number;
  readonly #random: Random;
  readonly #hash: Sha256;
  #appender: Appender | undefined;

  /** Makes the file and opens it. Throws TrailError `trail-exists`. */
  static create(file: string, options: CreateOptions = {}): Trail {
    const { clock = Date.now, random = systemRandom, hash = nativeSha256, epochDurationMs = hourMs } = options;
    if (!Number.isSafeInteger(epochDurationMs) || epochDurationMs < 1) {
      throw new RangeError("epochDurationMs: a whole number of milliseconds expected");
    }
    createFile(file, random, (db) => {
      migrate(db, true);
      writeGenesis(db, { now: Math.floor(clock()), random, epochDurationMs, hash });
    });
    return Trail.open(file, options);
  }

  /** Throws TrailError: `trail-missing`, `not-a-trail`, `trail-newer`, `trail-older`, `trail-damaged`. */
  static open(file: string, options: OpenOptions = {}): Trail {
    const opened = openFile(file, options);
    try {
      migrate(opened.db, opened.writable);
      return new Trail(opened, options);
    } catch (error) {
      opened.db.close();
      throw error;
    }
  }

  private constructor(opened: { db: DatabaseSync; path: string; writable: boolean }, options: OpenOptions) {
    this.path = opened.path;
    this.writable = opened.writable;
    this.database = opened.db;
    this.#row = readGenesis(opened.db);
    this.#clock = options.clock ?? Date.now;
    this.#random = options.random ?? systemRandom;
    this.#hash = options.hash ?? nativeSha256;
  }

  get genesis(): Genesis {
    return this.#row.genesis;
  }

  get machineId(): string {
    return this.#row.machineId;
  }

  /** For `prepare`: the key under which lines without identity get their dedupe key. Never exported, never printed. */
  get dedupeSecret(): Uint8Array {
    return this.#row.dedupeSecret;
  }

  // --- writing

  /** Up to 1,000 events are one transaction; what returned survives kill -9. Events with a known dedupe key are counted, not written. */
  append(events: readonly PreparedEvent[]): Appended {
    return this.#writer().append(events);
  }

  /** An event of the trail's own. */
  record(type: `system.${string}`, event: Omit<OwnEvent, "random">): Appended {
    return this.append([ownEvent(type, { ...event, random: this.#random })]);
  }

  /** A sink for `ingest`, which keeps how far `input` was read in the transaction that holds its events. */
  sink(input: string): EventSink & { position(): FilePosition | undefined } {
    return {
      append: (events, position) =>
        this.#writer().append(
          events,
          position === undefined ? undefined : () => setPosition(this.database, input, position),
        ),
      position: () => positionOf(this.database, input),
    };
  }

  // --- reading

  /** Events that match, oldest first, read as they are taken. Throws RangeError naming a bad filter. */
  events(query: EventQuery = {}): Generator<StoredEvent, void, undefined> {
    return listEvents(this.database, query);
  }

  /** By sequence, by id, or by raw or censored key in hex. */
  event(reference: number | string): StoredEvent | undefined {
    if (typeof reference === "number") return eventBySequence(this.database, reference);
    return eventById(this.database, reference);
  }

  get lastSequence(): number {
    return newestSequence(this.database);
  }

  /** The content as stored (redacted, capped); undefined where there is none, or none any more. */
  content(sequence: number): Uint8Array | undefined {
    const packed = secretsOf(this.database, sequence)?.packedContent;
    return packed === undefined ? undefined : unpack(packed);
  }

  /** The secret that a disclosure of content shows; `saltOf` makes of it the one that a raw disclosure shows. Undefined once destroyed. */
  contentSalt(sequence: number): Uint8Array | undefined {
    return secretsOf(this.database, sequence)?.contentSalt;
  }

  close(): void {
    this.database.close();
  }

  #writer(): Appender {
    if (!this.writable) throw new TrailError("trail-read-only", `${this.path} cannot be written`);
    this.#appender ??= new Appender(this.database, this.#row, {
      clock: this.#clock,
      random: this.#random,
      hash: this.#hash,
    });
    return this.#appender;
  }
}
