// A file taken in by two threads gives what one gives: the same events, counts, refusals. The second thread runs what was built.
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { redactionPolicy } from "@sealtrail/redact";
import { describe, expect, it } from "vitest";
import { ingestBeside } from "../dist/ingest/beside.js";
import type { EventSink, PreparedEvent } from "../src/event/prepared.js";
import { ingestBeside as unbuilt } from "../src/ingest/beside.js";
import { Ingest, type IngestOptions } from "../src/ingest/ingest.js";
import { startAt } from "../src/ingest/known-file.js";
import { readLines } from "../src/ingest/lines.js";
import { packEvents, unpackEvents } from "../src/ingest/packed.js";
import { someFile } from "./support/ingested.js";
import { folder, newTrail, variedEvents } from "./support/trails.js";

const secret = new Uint8Array(32).fill(7);
const beginning = { bytes: 0, number: 0, lines: 0 };

/** 5,000 lines of every sort. */
function linesOf(): string {
  const lines: string[] = [];
  for (let i = 0; i < 5_000; i++) {
    const event: Record<string, unknown> = { type: "tool.invoked", description: `call ${i % 4_000} – ü` };
    if (i % 3 === 0) event.sessionId = `s${i % 7}`;
    if (i % 5 === 0) event.content = `output of ${i}, secret-${i}`;
    if (i % 11 === 0) event.dedupeKey = `key-${i % 1_100}`;
    if (i % 13 === 0) event.metadata = { password: "hunter2", args: { command: `echo ${i}` } };
    if (i % 17 === 0) event.type = "no type";
    lines.push(i % 501 === 0 ? "{" : i % 97 === 0 ? "" : JSON.stringify(event));
  }
  return lines.join("\n");
}

/** Salts are fresh each time, and what is sealed hangs on them. */
const withoutSalt = ({ contentSalt: _, ...event }: PreparedEvent) => ({
  ...event,
  metadata: event.metadata.replace(/sealed:[0-9a-f]{64}/g, "sealed"),
});

function collecting(): { sink: EventSink; events: PreparedEvent[] } {
  const events: PreparedEvent[] = [];
  const append = (batch: readonly PreparedEvent[]) => {
    events.push(...batch);
    const added = batch.filter((event) => (event.dedupe?.[0] ?? 0) % 2 === 0).length;
    return { added, duplicate: batch.length - added };
  };
  return { sink: { append }, events };
}

function optionsFor(sink: EventSink, rejects: string): IngestOptions {
  return {
    sink,
    source: "ndjson",
    redaction: redactionPolicy({ patterns: ["secret-\\d+"], redactToolArgs: true }),
    dedupeSecret: secret,
    file: someFile,
    rejects,
    input: "file",
    userId: "dev",
  };
}

async function withFile<T>(work: (file: number, path: string) => Promise<T>): Promise<T> {
  const path = join(folder(), "lines.ndjson");
  writeFileSync(path, linesOf());
  const file = openSync(path, "r");
  try {
    return await work(file, path);
  } finally {
    closeSync(file);
  }
}

describe("a file taken in by two threads", () => {
  it("gives the events, counts and refusals that one thread gives", async () => {
    await withFile(async (file, path) => {
      const alone = collecting();
      const run = new Ingest(optionsFor(alone.sink, `${path}.alone`));
      run.takeFile(file, startAt(file, beginning, secret));
      const report = run.finish();

      const both = collecting();
      const offsets: number[] = [];
      const outcome = await ingestBeside(file, beginning, optionsFor(both.sink, `${path}.both`), (offset) =>
        offsets.push(offset),
      );
      expect(outcome).toEqual({ report, refusals: run.refusals });
      expect(report.refused).toBeGreaterThan(200);
      expect(both.events.map(withoutSalt)).toEqual(alone.events.map(withoutSalt));
      expect(new Set(both.events.map((event) => Buffer.from(event.contentSalt).toString("hex"))).size).toBe(
        both.events.length,
      );
      expect(readFileSync(`${path}.both`, "utf8")).toBe(readFileSync(`${path}.alone`, "utf8"));
      expect(offsets.length).toBeGreaterThan(1);
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    });
  });

  it("can be taken in again, and adds nothing", async () => {
    const { trail } = newTrail();
    const sink = trail.sink();
    const first = await withFile((file, path) => ingestBeside(file, beginning, optionsFor(sink, `${path}.r`)));
    const again = await withFile((file, path) => ingestBeside(file, beginning, optionsFor(sink, `${path}.r`)));
    const { added = 0, known = 0 } = first?.report ?? {};
    expect(added).toBeGreaterThan(4_000);
    expect(again?.report).toMatchObject({ added: 0, known: added + known });
    trail.checkpoint();
    expect((await trail.verify()).status).toBe("verified");
    trail.close();
  });

  it("ends with the error that the log gives", async () => {
    let batches = 0;
    const append = () => {
      if (++batches === 2) throw new Error("disk full");
      return { added: 1, duplicate: 0 };
    };
    const ended = withFile((file, path) => ingestBeside(file, beginning, optionsFor({ append }, `${path}.r`)));
    await expect(ended).rejects.toThrow("disk full");
    expect(batches).toBe(2);
  });

  it("is left to one where there is no second, with nothing read", async () => {
    await withFile(async (file, path) => {
      const { sink, events } = collecting();
      // Beside the source there is no built thread.
      expect(await unbuilt(file, beginning, optionsFor(sink, `${path}.r`))).toBeUndefined();
      expect(events).toEqual([]);
      expect(readLines(file).next().value?.offset).toBe(0);
    });
  });

  it("carries every member of an event", () => {
    const events = variedEvents(40).map((event, i): PreparedEvent => {
      const key = new Uint8Array(16).fill(i);
      if (i % 4 === 0) return { ...event, dedupe: key, dedupeBy: i % 8 === 0 ? "identity" : "moment" };
      return i % 4 === 1 ? { ...event, call: { key, role: i % 8 === 1 ? "asked" : "outcome" }, fromLog: true } : event;
    });
    // Bytes come out as plain arrays, whatever they were.
    const plain = events.map((event) =>
      Object.fromEntries(
        Object.entries(event).map(([name, value]) => [
          name,
          value instanceof Uint8Array
            ? new Uint8Array(value)
            : name === "call"
              ? { ...event.call, key: new Uint8Array(event.call!.key) }
              : value,
        ]),
      ),
    );
    expect(unpackEvents(structuredClone(packEvents(events)))).toEqual(plain);
    expect(unpackEvents(packEvents([]))).toEqual([]);
  });
});
