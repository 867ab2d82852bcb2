// Writes what a host tells: gives events their keys, appends them, or spools what the trail does not take now, and feeds the
// sink. Every hook, plugin and proxy records with it, so that all of them treat a locked, damaged, replaced or missing file alike.
import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import type { EventSink, PreparedEvent } from "../event/prepared.js";
import { DedupeKeys } from "../ingest/dedupe.js";
import { Pressure, type PressureLimits } from "../ingest/pressure.js";
import { type Random, systemRandom } from "../log/random.js";
import { type RunMarker, reapHeartbeats, startHeartbeat } from "../marker/heartbeat.js";
import { noteSeen } from "../marker/seen.js";
import { hasCorruptHeader, speaksOfDamage } from "../restart/damage.js";
import { predecessorOf } from "../restart/predecessor.js";
import { openSound, restartTrail } from "../restart/restart.js";
import { feedSink, type SinkOptions } from "../sinks/file.js";
import type { SpooledEvent } from "../spool/entry.js";
import { spool, waits } from "../spool/folder.js";
import { type TakeInOptions, takeInSpool } from "../spool/take-in.js";
import type { Trail } from "../trail.js";
import { withKeys } from "./event.js";

export interface RecorderOptions {
  readonly db: string;
  /** Whose events these are: `audit status` says when the host was last heard of. */
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  readonly random?: Random;
  /** Milliseconds that one append waits for other processes' locks. */
  readonly patienceMs: number;
  readonly durable?: boolean;
  readonly sink?: SinkOptions | undefined;
  /** How much of the spool is taken in when the trail is opened. */
  readonly takeIn?: TakeInOptions;
  /**
   * Of a process that lives on: what may be written at once. Such a process leaves a run marker and calls `tick` every second.
   * Without limits, events are written before `write` returns, in one transaction.
   */
  readonly limits?: PressureLimits;
}

export interface Recorded {
  /** All of the events are on record. The others wait here, or are in the spool. */
  readonly recorded: boolean;
  /** Why events were spooled. */
  readonly trouble?: string;
}

/** After a failure, and between two looks at the file itself. */
const pauseMs = 1_000;
/** `audit status` needs to know no better when the host was last heard of. */
const noteSeenEveryMs = 10_000;

interface Opened {
  readonly trail: Trail;
  readonly keys: DedupeKeys;
  readonly inode: bigint;
  /** Of the file. Closed after SQLite's own: closing it drops this process' locks on the file. */
  readonly handle: number;
}

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #clock: () => number;
  readonly #random: Random;
  readonly #pressure: Pressure | undefined;
  #opened: Opened | undefined;
  /** Kept while the file is closed for a trouble, since a death would go unnoticed without it. */
  #marker: RunMarker | undefined;
  /** Nothing is to be written: the file is left alone until the next event. */
  #parked = true;
  /** The trail that was written last, and how far: the file that is found next may be another one. */
  #written: { tree: string; lastSequence: number } | undefined;
  #failure: unknown;
  /** After a failure nothing is tried before this time. */
  #notBefore = 0;
  #lookedAt = 0;
  #seenAt = Number.NEGATIVE_INFINITY;
  /** Events were appended since the sink was fed. */
  #unsunk = false;
  #spooled = false;
  /** The last events are being put away, and the trail does not take them. */
  #spoolsInstead = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#random = options.random ?? systemRandom;
    const sink: EventSink = { append: (events) => this.#append(events) };
    const { limits } = options;
    this.#pressure = limits && new Pressure({ ...limits, sink, clock: this.#clock, random: this.#random });
  }

  /** The trail, while it is open. */
  get trail(): Trail | undefined {
    return this.#opened?.trail;
  }

  /** Never throws: what neither the trail nor the spool takes is counted as lost. */
  write(events: readonly SpooledEvent[]): Recorded {
    this.#parked = false;
    const failed: SpooledEvent[] = [];
    let recorded = true;
    let failure: unknown;
    for (const some of this.#pressure === undefined ? [events] : events.map((event) => [event])) {
      try {
        const { keys } = this.#open();
        const ready = some.map((event) => withKeys(event, keys));
        if (this.#pressure === undefined) this.#append(ready);
        else if (this.#pressure.offer(ready[0]!) !== "written") recorded = false;
      } catch (error) {
        failed.push(...some);
        failure = error;
      }
    }
    if (failed.length === 0) return { recorded };
    this.#spool(failed);
    return { recorded: false, trouble: failure instanceof Error ? failure.message : String(failure) };
  }

  /** Looks whether the file is still there and sound; writes what waits, takes in what was spooled, feeds the sink. */
  tick(): void {
    try {
      if (!this.#parked) this.#open();
      const { waiting, lost } = this.#pressure?.state ?? { waiting: 0, lost: 0 };
      if (waiting + lost > 0) this.#pressure!.drain();
      if (this.#spooled) {
        takeInSpool(this.#open().trail);
        this.#spooled = false;
      }
    } catch {
      // It goes on waiting.
    }
    this.#feed();
  }

  /** To be called every `heartbeatMs`. */
  touch(): void {
    this.#marker?.touch();
  }

  /** Writes or spools everything, closes the file, takes the marker away. The next event opens the file again. */
  close(): void {
    const pressure = this.#pressure;
    try {
      pressure?.drainAll();
    } catch {
      this.#spoolsInstead = true;
      pressure?.drainAll();
      this.#spoolsInstead = false;
    }
    this.#feed();
    this.#release();
    this.#marker?.remove();
    this.#marker = undefined;
    this.#parked = true;
  }

  #append(events: readonly PreparedEvent[]): { added: number; duplicate: number } {
    if (this.#spoolsInstead) {
      this.#spool(events);
      return { added: events.length, duplicate: 0 };
    }
    this.#open();
    return this.#soundly(() => {
      const { trail } = this.#opened ?? this.#open();
      const done = trail.append(events);
      this.#unsunk = true;
      this.#written = { tree: trail.genesis.tree, lastSequence: done.lastSequence };
      this.#noteSeen();
      return done;
    });
  }

  #noteSeen(): void {
    const now = this.#clock();
    if (Math.abs(now - this.#seenAt) < noteSeenEveryMs) return;
    this.#seenAt = now;
    noteSeen(this.#options.db, this.#options.host, now);
  }

  #spool(events: readonly SpooledEvent[]): void {
    this.#spooled = true;
    spool(this.#options.db, events, { now: this.#clock(), random: this.#random });
  }

  /** The sink is a copy for others to read: trouble with it is no trouble of the record, and the next call tries again. */
  #feed(): void {
    const { sink } = this.#options;
    if (!this.#unsunk || sink === undefined || this.#opened === undefined) return;
    try {
      if (feedSink(this.#opened.trail, sink) !== undefined) this.#unsunk = false;
    } catch {
      // It is behind until then.
    }
  }

  #open(): Opened {
    if (performance.now() < this.#notBefore) throw this.#failure;
    if (this.#opened !== undefined) {
      const isSame = this.#opened.inode === inodeOf(this.#options.db);
      if (isSame && !this.#isSpoiled(this.#opened)) return this.#opened;
      this.#release();
      // Not left to the next look at the file: closing it writes the WAL into it, and then it may look sound.
      if (isSame) this.#restart();
    }
    this.#opened = this.#soundly(() => this.#begin());
    return this.#opened;
  }

  /** Of a file that is really damaged a new one takes the place, and the work is done once more. Any failure is followed by a pause. */
  #soundly<T>(work: () => T): T {
    try {
      try {
        return work();
      } catch (error) {
        // A broken connection must not outlive the trouble; a lock is no broken connection.
        if (codeOf(error) !== "trail-busy") this.#release();
        if (!speaksOfDamage(error) || !this.#restart()) throw error;
        return work();
      }
    } catch (error) {
      this.#failure = error;
      this.#notBefore = performance.now() + pauseMs;
      throw error;
    }
  }

  #restart(): boolean {
    try {
      return restartTrail(this.#options.db, { reason: "damaged", clock: this.#clock }) !== undefined;
    } catch {
      return false; // The folder cannot be written: events go on to the spool.
    }
  }

  /** Looked at once a second, because a connection may live on what it has in memory. */
  #isSpoiled({ handle }: Opened): boolean {
    if (performance.now() - this.#lookedAt < pauseMs) return false;
    this.#lookedAt = performance.now();
    return hasCorruptHeader(handle);
  }

  #begin(): Opened {
    const { db, patienceMs, durable = false, limits, takeIn } = this.#options;
    const trail = openSound(db, { patienceMs, durable, clock: this.#clock });
    let handle: number | undefined;
    try {
      if (!trail.writable) throw new Error(`${db} cannot be written`);
      handle = openSync(db, "r");
      this.#compare(trail);
      const now = this.#clock();
      if (limits !== undefined) reapHeartbeats(trail, { now });
      if (waits(db)) takeInSpool(trail, takeIn);
      if (limits !== undefined) {
        const before = this.#marker;
        this.#marker = startHeartbeat(db, this.#options.host, { now });
        before?.remove();
      }
      const { ino } = fstatSync(handle, { bigint: true });
      return { trail, keys: new DedupeKeys(trail.dedupeSecret), inode: ino, handle };
    } catch (error) {
      trail.close();
      if (handle !== undefined) closeSync(handle);
      throw error;
    }
  }

  #release(): void {
    const opened = this.#opened;
    if (opened === undefined) return;
    this.#opened = undefined;
    try {
      opened.trail.close();
    } catch {
      // The file is gone or broken.
    }
    closeSync(opened.handle);
  }

  /** Another trail in the place of this one, or an older copy of it, must not go unnoticed. */
  #compare(trail: Trail): void {
    const before = this.#written;
    if (before === undefined) return;
    const { tree } = trail.genesis;
    if (tree === before.tree && trail.lastSequence >= before.lastSequence) return;
    // Begun anew by ourselves: its first event says so, and which trail it was.
    if (predecessorOf(trail.database)?.metadata.tree === before.tree) return;
    trail.record("system.degraded", {
      description: "the trail's file was replaced while events were being written to it",
      metadata: { reason: "file-replaced", tree: before.tree, lastSequence: before.lastSequence },
    });
    this.#written = { tree, lastSequence: trail.lastSequence };
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}
