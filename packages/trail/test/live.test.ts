// A followed file once it is live: limits, what is put together, and that the same file read
// again adds nothing, whatever it was put together into.
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { redactionPolicy } from "@sealtrail/redact";
import { expect, it } from "vitest";
import { Ingest, type IngestOptions, readLines } from "../src/ingest/index.js";
import type { Trail } from "../src/trail.js";
import { someFile } from "./support/ingested.js";
import { folder, newTrail } from "./support/trails.js";

const position = { ...someFile, bytes: 0, number: 0, lines: 0, hash: "" };
const metadata = (trail: Trail, type: string) => [...trail.events({ type })].map((event) => event.metadata ?? {});

function live(more: Partial<NonNullable<IngestOptions["live"]>> = {}) {
  const { trail, clock } = newTrail();
  const file = join(folder(), "agent.log");
  writeFileSync(file, "");
  let written = 0;
  const options = (): IngestOptions => ({
    sink: trail.sink(),
    source: "ndjson",
    redaction: redactionPolicy(),
    dedupeSecret: trail.dedupeSecret,
    file: someFile,
    live: { clock: clock.read, random: (n) => crypto.getRandomValues(new Uint8Array(n)), perSecond: 100, ...more },
  });
  const lines = (type: string, count: number) => {
    const texts = Array.from(
      { length: count },
      () => `${JSON.stringify({ type, description: `line ${written++}` })}\n`,
    );
    appendFileSync(file, texts.join(""));
  };
  return { trail, clock, file, options, lines };
}

function takeAll(run: Ingest, file: string, from = 0): void {
  for (const line of readLines(file)) if (line.number > from) run.take(line);
}

it("takes what was there as any file, and what comes later under the limits", () => {
  const { trail, clock, file, options, lines } = live();
  lines("prompt.input", 300);
  const run = new Ingest(options());
  takeAll(run, file);
  run.flush(position);
  expect(trail.lastSequence).toBe(300);
  lines("prompt.input", 250);
  takeAll(run, file, 300);
  expect(trail.lastSequence).toBe(400);
  lines("tool.invoked", 5);
  takeAll(run, file, 550);
  expect(trail.lastSequence).toBe(405);
  // A second later what waits goes in, though lines go on coming.
  clock.now += 1_000;
  lines("prompt.input", 1);
  takeAll(run, file, 555);
  expect(trail.lastSequence).toBe(556);
  run.flush({ ...position, bytes: 9 });
  expect(run.finish()).toMatchObject({ read: 556, added: 556, known: 0, coalesced: 0, lost: 0 });
  expect(trail.sink().files.last("any", "/a")).toMatchObject({ bytes: 9, sound: true });
  trail.close();
});

it("keeps the keys of what it put together: the same file again adds nothing", async () => {
  const { trail, file, options, lines } = live({ perSecond: 10, buffered: 20 });
  const run = new Ingest(options());
  run.flush(position);
  lines("prompt.input", 500);
  lines("tool.invoked", 3);
  takeAll(run, file);
  const report = run.finish();
  expect(report).toMatchObject({ read: 503, known: 0, lost: 0 });
  expect(report.coalesced).toBeGreaterThan(400);
  expect(trail.lastSequence).toBe(report.added);
  const counted = metadata(trail, "prompt.input").reduce((sum, m) => sum + Number(m.count ?? 1), 0);
  expect(counted).toBe(500);
  const { live: _, ...plain } = options();
  const again = new Ingest(plain);
  takeAll(again, file);
  expect(again.finish()).toMatchObject({ read: 503, added: 0, known: 503 });
  // Also where they would be put together again.
  const third = new Ingest(options());
  third.flush(position);
  takeAll(third, file);
  expect(third.finish()).toMatchObject({ added: 0, known: 503, coalesced: 0 });
  // Erasing the event that stands for many lets go of their keys.
  const whole = [...trail.events({ type: "prompt.input" })].find((event) => Number(event.metadata?.count) > 100)!;
  trail.erase({ sequences: [whole.sequence] });
  const fourth = new Ingest(plain);
  takeAll(fourth, file);
  expect(fourth.finish()).toMatchObject({ added: Number(whole.metadata?.count) });
  expect(await trail.verify()).toMatchObject({ status: "verified", findings: [] });
  trail.close();
});

it("what waited when the process died is read again, and nothing twice", async () => {
  const { trail, clock, file, options, lines } = live({ perSecond: 10, buffered: 50 });
  const run = new Ingest(options());
  lines("prompt.input", 5);
  takeAll(run, file);
  run.flush({ ...position, bytes: 5 });
  lines("prompt.input", 300);
  lines("tool.invoked", 5);
  takeAll(run, file, 5);
  clock.now += 1_000;
  lines("prompt.input", 40);
  takeAll(run, file, 310);
  // Killed here: of the last lines some are on record, alone or put together, some only waited.
  const offset = trail.sink().files.last("any", "/a")!.bytes;
  const again = new Ingest(options());
  for (const line of readLines(file)) if (line.number <= offset) again.recall(line);
  takeAll(again, file, offset);
  again.flush({ ...position, bytes: 350 });
  again.finish();
  expect(metadata(trail, "prompt.input").reduce((sum, m) => sum + Number(m.count ?? 1), 0)).toBe(345);
  expect(metadata(trail, "tool.invoked")).toHaveLength(5);
  trail.close();
});

it("an event that waits already is not counted twice", () => {
  const { trail, options } = live({ perSecond: 1, buffered: 4 });
  const run = new Ingest(options());
  run.flush(position);
  const line = (n: number) => ({
    number: n,
    offset: 0,
    length: 9,
    bytes: Buffer.from(JSON.stringify({ type: "prompt.input", dedupeKey: `k${n % 10}` })),
  });
  for (let n = 0; n < 100; n++) run.take(line(n));
  expect(run.finish()).toMatchObject({ read: 100, known: 90 });
  expect(metadata(trail, "prompt.input").reduce((sum, m) => sum + Number(m.count ?? 1), 0)).toBe(10);
  trail.close();
});

it("a group holds 4,096 at most, so that no transaction stores more keys", () => {
  const { trail, file, options, lines } = live({ perSecond: 1, buffered: 3 });
  const run = new Ingest(options());
  run.flush(position);
  lines("prompt.input", 10_000);
  takeAll(run, file);
  expect(run.finish()).toMatchObject({ lost: 0 });
  const counts = metadata(trail, "prompt.input").map((m) => Number(m.count ?? 1));
  expect(Math.max(...counts)).toBe(4_096);
  expect(counts.reduce((a, b) => a + b)).toBe(10_000);
  expect(Number(trail.database.prepare("SELECT count(*) AS n FROM dedupe").get()?.n)).toBe(10_000);
  trail.close();
});
