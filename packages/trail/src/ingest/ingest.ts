// The driver: lines in, prepared events out in batches, everything counted. Where the trail is busy it waits, as appending
// is synchronous: a file or a pipe needs no other back-pressure.
import type { EventDraft, Normalised, Source } from "../event/draft.js";
import { type PrepareOptions, prepare } from "../event/prepare.js";
import type { EventSink, FilePosition, PreparedEvent } from "../event/prepared.js";
import { ownEvent } from "../log/own-event.js";
import { type Random, systemRandom } from "../log/random.js";
import { parseJson, type RedactionPolicy } from "../redact/index.js";
import { DedupeKeys, LineCounts } from "./dedupe.js";
import type { Followed } from "./follow.js";
import type { Line } from "./lines.js";
import { Pressure } from "./pressure.js";
import { RejectsFile, safeReason } from "./rejects.js";
import { type SourceName, sourceOf } from "./sources/index.js";
import { keyed, traitsOf } from "./traits.js";

export interface IngestOptions {
  sink: EventSink;
  source: SourceName;
  redaction: RedactionPolicy;
  /** The trail's own 32 bytes under which dedupe keys are made. */
  dedupeSecret: Uint8Array;
  /**
   * Whether a line without an identity of its own is known again by its bytes: yes for files, no for what is piped in,
   * where saying the same thing twice means that it happened twice.
   */
  linesHaveIdentity: boolean;
  /** Where refusals are written; the file is made at the first one. */
  rejects?: string;
  /** The input's name, for the rejects file. */
  input?: string;
  userId?: string;
  orgId?: string;
  /**
   * The input is live: from the first time that there was nothing more to read, its events stand under the limits of
   * events.md, "Rate and pressure". What it held before that is a file as any other, which waits where the trail is slow.
   */
  live?: Live;
}

export interface Live {
  /** Milliseconds. */
  clock: () => number;
  random: Random;
  perSecond?: number;
  buffered?: number;
}

export interface IngestReport {
  source: SourceName;
  /** Lines that were not blank. */
  read: number;
  added: number;
  /** Events that were on record already. */
  known: number;
  /** Lines that are no events of their own, by reason. */
  skipped: Record<string, number>;
  refused: number;
  /** Of a live input: events that stand together with others in one, and those of which only the number is on record. */
  coalesced: number;
  lost: number;
}

/** What waits of a live input is written so often while more comes. */
const DRAIN_MS = 1_000;
/** Events an append, and bytes of them. The log makes of it as many transactions as keep its lock under 50 ms. */
const BATCH_EVENTS = 2_048;
const BATCH_BYTES = 8 * 1024 * 1024;

const decoder = new TextDecoder();

export class Ingest {
  readonly report: IngestReport;
  /** The first refusals, for the screen: where and why. */
  readonly refusals: { line: number; reason: string }[] = [];
  readonly #options: IngestOptions;
  readonly #source: Source;
  readonly #prepare: PrepareOptions;
  readonly #keys: DedupeKeys;
  #counts = new LineCounts();
  #generation = 0;
  /** The position that was written last. */
  #written = "";
  readonly #rejects: RejectsFile | undefined;
  #batch: PreparedEvent[] = [];
  #batchBytes = 0;
  #pressure: Pressure | undefined;
  #drainedAt = 0;

  constructor(options: IngestOptions) {
    const { source, redaction, userId, orgId } = options;
    this.#options = options;
    this.#source = sourceOf(source);
    this.#prepare = {
      source: this.#source.name,
      redaction,
      secret: () => options.dedupeSecret,
      ...(userId === undefined ? {} : { userId }),
      ...(orgId === undefined ? {} : { orgId }),
    };
    this.#keys = new DedupeKeys(options.dedupeSecret);
    this.#rejects = options.rejects === undefined ? undefined : new RejectsFile(options.rejects);
    this.report = { source, read: 0, added: 0, known: 0, skipped: {}, refused: 0, coalesced: 0, lost: 0 };
  }

  /** Takes one line in; writes when a batch is full. `generation`: rotations of a followed file before this line. */
  take(line: Line, generation = 0): void {
    this.report.read++;
    const { bytes } = line;
    const normalised = this.#normalise(line);
    if ("refused" in normalised) this.#refuse(line, normalised.refused);
    if ("skipped" in normalised) this.#skip(normalised.skipped);
    if (!("events" in normalised) || bytes === undefined) return;
    for (let i = 0; i < normalised.events.length; i++) {
      const event = this.#ready(normalised.events[i]!);
      const place = event.dedupe === undefined ? this.#lineKey(bytes, i, generation) : undefined;
      if (place !== undefined) event.dedupe = place;
      this.#add(event);
    }
    if (this.#batch.length >= BATCH_EVENTS || this.#batchBytes >= BATCH_BYTES) this.#write(undefined);
  }

  #ready(draft: EventDraft): PreparedEvent {
    const event = prepare(draft, this.#prepare);
    if (draft.fromLog === true) event.fromLog = true;
    if (draft.yields !== undefined) event.yields = draft.yields;
    return keyed(event, traitsOf(draft), this.#keys);
  }

  #add(event: PreparedEvent): void {
    if (this.#pressure !== undefined) {
      this.#offer(this.#pressure, event);
      return;
    }
    this.#batch.push(event);
    this.#batchBytes += event.metadata.length + (event.content?.length ?? 0);
  }

  #normalise(line: Line): Normalised {
    if (line.bytes === undefined) return { refused: line.refused ?? "unreadable" };
    try {
      return this.#source.normalise(parseJson(decoder.decode(line.bytes)));
    } catch (error) {
      // The parser's own words quote the line.
      return { refused: error instanceof SyntaxError ? "not JSON" : "could not be read" };
    }
  }

  /** A line of a followed file that went in before: only counted, so that later equal lines get the ordinals they had. */
  recall(line: Line, generation = 0): void {
    if (line.bytes === undefined || !this.#options.linesHaveIdentity) return;
    this.#countsOf(generation).next(this.#keys.ofLine(this.#source.name, line.bytes));
  }

  #offer(pressure: Pressure, event: PreparedEvent): void {
    const offered = pressure.offer(event);
    if (offered === "known") this.report.known++;
    else if (offered === "lost") this.report.lost++;
    const now = this.#options.live!.clock();
    // A clock that was set back must not put it off.
    if (Math.abs(now - this.#drainedAt) < DRAIN_MS) return;
    this.#drainedAt = now;
    pressure.drain();
    this.report.coalesced = pressure.coalesced;
  }

  #goLive({ clock, random, perSecond, buffered }: Live): void {
    const { sink } = this.#options;
    const counted: EventSink = {
      ...(sink.knows && { knows: (key) => sink.knows!(key) }),
      append: (events) => {
        const done = sink.append(events);
        this.report.added += done.added;
        this.report.known += done.duplicate;
        return done;
      },
    };
    this.#pressure = new Pressure({
      sink: counted,
      clock,
      random,
      ...(perSecond === undefined ? {} : { perSecond }),
      ...(buffered === undefined ? {} : { buffered }),
    });
    this.#drainedAt = clock();
  }

  /** The file of an earlier run is gone: how much of it was never read, nobody knows. */
  gap(): void {
    this.flush();
    const event = ownEvent("system.degraded", {
      description: "a followed file is gone, or was cut short, while nobody followed it",
      metadata: { reason: "follow", unknown: true },
      random: this.#options.live?.random ?? systemRandom,
    });
    this.report.added += this.#options.sink.append([event]).added;
  }

  /** Writes what was taken; with `position`, how far the input is read goes into the same transaction (of a live input, into
   * one after it: reading a part again adds nothing). */
  flush(position?: FilePosition): void {
    for (const draft of this.#source.rest?.() ?? []) this.#add(this.#ready(draft));
    if (this.#pressure !== undefined) {
      while (!this.#pressure.drain()) {
        // a transaction at a time
      }
      this.report.coalesced = this.#pressure.coalesced;
    }
    this.#write(position);
    const { live } = this.#options;
    if (position !== undefined && live !== undefined && this.#pressure === undefined) this.#goLive(live);
  }

  #write(position: FilePosition | undefined): void {
    const at = position === undefined ? this.#written : JSON.stringify(position);
    if (this.#batch.length === 0 && at === this.#written) return;
    const batch = this.#batch;
    const { added, duplicate } = this.#options.sink.append(batch, position);
    this.#batch = [];
    this.#batchBytes = 0;
    this.#written = at;
    this.report.added += added;
    this.report.known += duplicate;
  }

  /** Writes the rest and closes the rejects file. */
  finish(): IngestReport {
    try {
      this.flush();
    } finally {
      this.close();
    }
    return this.report;
  }

  /** Closes the rejects file and drops what was not written. */
  close(): void {
    this.#rejects?.close();
  }

  #lineKey(bytes: Uint8Array, index: number, generation: number): Uint8Array | undefined {
    if (!this.#options.linesHaveIdentity) return undefined;
    const key = this.#keys.ofLine(this.#source.name, bytes);
    const counts = this.#countsOf(generation);
    // The second event of a line stands under the ordinal that the first one was given.
    const ordinal = index === 0 ? counts.next(key) : counts.seen(key) - 1;
    return this.#keys.ofPlace(this.#source.name, key, ordinal, index, generation);
  }

  /** Ordinals begin anew in each file, so that a later run, which sees the newest file only, finds the same ones. */
  #countsOf(generation: number): LineCounts {
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#counts = new LineCounts();
    }
    return this.#counts;
  }

  #skip(reason: string): void {
    const { skipped } = this.report;
    skipped[reason] = (skipped[reason] ?? 0) + 1;
  }

  #refuse(line: Line, why: string): void {
    this.report.refused++;
    const reason = safeReason(why);
    if (this.refusals.length < 10) this.refusals.push({ line: line.number, reason });
    const { source, input } = this.#options;
    this.#rejects?.add(
      { line: line.number, offset: line.offset, length: line.length, reason },
      { source, ...(input === undefined ? {} : { input }) },
    );
  }
}

/** All lines of an input that can be read at once, such as a file's (`readLines`). */
export function ingest(lines: Iterable<Line>, options: IngestOptions): IngestReport {
  const run = new Ingest(options);
  try {
    for (const line of lines) run.take(line);
    return run.finish();
  } finally {
    run.close();
  }
}

/** The same for an input that comes when it comes, such as standard input (`streamLines`). */
export async function ingestStream(lines: AsyncIterable<Line>, options: IngestOptions): Promise<IngestReport> {
  const run = new Ingest(options);
  try {
    for await (const line of lines) run.take(line);
    return run.finish();
  } finally {
    run.close();
  }
}

/** A followed file, until its signal: written whenever there is nothing more to read, together with the position. */
export async function ingestFollowed(followed: AsyncIterable<Followed>, options: IngestOptions): Promise<IngestReport> {
  const run = new Ingest(options);
  try {
    for await (const step of followed) {
      if (step.kind === "old") run.recall(step.line, step.generation);
      else if (step.kind === "new") run.take(step.line, step.generation);
      else if (step.kind === "gap") run.gap();
      else run.flush(step.position);
    }
    return run.finish();
  } finally {
    run.close();
  }
}
