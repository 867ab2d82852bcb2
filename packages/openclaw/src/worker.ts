// The writing thread: the only code of the plugin that touches the trail's file, so that a locked or slow file never
// holds the gateway. Takes what waits in its port as one transaction; what the trail does not take goes to the spool.
import { randomFillSync } from "node:crypto";
import { statSync } from "node:fs";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import {
  DedupeKeys,
  heartbeatMs,
  leaveMarker,
  type PreparedEvent,
  type RunMarker,
  type SpooledEvent,
  settleMarkers,
  spool,
  Trail,
  takeInSpool,
} from "@sealtrail/trail";
import type { FromWorker, ToWorker, WorkerSettings } from "./protocol.js";

/** How long one batch waits for the lock before it goes to the spool. */
const patienceMs = 5_000;
/** Events of one transaction. */
const batch = 500;
/** A trail that could not be opened is not tried again for every event. */
const reopenMs = 1_000;

const random = (size: number) => randomFillSync(new Uint8Array(size));

interface Opened {
  readonly trail: Trail;
  readonly keys: DedupeKeys;
  readonly marker: RunMarker;
  /** Of the file: it may be replaced or removed under us. */
  readonly inode: bigint;
}

class TrailWriter {
  readonly #db: string;
  #opened: Opened | undefined;
  #notBefore = 0;
  #spooled = false;

  constructor(db: string) {
    this.#db = db;
  }

  /** Undefined when the events are on record, else why they are in the spool. */
  write(events: readonly SpooledEvent[]): string | undefined {
    try {
      const { trail, keys } = this.#open();
      if (this.#spooled) takeInSpool(trail);
      this.#spooled = false;
      trail.append(events.map((event) => prepared(event, keys)));
      return undefined;
    } catch (error) {
      this.#spooled = true;
      // A broken connection must not outlive the trouble; a lock is no broken connection.
      if (codeOf(error) !== "trail-busy") this.park({ clean: false });
      spool(this.#db, events, { now: Date.now(), random });
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** @param clean everything is written: the marker goes too */
  park({ clean }: { clean: boolean }): void {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    try {
      opened.trail.close();
    } catch {
      // The file is gone or broken, which is why we let go of it.
    }
    if (clean) opened.marker.remove();
    else this.#notBefore = performance.now() + reopenMs;
  }

  touch(): void {
    this.#opened?.marker.touch();
  }

  #open(): Opened {
    const inode = statSync(this.#db, { bigint: true, throwIfNoEntry: false })?.ino;
    if (this.#opened !== undefined) {
      if (this.#opened.inode === inode) return this.#opened;
      this.park({ clean: true });
    }
    if (performance.now() < this.#notBefore) throw new Error("the trail could not be opened just now");
    this.#notBefore = performance.now() + reopenMs;
    const trail = Trail.open(this.#db, { patienceMs });
    try {
      if (!trail.writable) throw new Error(`${this.#db} cannot be written`);
      const now = Date.now();
      settleMarkers(trail, { now });
      takeInSpool(trail);
      const marker = leaveMarker(this.#db, "openclaw", { now });
      this.#opened = { trail, keys: new DedupeKeys(trail.dedupeSecret), marker, inode: inode ?? 0n };
    } catch (error) {
      trail.close();
      throw error;
    }
    this.#notBefore = 0;
    return this.#opened;
  }
}

function prepared({ identity, ...event }: SpooledEvent, keys: DedupeKeys): PreparedEvent {
  return identity === undefined ? event : { ...event, dedupe: keys.ofIdentity(event.source, identity) };
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

function serve(port: MessagePort, settings: WorkerSettings): void {
  const writer = new TrailWriter(settings.db);
  const done = new Int32Array(settings.done);
  const answer = (upTo: number, trouble: string | undefined) => {
    Atomics.store(done, 0, upTo);
    Atomics.notify(done, 0);
    const said: FromWorker = { upTo, recorded: trouble === undefined, ...(trouble !== undefined && { trouble }) };
    port.postMessage(said);
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
        writer.park({ clean: true });
        answer(next.id, undefined);
        next = receive(port);
      }
    }
  });
  setInterval(() => writer.touch(), heartbeatMs).unref();
}

function receive(port: MessagePort): ToWorker | undefined {
  return (receiveMessageOnPort(port) as { message: ToWorker } | undefined)?.message;
}

if (parentPort !== null) serve(parentPort, workerData as WorkerSettings);
