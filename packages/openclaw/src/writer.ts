// The host's side of the writing thread. One for all copies of the plugin in a process: the host evaluates the module
// several times and splits the hooks among the copies. Holds every event until it is done, and never throws.
import { Worker } from "node:worker_threads";
import { systemEvent, systemRandom } from "@sealtrail/trail/recorder";
import { type SpooledEvent, spool } from "@sealtrail/trail/spool";
import { doneCell, type FromWorker, type ToWorker, type WorkerSettings } from "./protocol.js";

/** Events that may wait for the writing thread; the next ones are counted as lost. */
const mostWaiting = 10_000;

/** At the end of the process there is this much time left for what still waits. */
const exitMs = 2_000;

interface Waiting {
  readonly event: SpooledEvent | undefined;
  readonly settle: (recorded: boolean) => void;
}

export interface Written {
  readonly id: number;
  /** False when it is not on record, or not yet known to be when the writing thread died. */
  readonly recorded: Promise<boolean>;
}

export interface WriterOptions extends Omit<WorkerSettings, "done"> {
  readonly workerUrl: URL;
  readonly warn: (text: string) => void;
}

export class Writer {
  readonly #options: WriterOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #done = new Int32Array(doneCell());
  #lastId = 0;
  #lost = 0;
  #warned: string | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  write(event: SpooledEvent): Written {
    if (this.#waiting.size >= mostWaiting) {
      this.#lost++;
      return { id: 0, recorded: Promise.resolve(false) };
    }
    if (this.#lost > 0) this.#send(this.#degraded());
    return this.#send(event);
  }

  /** For a hook that can't wait otherwise: holds the thread until the event is done, at most so long. */
  waitSync({ id }: Written, milliseconds: number): void {
    const limit = performance.now() + milliseconds;
    for (;;) {
      const done = Atomics.load(this.#done, 0);
      const left = limit - performance.now();
      if (id === 0 || done >= id || left <= 0) return;
      Atomics.wait(this.#done, 0, done, left);
    }
  }

  /** Everything written, the file closed, the run marker gone. False when that took too long. */
  async park(milliseconds: number): Promise<boolean> {
    if (this.#worker === undefined) return true;
    const { recorded } = this.#send(undefined);
    return within(recorded, milliseconds);
  }

  #send(event: SpooledEvent | undefined): Written {
    const id = ++this.#lastId;
    const recorded = new Promise<boolean>((settle) => this.#waiting.set(id, { event, settle }));
    try {
      const message: ToWorker = event === undefined ? { id, park: true } : { id, event };
      this.#running().postMessage(message);
    } catch (error) {
      this.#failed(error);
    }
    return { id, recorded };
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const done = doneCell();
    this.#done = new Int32Array(done);
    // Ids go on: what is done with the thread before is done with this one.
    Atomics.store(this.#done, 0, this.#lastId - 1);
    const { db, durable, sink, limits } = this.#options;
    const workerData: WorkerSettings = { db, done, durable, sink, limits };
    const worker = new Worker(this.#options.workerUrl, { workerData, execArgv: [], name: "sealtrail" });
    // A command of the host's that loads the plugin ends when its own work is done.
    worker.unref();
    worker.on("message", (said: FromWorker) => this.#heard(said));
    worker.on("error", (error) => this.#failed(error));
    worker.on("exit", () => {
      if (this.#worker === worker) this.#failed(new Error("the writing thread ended"));
    });
    this.#worker = worker;
    return worker;
  }

  #heard(said: FromWorker): void {
    if ("warning" in said) {
      this.#options.warn(said.warning);
      return;
    }
    const { upTo, recorded, trouble } = said;
    for (const [id, { settle }] of this.#waiting) {
      if (id > upTo) break;
      this.#waiting.delete(id);
      settle(recorded);
    }
    if (trouble !== undefined && trouble !== this.#warned) {
      this.#options.warn(`events are kept in the spool: ${trouble}`);
    }
    this.#warned = trouble;
  }

  /** The thread is gone: what it had not done goes to the spool from here. */
  #failed(error: unknown): void {
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    const events = waiting.flatMap(({ event }) => (event === undefined ? [] : [event]));
    if (events.length > 0) spool(this.#options.db, events, { now: Date.now(), random: systemRandom });
    this.#options.warn(`the writing thread failed: ${error instanceof Error ? error.message : error}`);
    for (const { settle } of waiting) settle(false);
  }

  #degraded(): SpooledEvent {
    const count = this.#lost;
    this.#lost = 0;
    return systemEvent("system.degraded", {
      description: `${count} events could not be recorded: too many were waiting`,
      metadata: { count, reason: "overflow" },
      random: systemRandom,
    });
  }

  /** Waits for what the writing thread still has; the rest goes to the spool. */
  atExit(): void {
    if (this.#worker === undefined) return;
    if (this.#lost > 0) this.#send(this.#degraded());
    const last = this.#send(undefined);
    this.waitSync(last, exitMs);
    const done = Atomics.load(this.#done, 0);
    const left = [...this.#waiting].flatMap(([id, { event }]) => (id > done && event !== undefined ? [event] : []));
    if (left.length > 0) spool(this.#options.db, left, { now: Date.now(), random: systemRandom });
  }
}

/** False when it is not true within so many milliseconds. */
export async function within(answer: Promise<boolean>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((settle) => {
    timer = setTimeout(() => settle(false), milliseconds);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Version of what is shared: another release in the same process (a plugin reload) gets a writer of its own. */
const SHARED = Symbol.for("@sealtrail/openclaw writer 1");

/** This process' writer of that trail, whichever copy of the plugin asks. */
export function sharedWriter(options: WriterOptions): Writer {
  const shared = globalThis as { [SHARED]?: Map<string, Writer> };
  let writers = shared[SHARED];
  if (writers === undefined) {
    const all = new Map<string, Writer>();
    process.once("exit", () => {
      for (const writer of all.values()) writer.atExit();
    });
    shared[SHARED] = all;
    writers = all;
  }
  let writer = writers.get(options.db);
  if (writer === undefined) {
    writer = new Writer(options);
    writers.set(options.db, writer);
  }
  return writer;
}
