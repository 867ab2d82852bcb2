// The thread that reads a file for another one to append (beside.ts): lines in, batches of prepared events out.
import { parentPort, workerData } from "node:worker_threads";
import { redactionPolicy } from "@sealtrail/redact";
import type { FilePosition, PreparedEvent } from "../event/prepared.js";
import type { FromReader, ReaderInput } from "./beside.js";
import { Ingest } from "./ingest.js";
import { startAt } from "./known-file.js";
import { packEvents } from "./packed.js";

/** Batches that may wait: the file is read no faster than it is appended. */
const ahead = 3;

const { file, start, options, redaction, taken } = workerData as ReaderInput;
const send = (message: FromReader) => parentPort?.postMessage(message);
let sent = 0;
let offset = 0;

const sink = {
  /** What becomes of them is counted where they are appended. */
  append: (events: readonly PreparedEvent[], position?: FilePosition) => {
    send({ kind: "events", events: packEvents(events), offset, position });
    sent++;
    for (let done = Atomics.load(taken, 0); sent - done > ahead; done = Atomics.load(taken, 0)) {
      Atomics.wait(taken, 0, done);
    }
    return { added: 0, duplicate: 0 };
  },
};

/** Lines of the first batch: a small one, so that the other thread need not wait for a whole one. */
const firstLines = 256;

send({ kind: "ready" });
const run = new Ingest({ ...options, redaction: redactionPolicy(redaction), sink });
try {
  let lines = 0;
  run.takeFile(file, startAt(file, start, options.dedupeSecret), (at) => {
    offset = at;
    if (++lines === firstLines) run.flush();
  });
  send({ kind: "end", report: run.finish(), refusals: run.refusals });
} finally {
  run.close();
}
