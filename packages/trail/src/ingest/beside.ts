// A file taken in by two threads: one reads, parses and redacts, this one appends. Measured for 100,000 events: 12 of 30 us
// an event less to do here.

import type { RedactionSettings } from "@sealtrail/redact";
import type { FilePosition } from "../event/prepared.js";
import { secondThread } from "../thread.js";
import type { Start } from "./file-lines.js";
import type { IngestOptions, IngestReport } from "./ingest.js";
import { type PackedEvents, unpackEvents } from "./packed.js";

export interface ReaderInput {
  /** Open for reading. */
  file: number;
  /** Where to begin: as in `Start`, without its hash, which goes to no other thread. */
  start: Omit<Start, "hash">;
  options: Omit<IngestOptions, "sink" | "redaction">;
  redaction: RedactionSettings;
  /** Batches that were appended. */
  taken: Int32Array;
}

export interface Ingested {
  report: IngestReport;
  /** The first refusals. */
  refusals: readonly { line: number; reason: string }[];
}

export type FromReader =
  | { kind: "ready" }
  /** `offset`: how far the file was read. */
  | { kind: "events"; events: PackedEvents; offset: number; position: FilePosition | undefined }
  | ({ kind: "end" } & Ingested);

/** As `Ingest.takeFile`. Undefined, and nothing was read, where there can be no second thread. */
export async function ingestBeside(
  file: number,
  { bytes, number, lines }: Omit<Start, "hash">,
  { sink, redaction, ...options }: IngestOptions,
  onRead: (offset: number) => void = () => {},
): Promise<Ingested | undefined> {
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const input: ReaderInput = { file, start: { bytes, number, lines }, options, redaction: redaction.settings, taken };
  const worker = secondThread(new URL("./reader-thread.js", import.meta.url), input);
  if (worker === undefined) return undefined;
  let ready = false;
  let added = 0;
  let known = 0;
  try {
    return await new Promise<Ingested | undefined>((resolve, reject) => {
      const fail = (error: unknown) => (ready ? reject(error) : resolve(undefined));
      worker.once("error", fail);
      worker.once("exit", () => fail(new Error("the thread that reads the file ended early")));
      worker.on("message", (message: FromReader) => {
        ready = true;
        if (message.kind === "end") {
          const { report, refusals } = message;
          resolve({ report: { ...report, added, known: report.known + known }, refusals });
        } else if (message.kind === "events") {
          try {
            const appended = sink.append(unpackEvents(message.events), message.position);
            added += appended.added;
            known += appended.duplicate;
            Atomics.add(taken, 0, 1);
            Atomics.notify(taken, 0);
            onRead(message.offset);
          } catch (error) {
            worker.removeAllListeners("message");
            reject(error);
          }
        }
      });
    });
  } finally {
    await worker.terminate();
  }
}
