// The writing thread: the only code of the plugin that touches the trail's file, so that a locked or slow file never
// holds the gateway. Takes what waits in its port as one transaction; what the trail does not take goes to the spool.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { heartbeatMs } from "@sealtrail/trail/marker";
import { type Recorded, Recorder } from "@sealtrail/trail/recorder";
import type { SpooledEvent } from "@sealtrail/trail/spool";
import type { FromWorker, ToWorker, WorkerSettings } from "./protocol.js";
import { silence } from "./silence.js";

/** How long one append waits for the lock; then the trail is left alone for a moment, and events wait or are spooled. */
const patienceMs = 5_000;
const tickMs = 1_000;
/** Messages handled before an answer. */
const batch = 500;
/** Time between two checks whether prompts come in. */
const listenMs = 3_600_000;
/** Time until the first check: a gateway may run for less than an hour. */
const firstListenMs = 60_000;

function serve(port: MessagePort, { db, durable, sink, limits, ...settings }: WorkerSettings): void {
  const recorder = new Recorder({ db, host: "openclaw", patienceMs, durable, sink, limits });
  const done = new Int32Array(settings.done);
  const answer = (upTo: number, said: Recorded) => {
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
        answer(upTo, recorder.write(events));
      } else if (next !== undefined) {
        recorder.close();
        answer(next.id, { recorded: true });
        next = receive(port);
      }
    }
  });
  setInterval(() => recorder.tick(), tickMs).unref();
  const listen = () => {
    const warning = recorder.trail && silence(recorder.trail, Date.now());
    if (warning !== undefined) port.postMessage({ warning } satisfies FromWorker);
  };
  setTimeout(listen, firstListenMs).unref();
  setInterval(listen, listenMs).unref();
  setInterval(() => recorder.touch(), heartbeatMs).unref();
}

function receive(port: MessagePort): ToWorker | undefined {
  return (receiveMessageOnPort(port) as { message: ToWorker } | undefined)?.message;
}

if (parentPort !== null) serve(parentPort, workerData as WorkerSettings);
