// The writing thread: the only code of the plugin that touches the trail's file, so that a locked or slow file never
// holds the gateway. Takes what waits in its port as one transaction; what the trail does not take goes to the spool.
import { randomFillSync } from "node:crypto";
import { closeSync, openSync, statSync } from "node:fs";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import {
  DedupeKeys,
  feedSink,
  heartbeatMs,
  keyed,
  leaveMarker,
  looksSpoiled,
  noteSeen,
  type PreparedEvent,
  Pressure,
  type RunMarker,
  restartedFrom,
  restartTrail,
  type SinkOptions,
  type SpooledEvent,
  settleMarkers,
  settleRestart,
  speaksOfDamage,
  spool,
  Trail,
  takeInSpool,
} from "@sealtrail/trail";
import type { FromWorker, ToWorker, WorkerSettings } from "./protocol.js";
import { SILENT, silentCalls } from "./silence.js";

/** How long one append waits for the lock; then the trail is left alone for a moment, and events wait or are spooled. */
const patienceMs = 5_000;
const retryMs = 1_000;
/** Messages handled before an answer. */
const batch = 500;
/** Time between two checks whether prompts come in. */
const listenMs = 3_600_000;
/** Time until the first check: a gateway may run for less than an hour. */
const firstListenMs = 60_000;

const random = (size: number) => randomFillSync(new Uint8Array(size));

interface Opened {
  readonly trail: Trail;
  readonly keys: DedupeKeys;
  readonly marker: RunMarker;
  /** Of the file: it may be replaced or removed under us. */
  readonly inode: bigint;
  /** Of the file, too; open for as long as SQLite has it, since closing it drops this process' locks on the file. */
  readonly handle: number;
}

interface Answer {
  readonly recorded: boolean;
  readonly trouble?: string;
}

class TrailWriter {
  readonly #db: string;
  readonly #sink: SinkOptions | undefined;
  readonly #pressure: Pressure;
  /** Events came since the sink was fed. */
  #unsunk = false;
  #opened: Opened | undefined;
  /** Of connections that were given up: until the next one is there, or all is put away, a death would go unnoticed. */
  readonly #left: RunMarker[] = [];
  /** Nothing is to be written: the file is left alone until the next event. */
  #parked = true;
  /** The trail that was written last, and how far: the file that is found next may be another one. */
  #written: { tree: string; lastSequence: number } | undefined;
  /** After a failure: until then nothing is tried. */
  #notBefore = 0;
  #failure: unknown;
  #spooled = false;
  /** When the note of it was last written. */
  #seenAt = 0;
  /** When the file itself was last looked at. */
  #lookedAt = 0;
  /** While the last is being put away and the trail does not take it. */
  #spoolsInstead = false;

  constructor({ db, sink, limits }: Pick<WorkerSettings, "db" | "sink" | "limits">) {
    this.#db = db;
    this.#sink = sink;
    const sinkOfEvents = { append: (events: readonly PreparedEvent[]) => this.#append(events) };
    this.#pressure = new Pressure({ ...limits, sink: sinkOfEvents, clock: Date.now, random });
  }

  write(events: readonly SpooledEvent[]): Answer {
    this.#parked = false;
    const failed: SpooledEvent[] = [];
    let recorded = true;
    for (const event of events) {
      try {
        const ready = prepared(event, this.#open().keys);
        if (this.#pressure.offer(ready) !== "written") recorded = false;
      } catch {
        failed.push(event);
      }
    }
    if (failed.length === 0) return { recorded };
    this.#spool(failed);
    const { message } = this.#failure instanceof Error ? this.#failure : new Error("the trail could not be written");
    return { recorded: false, trouble: message };
  }

  /** Once a second: whether the file is still there and sound, what waits, what was spooled. */
  tick(): void {
    try {
      if (!this.#parked) this.#open();
      if (this.#pressure.state.waiting > 0 || this.#pressure.state.lost > 0) this.#pressure.drain();
      if (this.#spooled && performance.now() >= this.#notBefore) {
        takeInSpool(this.#open().trail);
        this.#spooled = false;
      }
    } catch {
      // It goes on waiting.
    }
    this.#feed();
  }

  /** A copy for others to read: trouble with it is none of the record's. */
  #feed(): void {
    if (!this.#unsunk || this.#sink === undefined || this.#opened === undefined) return;
    try {
      if (feedSink(this.#opened.trail, this.#sink) !== undefined) this.#unsunk = false;
    } catch {
      // At the next tick again.
    }
  }

  touch(): void {
    this.#opened?.marker.touch();
  }

  /** A warning for the host's log where tool calls come in and no prompts. Of trouble with the file `tick` takes care. */
  listen(): string | undefined {
    if (this.#opened === undefined) return undefined;
    try {
      const { trail } = this.#opened;
      const calls = silentCalls(trail, Date.now());
      if (calls === undefined) return undefined;
      trail.record("system.degraded", {
        description: "tool calls come in and no prompts: the host's conversation hooks are off or silent",
        metadata: { reason: SILENT, calls, hours: 24, host: "openclaw" },
      });
      return `${calls} tool calls in 24 h and no prompt: conversation hooks are off or silent (openclaw sealtrail status)`;
    } catch {
      return undefined;
    }
  }

  /** Everything written, or spooled; the file closed, the marker gone. The next event opens again. */
  park(): void {
    try {
      while (!this.#pressure.drain()) {
        // a transaction at a time
      }
    } catch {
      this.#spoolsInstead = true;
      while (!this.#pressure.drain()) {
        // into the spool, which never throws
      }
      this.#spoolsInstead = false;
    }
    this.#feed();
    this.#close({ clean: true });
    this.#parked = true;
  }

  #append(events: readonly PreparedEvent[]): { added: number; duplicate: number } {
    if (this.#spoolsInstead) {
      this.#spool(events);
      return { added: events.length, duplicate: 0 };
    }
    const { trail } = this.#open();
    this.#unsunk = true;
    try {
      const done = trail.append(events);
      this.#written = { tree: trail.genesis.tree, lastSequence: done.lastSequence };
      this.#noteSeen();
      return done;
    } catch (error) {
      this.#rest(error);
      // A broken connection must not outlive the trouble; a lock is no broken connection.
      if (codeOf(error) !== "trail-busy") this.#close({ clean: false });
      if (speaksOfDamage(error)) this.#restart();
      throw error;
    }
  }

  /** For `audit status`, which asks whether the plugin still runs: a note every 10 seconds is enough. */
  #noteSeen(): void {
    const now = Date.now();
    if (Math.abs(now - this.#seenAt) < 10_000) return;
    this.#seenAt = now;
    noteSeen(this.#db, "openclaw", now);
  }

  #spool(events: readonly SpooledEvent[]): void {
    this.#spooled = true;
    spool(this.#db, events, { now: Date.now(), random });
  }

  #rest(error: unknown): void {
    this.#failure = error;
    this.#notBefore = performance.now() + retryMs;
  }

  #close({ clean }: { clean: boolean }): void {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened !== undefined) {
      try {
        opened.trail.close();
      } catch {
        // The file is gone or broken, which is why we let go of it.
      }
      closeSync(opened.handle);
      this.#left.push(opened.marker);
    }
    if (clean) for (const marker of this.#left.splice(0)) marker.remove();
  }

  #open(): Opened {
    if (performance.now() < this.#notBefore) throw this.#failure;
    if (this.#opened !== undefined) {
      const same = this.#opened.inode === inodeOf(this.#db);
      if (same && !this.#isSpoiled(this.#opened)) return this.#opened;
      this.#close({ clean: false });
      if (same) this.#restart();
    }
    try {
      this.#opened = this.#begin();
      return this.#opened;
    } catch (error) {
      this.#rest(error);
      if (speaksOfDamage(error)) this.#restart();
      throw error;
    }
  }

  /** Once a second: a connection lives on what it has in memory. */
  #isSpoiled({ handle }: Opened): boolean {
    if (performance.now() - this.#lookedAt < retryMs) return false;
    this.#lookedAt = performance.now();
    return looksSpoiled(handle);
  }

  /** Of a file that is really damaged a new one takes the place, and is opened at the next try. */
  #restart(): void {
    try {
      restartTrail(this.#db, { reason: "damaged" });
    } catch {
      // The folder can't be written: events go on to the spool.
    }
  }

  #begin(): Opened {
    if (!settleRestart(this.#db)) throw new Error(`${this.#db} is being begun anew`);
    if (looksSpoiled(this.#db)) this.#restart();
    const inode = inodeOf(this.#db);
    if (inode === undefined) throw new Error(`no trail at ${this.#db}: run audit init`);
    const handle = openSync(this.#db, "r");
    let trail: Trail | undefined;
    try {
      trail = Trail.open(this.#db, { patienceMs });
      if (!trail.writable) throw new Error(`${this.#db} cannot be written`);
      const now = Date.now();
      this.#compare(trail);
      settleMarkers(trail, { now });
      takeInSpool(trail);
      const marker = leaveMarker(this.#db, "openclaw", { now });
      for (const left of this.#left.splice(0)) left.remove();
      return { trail, keys: new DedupeKeys(trail.dedupeSecret), marker, inode, handle };
    } catch (error) {
      trail?.close();
      closeSync(handle);
      throw error;
    }
  }

  /** Whoever puts another trail in the place of this one, or an older copy, must not go unnoticed. */
  #compare(trail: Trail): void {
    const before = this.#written;
    if (before === undefined) return;
    const { tree } = trail.genesis;
    if (tree === before.tree && trail.lastSequence >= before.lastSequence) return;
    // Begun anew by ourselves: its first event says so, and which trail it was.
    if (restartedFrom(trail.database)?.metadata.tree === before.tree) return;
    trail.record("system.degraded", {
      description: "the trail's file was replaced while events were being written to it",
      metadata: { reason: "file-replaced", tree: before.tree, lastSequence: before.lastSequence },
    });
    this.#written = { tree, lastSequence: trail.lastSequence };
  }
}

function prepared({ traits, ...event }: SpooledEvent, keys: DedupeKeys): PreparedEvent {
  return traits === undefined ? event : keyed(event, traits, keys);
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

function serve(port: MessagePort, settings: WorkerSettings): void {
  const writer = new TrailWriter(settings);
  const done = new Int32Array(settings.done);
  const answer = (upTo: number, said: Answer) => {
    Atomics.store(done, 0, upTo);
    Atomics.notify(done, 0);
    port.postMessage({ upTo, ...said } satisfies FromWorker);
  };
  port.on("message", (first: ToWorker) => {
    for (let next: ToWorker | undefined = first; next !== undefined; ) {
      const events: SpooledEvent[] = [];
      let upTo = next.id;
      while (next !== undefined && "event" in next && events.length < batch) {
        events.push(next.event);
        upTo = next.id;
        next = receive(port);
      }
      if (events.length > 0) {
        answer(upTo, writer.write(events));
      } else if (next !== undefined) {
        writer.park();
        answer(next.id, { recorded: true });
        next = receive(port);
      }
    }
  });
  setInterval(() => writer.tick(), retryMs).unref();
  const listen = () => {
    const warning = writer.listen();
    if (warning !== undefined) port.postMessage({ warning } satisfies FromWorker);
  };
  setTimeout(listen, firstListenMs).unref();
  setInterval(listen, listenMs).unref();
  setInterval(() => writer.touch(), heartbeatMs).unref();
}

function receive(port: MessagePort): ToWorker | undefined {
  return (receiveMessageOnPort(port) as { message: ToWorker } | undefined)?.message;
}

if (parentPort !== null) serve(parentPort, workerData as WorkerSettings);
