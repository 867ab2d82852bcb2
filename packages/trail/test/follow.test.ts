// Following a file: half a line held back, rotation by renaming and by cutting short, going on where a run stopped.
import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileHash } from "../src/ingest/file-lines.js";
import { follow } from "../src/ingest/follow.js";
import { Ingest } from "../src/ingest/ingest.js";
import { systemRandom } from "../src/log/random.js";
import { MemorySink, optionsFor } from "./support/ingested.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealtrail-follow-"));
  path = join(folder, "events.log");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The hash of no bytes, under the secret of these tests. */
const beginning = {
  bytes: 0,
  number: 0,
  lines: 0,
  refused: 0,
  hash: fileHash(new Uint8Array(32).fill(7)).digest("hex"),
};

const line = (name: string) => `${JSON.stringify({ type: "tool.invoked", description: name })}\n`;

/** A run of the follower; `until` waits for so many events in the sink. */
function run(sink: MemorySink, pollMs = 5) {
  const stop = new AbortController();
  const options = {
    signal: stop.signal,
    pollMs,
    source: "ndjson",
    records: sink.files,
    secret: new Uint8Array(32).fill(7),
    random: systemRandom,
  };
  const taking = async () => {
    const ingest = new Ingest(optionsFor("ndjson", sink));
    for await (const step of follow(path, options)) ingest.step(step);
    return ingest.finish();
  };
  const done = taking();
  return {
    async until(count: number) {
      for (let i = 0; i < 600 && sink.events.length < count; i++) await new Promise((go) => setTimeout(go, 5));
      expect(sink.events.map((event) => event.description)).toHaveLength(count);
    },
    async stop() {
      await new Promise((go) => setTimeout(go, 30));
      stop.abort();
      return done;
    },
  };
}

const said = (sink: MemorySink) => sink.events.map((event) => event.description);
const files = (sink: MemorySink) => new Set(sink.positions.map(({ file }) => file)).size;

describe("follow", () => {
  it("waits for the file, and for the other half of a line", async () => {
    const sink = new MemorySink();
    const follower = run(sink);
    await new Promise((go) => setTimeout(go, 20));
    writeFileSync(path, `${line("one")}${line("two").slice(0, 20)}`);
    await follower.until(1);
    appendFileSync(path, line("two").slice(20));
    await follower.until(2);
    expect(await follower.stop()).toMatchObject({ read: 2, added: 2, refused: 0 });
  });

  it("reads the old file to its end when it is renamed, then the new one", async () => {
    const sink = new MemorySink();
    writeFileSync(path, line("one"));
    const follower = run(sink);
    await follower.until(1);
    appendFileSync(path, line("two"));
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, line("three"));
    writeFileSync(path, line("one"));
    await follower.until(4);
    expect(said(sink)).toEqual(["one", "two", "three", "one"]);
    await follower.stop();
    expect(files(sink)).toBe(2);
  });

  it("begins anew when the file is cut short, and counts the half line that went", async () => {
    const sink = new MemorySink();
    writeFileSync(path, `${line("one")}${line("two")}{"half":`);
    const follower = run(sink);
    await follower.until(2);
    truncateSync(path, 0);
    appendFileSync(path, line("three"));
    await follower.until(3);
    expect(said(sink)).toEqual(["one", "two", "three"]);
    expect((await follower.stop()).refused).toBe(1);
  });

  it("sees a file that was cut short and has grown beyond where it was", async () => {
    const sink = new MemorySink();
    writeFileSync(path, line("one"));
    const follower = run(sink);
    await follower.until(1);
    await new Promise((go) => setTimeout(go, 30));
    writeFileSync(path, `${line("a longer line than the first")}${line("two")}`); // truncates in place
    await follower.until(3);
    await follower.stop();
    expect(said(sink)).toEqual(["one", "a longer line than the first", "two"]);
  });

  it("goes on where it stopped: nothing twice, nothing lost, equal lines told apart", async () => {
    const sink = new MemorySink();
    writeFileSync(path, line("same") + line("same"));
    const first = run(sink);
    await first.until(2);
    await first.stop();
    appendFileSync(path, line("same") + line("new"));
    const second = run(sink);
    await second.until(4);
    expect(await second.stop()).toMatchObject({ read: 2, added: 2, known: 0 });
  });

  it("tells equal lines apart in a rotated file, also after a stop", async () => {
    const sink = new MemorySink();
    writeFileSync(path, line("same"));
    const first = run(sink);
    await first.until(1);
    renameSync(path, `${path}.1`);
    writeFileSync(path, line("same") + line("same"));
    await first.until(3);
    await first.stop();
    appendFileSync(path, line("same"));
    const second = run(sink);
    await second.until(4);
    expect(await second.stop()).toMatchObject({ read: 1, added: 1, known: 0 });
    // Had the position been lost with the process, the same lines would still be known.
    sink.positions.push({ ...sink.positions.at(-1)!, ...beginning });
    const third = run(sink);
    expect(await third.stop()).toMatchObject({ read: 3, added: 0, known: 3 });
  });

  it("writes nothing while there is nothing new", async () => {
    const sink = new MemorySink();
    writeFileSync(path, line("one"));
    const follower = run(sink);
    await follower.until(1);
    await new Promise((go) => setTimeout(go, 60));
    await follower.stop();
    expect(sink.positions.map(({ bytes }) => bytes)).toEqual([0, line("one").length]);
  });

  it("goes on in a file that was renamed while it was away", async () => {
    const sink = new MemorySink();
    writeFileSync(path, line("one"));
    const first = run(sink);
    await first.until(1);
    await first.stop();
    appendFileSync(path, line("two"));
    renameSync(path, `${path}.1`);
    writeFileSync(path, line("three"));
    const second = run(sink);
    await second.until(3);
    await second.stop();
    expect(said(sink)).toEqual(["one", "two", "three"]);
  });

  it("begins anew when the file is another one, and does not take an equal line for an old one", async () => {
    const sink = new MemorySink();
    writeFileSync(path, line("one"));
    const first = run(sink);
    await first.until(1);
    await first.stop();
    rmSync(path);
    writeFileSync(join(folder, "placeholder"), ""); // so that the inode is not used again at once
    writeFileSync(path, line("two") + line("one"));
    const second = run(sink);
    await second.until(4);
    await second.stop();
    // What the old file still got, nobody knows: it goes on record.
    expect(sink.events[1]).toMatchObject({ type: "system.degraded", metadata: '{"reason":"follow","unknown":true}' });
  });

  /** The file is renamed to .1, its elders one further; a new one begins. */
  const rotate = (text: string, keep = 9) => {
    rmSync(`${path}.${keep}`, { force: true });
    for (let n = keep - 1; n >= 1; n--) if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
    renameSync(path, `${path}.1`);
    writeFileSync(path, text);
  };

  it("reads every file that rotations made between two looks, in order", async () => {
    const sink = new MemorySink();
    writeFileSync(`${path}.1`, line("older than all"));
    writeFileSync(path, line("one"));
    const follower = run(sink, 100);
    await follower.until(1);
    appendFileSync(path, line("two"));
    writeFileSync(`${path}.bak`, line("somebody's copy"));
    for (const name of ["three", "four", "five"]) rotate(line(name));
    await follower.until(5);
    rotate(line("six"));
    await follower.until(6);
    await follower.stop();
    expect(said(sink)).toEqual(["one", "two", "three", "four", "five", "six"]);
    expect(files(sink)).toBe(5);
  });

  it("knows a new file under the inode of one that was removed", async () => {
    const sink = new MemorySink();
    for (let n = 2; n >= 1; n--) writeFileSync(`${path}.${n}`, line(`old ${n}`));
    writeFileSync(path, line("one"));
    const follower = run(sink, 60);
    await follower.until(1);
    for (const name of ["two", "three"]) rotate(line(name), 3);
    await follower.until(3);
    await follower.stop();
    expect(said(sink)).toEqual(["one", "two", "three"]);
  });

  it("reads every file that rotations made while nobody followed", async () => {
    const sink = new MemorySink();
    writeFileSync(`${path}.1`, line("older than all"));
    await new Promise((go) => setTimeout(go, 20));
    writeFileSync(path, line("one"));
    const first = run(sink);
    await first.until(1);
    await first.stop();
    appendFileSync(path, line("two"));
    for (const name of ["three", "four"]) {
      await new Promise((go) => setTimeout(go, 20));
      rotate(line(name));
    }
    const second = run(sink);
    await second.until(4);
    await second.stop();
    expect(said(sink)).toEqual(["one", "two", "three", "four"]);
  });

  it("says so when what is on record of how far it was read was changed, and reads it again", async () => {
    const sink = new MemorySink();
    writeFileSync(path, line("one") + line("two"));
    const first = run(sink);
    await first.until(2);
    await first.stop();
    appendFileSync(path, line("three"));
    const { candidates } = sink.files;
    sink.files.candidates = (file) => candidates(file).map((record) => ({ ...record, bytes: 999, sound: false }));
    const second = run(sink);
    await second.until(4);
    expect(await second.stop()).toMatchObject({ known: 2, added: 2 });
    expect(sink.events.map(({ type }) => type)).toEqual([
      "tool.invoked",
      "tool.invoked",
      "system.degraded",
      "tool.invoked",
    ]);
  });
});
