// Ingest into memory, for tests of sources: what would have been written, readable.

import { type RedactionSettings, redactionPolicy } from "@sealtrail/redact";
import type { SourceName } from "@sealtrail/sources";
import type { EventSink, FilePosition, PreparedEvent } from "../../src/event/prepared.js";
import { type Ingest, type IngestReport, ingest } from "../../src/ingest/ingest.js";
import type { FileRecords, StoredPosition } from "../../src/ingest/known-file.js";
import { type Line, LineSplitter } from "../../src/ingest/lines.js";

export class MemorySink implements EventSink {
  readonly events: PreparedEvent[] = [];
  readonly positions: FilePosition[] = [];
  readonly #seen = new Set<string>();

  append(events: readonly PreparedEvent[], position?: FilePosition): { added: number; duplicate: number } {
    let added = 0;
    for (const event of events) {
      const key = event.dedupe && Buffer.from(event.dedupe).toString("hex");
      if (key !== undefined && this.#seen.has(key)) continue;
      if (key !== undefined) this.#seen.add(key);
      this.events.push(event);
      added++;
    }
    if (position !== undefined) this.positions.push(position);
    return { added, duplicate: events.length - added };
  }

  /** What a trail would tell of the files that were read. */
  readonly files: FileRecords = {
    candidates: ({ source, path, inode, head }) =>
      this.#newest().filter(
        (p) => p.source === source && (p.path === path || p.inode === inode || (p.head === head && head !== "")),
      ),
    last: (source, path) => this.#newest().find((p) => p.source === source && p.path === path),
  };

  #newest(): StoredPosition[] {
    const byFile = new Map<string, StoredPosition>();
    for (const position of this.positions) {
      byFile.delete(position.file);
      byFile.set(position.file, { ...position, sound: true });
    }
    return [...byFile.values()].reverse();
  }
}

const secret = new Uint8Array(32).fill(7);

/** A file that lines in memory stand in. */
export const someFile = { file: "0f".repeat(16), source: "any", path: "/a", inode: "1:1", head: "", refused: 0 };

export function* linesOf(...pieces: (string | Uint8Array)[]): Generator<Line> {
  const splitter = new LineSplitter();
  for (const piece of pieces) yield* splitter.push(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
  const last = splitter.end();
  if (last !== undefined) yield last;
}

export interface Taken {
  report: IngestReport;
  events: PreparedEvent[];
  sink: MemorySink;
}

export function optionsFor(source: SourceName, sink: EventSink, settings: RedactionSettings = {}) {
  return {
    sink,
    source,
    redaction: redactionPolicy(settings),
    dedupeSecret: secret,
    file: someFile,
  } satisfies ConstructorParameters<typeof Ingest>[0];
}

export function taken(source: SourceName, lines: Iterable<Line>, settings?: RedactionSettings): Taken {
  const sink = new MemorySink();
  const report = ingest(lines, optionsFor(source, sink, settings));
  return { report, events: sink.events, sink };
}

/** Values as lines of JSON. */
export const jsonLines = (...values: unknown[]): Iterable<Line> =>
  linesOf(values.map((value) => `${JSON.stringify(value)}\n`).join(""));

export const contentText = (event: PreparedEvent): string | undefined =>
  event.content && Buffer.from(event.content).toString();

/** Everything of an event that is written, as one text. */
export function writtenText(event: PreparedEvent): string {
  const { content, contentSalt: _, dedupe: __, ...rest } = event;
  return `${JSON.stringify(rest)}\n${JSON.parse(event.metadata) ? event.metadata : ""}\n${content && Buffer.from(content)}`;
}

/** One event in a few lines, for golden files. */
export function golden(event: PreparedEvent): string {
  const { sessionId, agentId, runId, occurredAt } = event;
  const ids = Object.entries({ sessionId, agentId, runId, occurredAt }).flatMap(([k, v]) => (v ? [`${k}=${v}`] : []));
  const content = contentText(event);
  const shown =
    content === undefined ? [] : [`  content ${event.contentLength}: ${JSON.stringify(content.slice(0, 160))}`];
  return [`${event.type} | ${event.description}`, `  ${ids.join(" ")}`, `  ${event.metadata}`, ...shown].join("\n");
}
