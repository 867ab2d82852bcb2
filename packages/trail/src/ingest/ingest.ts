// The driver: lines in, prepared events out in batches, everything counted. Where the trail is busy it waits, as appending
// is synchronous: a file or a pipe needs no other back-pressure.

import { parseJson, type RedactionPolicy } from "@sealtrail/redact";
import { type SourceName, sourceOf } from "@sealtrail/sources";
import type { EventDraft, Normalised, Source } from "@sealtrail/sources/event";
import { type PrepareOptions, prepare } from "../event/prepare.js";
import type { EventSink, FilePosition, PreparedEvent } from "../event/prepared.js";
import { type Random, systemRandom } from "../log/random.js";
import { systemEvent } from "../log/system-event.js";
import { eventOf } from "../recorder/event.js";
import { DedupeKeys } from "./dedupe.js";
import { FileLines, fileHash, type Start } from "./file-lines.js";
import type { Followed } from "./follow.js";
import type { Line } from "./lines.js";
import { Occurrences } from "./occurrences.js";
import { Pressure, type PressureLimits } from "./pressure.js";
import { RecordedCalls } from "./recorded-calls.js";
import { RejectsFile, safeReason } from "./rejects.js";
import { traitsOf } from "./traits.js";

export interface IngestOptions {
  sink: EventSink;
  source: SourceName;
  redaction: RedactionPolicy;
  /** The trail's own 32 bytes under which dedupe keys are made. */
  dedupeSecret: Uint8Array;
  /**
   * The file that the lines stand in: a line without an identity of its own is known again by its place in it. Absent for piped
   * input, where two equal lines are two events.
   */
  file?: FileIdentity;
  /** Where refusals are written; the file is made at the first one. */
  rejects?: string;
  /** The input's name, for the rejects file. */
  input?: string;
  userId?: string;
  orgId?: string;
  /**
   * The input is live: once its end was reached for the first time, its events fall under the limits of `pressure.ts`. Up to
   * then it is read as any other file: reading waits where the trail is slow.
   */
  live?: Live;
}

/** The part of a `FilePosition` that does not change while the file is read; `refused`: lines refused by earlier runs. */
export type FileIdentity = Pick<FilePosition, "file" | "source" | "path" | "inode" | "head" | "refused">;

export interface Live extends PressureLimits {
  /** Milliseconds. */
  clock: () => number;
  random: Random;
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

const GAPS = {
  gone: "a followed file is gone, or was cut short, while nobody followed it",
  altered: "the recorded position in a followed file was altered: the file is read from its beginning",
} as const;

const decoder = new TextDecoder();

export class Ingest {
  readonly report: IngestReport;
  /** The first refusals, for the screen: where and why. */
  readonly refusals: { line: number; reason: string }[] = [];
  readonly #options: IngestOptions;
  readonly #source: Source;
  readonly #prepare: PrepareOptions;
  readonly #keys: DedupeKeys;
  readonly #again = new Occurrences();
  /** The file's lines, and the position that was written last. */
  #reader: FileLines | undefined;
  /** Lines of the file that were refused, once it is read to its last whole line. */
  #refused: number | undefined;
  #written = "";
  /** For items of `codex exec --json`. */
  readonly #recorded: RecordedCalls | undefined;
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
    const { sink } = options;
    if (source === "codex" && sink.toolEvents !== undefined) {
      this.#recorded = new RecordedCalls((...of) => sink.toolEvents!(...of));
    }
    this.#rejects = options.rejects === undefined ? undefined : new RejectsFile(options.rejects);
    this.report = { source, read: 0, added: 0, known: 0, skipped: {}, refused: 0, coalesced: 0, lost: 0 };
  }

  /**
   * Takes in the part of an open file that no earlier run has read, and writes the position with every batch. Lines that were
   * read before count as known, or as refused.
   */
  takeFile(fd: number, start: Start, onRead: (offset: number) => void = () => {}): void {
    const { file } = this.#options;
    if (file === undefined) throw new TypeError("file: its identity expected");
    this.report.read += start.lines;
    this.report.known += start.lines - file.refused;
    this.report.refused += file.refused;
    // New lines may only be understood together with old ones, so those are read again.
    const whole = { bytes: 0, number: 0, lines: 0, hash: fileHash(this.#options.dedupeSecret) };
    const reader = new FileLines(fd, this.#source.standalone === true ? start : whole);
    for (const line of reader.read()) {
      if (line.offset < start.bytes) {
        this.recall(line);
        continue;
      }
      this.#reader = reader;
      this.take(line);
      onRead(line.offset);
    }
    this.#reader = reader;
    // A last line without a line end is read again when it is whole, and counted then.
    this.#refused = this.report.refused;
    const last = reader.end();
    if (last !== undefined) this.take(last);
  }

  /** Takes one line in; writes when a batch is full. `file`: of a followed file, as in `FilePosition`. */
  take(line: Line, file = this.#options.file?.file): void {
    this.report.read++;
    const { bytes } = line;
    const normalised = this.#normalise(line);
    if ("refused" in normalised) this.#refuse(line, normalised.refused);
    if ("skipped" in normalised) this.#skip(normalised.skipped);
    if ("events" in normalised && bytes !== undefined) {
      for (let i = 0; i < normalised.events.length; i++) this.#draft(normalised.events[i]!, i, { bytes, line, file });
    }
    if (this.#batch.length >= BATCH_EVENTS || this.#batchBytes >= BATCH_BYTES) this.#write(undefined);
  }

  #ready(draft: EventDraft): PreparedEvent {
    return eventOf(draft, this.#prepare, this.#keys);
  }

  #add(event: PreparedEvent): void {
    if (this.#pressure !== undefined) {
      this.#offer(this.#pressure, event);
      return;
    }
    this.#batch.push(event);
    this.#batchBytes += event.metadata.length + (event.content?.length ?? 0);
  }

  #draft(told: EventDraft, index: number, at: { bytes: Uint8Array; line: Line; file: string | undefined }): void {
    const joined = this.#recorded?.join(told, (draft) => prepare(draft, this.#prepare));
    if (joined === "known") {
      this.report.known++;
      return;
    }
    const draft = joined ?? told;
    const event = this.#ready(draft);
    if (event.dedupe === undefined || this.#isUntimed(draft, event)) {
      const { bytes, line, file } = at;
      delete event.dedupe;
      delete event.dedupeBy;
      if (file !== undefined) event.dedupe = this.#keys.ofPlace(this.#source.name, file, line.offset, index, bytes);
    } else {
      this.#again.count(event, draft.recurs);
    }
    this.#add(event);
  }

  /**
   * Whether the event is a captured hook payload without a time and without a call. The turn id that it names may stand for
   * another turn in another file. Ids that a user gives in `ndjson` are relied on.
   */
  #isUntimed(draft: EventDraft, event: PreparedEvent): boolean {
    const { source } = this.#options;
    const isCapture = source === "claude-code" || source === "codex";
    return isCapture && draft.fromLog !== true && draft.occurredAt === undefined && event.call === undefined;
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

  /** Reads a line that an earlier run has taken in, because later lines may refer to it. */
  recall(line: Line): void {
    if (this.#source.standalone === true || line.bytes === undefined) return;
    const normalised = this.#normalise(line);
    if (!("events" in normalised)) return;
    for (const draft of normalised.events) {
      const traits = traitsOf(draft, false);
      const { identity, essence, call } = traits;
      if (identity === undefined || (call === undefined && draft.recurs !== true)) continue;
      const { name } = this.#source;
      const told = {
        dedupe: this.#keys.ofIdentity(name, identity, essence),
        ...(call !== undefined && { call: { key: this.#keys.ofCall(name, call.session, call.id), role: call.role } }),
        ...(draft.occurredAt !== undefined && { occurredAt: draft.occurredAt }),
      };
      this.#again.count(told, draft.recurs);
    }
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

  #goLive(live: Live): void {
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
    this.#pressure = new Pressure({ ...live, sink: counted });
    this.#drainedAt = live.clock();
  }

  /** Takes what the follower of a file gives out. */
  step(step: Followed): void {
    if (step.kind === "old") this.recall(step.line);
    else if (step.kind === "new") this.take(step.line, step.file);
    else if (step.kind === "gap") this.gap(step.why);
    // The identity of a file goes on record before its lines do.
    else if (step.kind === "opened") this.#write(step.position);
    else this.flush(step.position);
  }

  /** Puts on record that lines may be missing (`gone`) or are read again (`altered`). */
  gap(why: "gone" | "altered"): void {
    this.flush();
    const event = systemEvent("system.degraded", {
      description: GAPS[why],
      metadata: { reason: why === "gone" ? "follow" : "position-altered", unknown: true },
      random: this.#options.live?.random ?? systemRandom,
    });
    this.report.added += this.#options.sink.append([event]).added;
  }

  /** Writes what was taken; with `position`, how far the input is read goes into the same transaction (of a live input, into
   * one after it: reading a part again adds nothing). */
  flush(position?: FilePosition): void {
    for (const draft of this.#source.rest?.() ?? []) this.#add(this.#ready(draft));
    if (this.#pressure !== undefined) {
      this.#pressure.drainAll();
      this.report.coalesced = this.#pressure.coalesced;
    }
    this.#write(position);
    const { live } = this.#options;
    if (position !== undefined && live !== undefined && this.#pressure === undefined) this.#goLive(live);
  }

  #write(given: FilePosition | undefined): void {
    const position = given ?? this.#position();
    const at = position === undefined ? this.#written : `${position.file} ${position.bytes}`;
    if (this.#batch.length === 0 && at === this.#written) return;
    const batch = this.#batch;
    const { added, duplicate } = this.#options.sink.append(batch, position);
    this.#batch = [];
    this.#batchBytes = 0;
    this.#written = at;
    this.report.added += added;
    this.report.known += duplicate;
  }

  #position(): FilePosition | undefined {
    const { file } = this.#options;
    if (file === undefined || this.#reader === undefined) return undefined;
    const { source, path, inode, head } = file;
    return {
      file: file.file,
      source,
      path,
      inode,
      head,
      ...this.#reader.mark,
      refused: this.#refused ?? this.report.refused,
    };
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

/** Takes in all lines of an input that can be read at once. For a file, `Ingest.takeFile` reads only what is new. */
export function ingest(lines: Iterable<Line>, options: IngestOptions): IngestReport {
  const run = new Ingest(options);
  try {
    for (const line of lines) run.take(line);
    return run.finish();
  } finally {
    run.close();
  }
}
