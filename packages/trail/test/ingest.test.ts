// Reading lines within bounds, the driver that counts them, and the same event told twice.
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DedupeKeys } from "../src/ingest/dedupe.js";
import { Ingest, ingest } from "../src/ingest/ingest.js";
import { LineCounts } from "../src/ingest/line-counts.js";
import { LineSplitter, readLines, streamLines } from "../src/ingest/lines.js";
import { jsonLines, linesOf, MemorySink, optionsFor, taken } from "./support/ingested.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealtrail-ingest-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const event = (n: number) => ({ type: "tool.invoked", description: `call ${n}` });

describe("lines", () => {
  const text = (line: { bytes?: Uint8Array }) => line.bytes && new TextDecoder().decode(line.bytes);

  it("have their number, offset and length, whatever the pieces they come in", () => {
    const input = bytes('\ufeff{"a":1}\r\n\n  \n{"é":2}\n{"last":3}');
    for (const size of [1, 2, 3, 7, 1000]) {
      const splitter = new LineSplitter();
      const lines = [];
      for (let at = 0; at < input.length; at += size) {
        for (const line of splitter.push(input.subarray(at, at + size))) lines.push({ ...line, text: text(line) });
      }
      const last = splitter.end();
      lines.push({ ...last, text: text(last!) });
      expect(lines.map(({ bytes: _, ...line }) => line)).toEqual([
        { number: 1, offset: 0, length: 11, text: '{"a":1}' },
        { number: 4, offset: 16, length: 8, text: '{"é":2}' },
        { number: 5, offset: 25, length: 10, text: '{"last":3}' },
      ]);
    }
  });

  it("over the limit are refused without being kept, and what follows is read", () => {
    const splitter = new LineSplitter({ limit: 1024 });
    const piece = new Uint8Array(256 * 1024).fill(120);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 400; i++) expect([...splitter.push(piece)]).toEqual([]); // 100 MB
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000_000);
    const rest = [...splitter.push(bytes('\n{"after":1}\n'))];
    expect(rest[0]).toEqual({ number: 1, offset: 0, length: 104_857_600, refused: "longer than 1024 bytes" });
    expect(text(rest[1]!)).toBe('{"after":1}');
    expect(rest[1]!.offset).toBe(104_857_601);
  });

  it("that are no UTF-8 are refused", () => {
    const bad = [
      [0xff, 0xfe],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xe2, 0x82],
    ];
    for (const sequence of bad) {
      const [line] = [...linesOf(new Uint8Array([34, ...sequence, 34, 10]))];
      expect(line!.refused).toBe("not valid UTF-8");
    }
  });

  it("read the same from a file and from a stream", async () => {
    const path = join(folder, "in");
    const long = `{"x":"${"y".repeat(600_000)}"}`;
    writeFileSync(path, `{"a":1}\n${long}\n{"b":2}`);
    const fromFile = [...readLines(path)].map((line) => [line.number, line.offset, line.length]);
    const fromStream = [];
    async function* stream() {
      const whole = readFileSync(path);
      for (let at = 0; at < whole.length; at += 65_536) yield whole.subarray(at, at + 65_536);
    }
    for await (const line of streamLines(stream())) fromStream.push([line.number, line.offset, line.length]);
    expect(fromFile).toEqual([
      [1, 0, 7],
      [2, 8, long.length],
      [3, 9 + long.length, 7],
    ]);
    expect(fromStream).toEqual(fromFile);
  });
});

describe("hostile lines", () => {
  it("are refused or cleaned, counted, and the lines behind them kept", () => {
    const deep = `{"type":"tool.invoked","metadata":{"deep":${"[".repeat(50_000)}${"]".repeat(50_000)}}}`;
    const rejects = join(folder, "rejects.ndjson");
    const sink = new MemorySink();
    const report = ingest(
      linesOf(
        '{"type":"tool.invoked","description":"first"}\n',
        "not json at all SECRETISH\n",
        '{"type":"tool.invoked"\n',
        new Uint8Array([123, 0xff, 125, 10]),
        '{"type":"tool.invoked","description":"nul \u0000 raw"}\n',
        '{"type":"tool.invoked","description":"nul \\u0000 and \\u001b[2J escape"}\n',
        '{"type":"tool.invoked","description":"lone \\ud800"}\n',
        `${deep}\n`,
        '{"type":"tool.invoked","metadata":{"n":123456789012345678901234567890,"huge":1e999}}\n',
        '{"__proto__":{"x":1},"type":"tool.invoked","metadata":{"__proto__":{"y":1}}}\n',
        '{"type":"tool.invoked","description":"last, without a line end"}',
      ),
      { ...optionsFor("ndjson", sink), rejects, input: "in.ndjson" },
    );
    expect(report).toEqual({
      source: "ndjson",
      read: 11,
      added: 6,
      known: 0,
      skipped: {},
      refused: 5,
      coalesced: 0,
      lost: 0,
    });
    const descriptions = sink.events.map((e) => e.description);
    expect(descriptions).toEqual([
      "first",
      "nul and escape",
      "lone \ufffd",
      "tool.invoked",
      "tool.invoked",
      "last, without a line end",
    ]);
    expect(sink.events[3]!.metadata).toContain('{"_unserializable":true,"kind":"depth"}');
    expect(sink.events[4]!.metadata).toBe('{"huge":"1e999","n":"123456789012345678901234567890"}');
    const kept = readFileSync(rejects, "utf8");
    expect(kept).not.toContain("SECRETISH");
    expect(
      kept
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { source: "ndjson", input: "in.ndjson", line: 2, offset: 46, length: 25, reason: "not JSON" },
      { source: "ndjson", input: "in.ndjson", line: 3, offset: 72, length: 22, reason: "not JSON" },
      { source: "ndjson", input: "in.ndjson", line: 4, offset: 95, length: 3, reason: "not valid UTF-8" },
      { source: "ndjson", input: "in.ndjson", line: 5, offset: 99, length: 49, reason: "not JSON" },
      expect.objectContaining({ line: 10, reason: expect.stringMatching(/unknown fields/) }),
    ]);
    expect(statSync(rejects).mode & 0o777).toBe(0o600);
  });

  it("a rejects file that was readable by others is made 0600, a link in its place not followed", () => {
    const rejects = join(folder, "r");
    writeFileSync(rejects, "", { mode: 0o644 });
    ingest(linesOf("x\n"), { ...optionsFor("ndjson", new MemorySink()), rejects });
    expect(statSync(rejects).mode & 0o777).toBe(0o600);
    const link = join(folder, "link");
    symlinkSync(join(folder, "victim"), link);
    expect(() => ingest(linesOf("x\n"), { ...optionsFor("ndjson", new MemorySink()), rejects: link })).toThrow(/ELOOP/);
  });

  it("a reason does not repeat a secret that stood in a field's name", () => {
    const rejects = join(folder, "r");
    const key = `AKIA${"Z7Q2".repeat(4)}`;
    ingest(jsonLines({ type: "tool.invoked", [key]: 1 }), { ...optionsFor("ndjson", new MemorySink()), rejects });
    expect(readFileSync(rejects, "utf8")).not.toContain(key);
  });
});

describe("batches", () => {
  it("are written as they fill, and all of it by the end", () => {
    const sizes: number[] = [];
    const sink = {
      append(events: readonly unknown[]) {
        sizes.push(events.length);
        return { added: events.length, duplicate: 0 };
      },
    };
    const run = new Ingest(optionsFor("ndjson", sink));
    for (const line of jsonLines(...Array.from({ length: 5_000 }, (_, i) => event(i)))) run.take(line);
    expect(sizes).toEqual([2_048, 2_048]);
    const report = run.finish();
    expect(sizes).toEqual([2_048, 2_048, 904]);
    expect(report.added).toBe(5_000);
  });

  it("an error of the trail ends the run and is not swallowed", () => {
    const sink = {
      append: () => {
        throw new Error("disk full");
      },
    };
    expect(() => ingest(jsonLines(event(1)), optionsFor("ndjson", sink))).toThrow("disk full");
  });
});

describe("the same event twice", () => {
  const lines = [event(1), event(2), event(1), event(1)];

  it("the same file again adds nothing; equal lines inside it are events of their own", () => {
    const sink = new MemorySink();
    expect(ingest(jsonLines(...lines), optionsFor("ndjson", sink))).toMatchObject({ added: 4, known: 0 });
    expect(ingest(jsonLines(...lines), optionsFor("ndjson", sink))).toMatchObject({ added: 0, known: 4 });
    expect(ingest(jsonLines(...lines, event(1), event(3)), optionsFor("ndjson", sink))).toMatchObject({
      added: 2,
      known: 4,
    });
  });

  it("what is piped in without an identity is always new", () => {
    const sink = new MemorySink();
    const { file: _, ...options } = optionsFor("ndjson", sink);
    for (let i = 0; i < 2; i++) expect(ingest(jsonLines(...lines), options)).toMatchObject({ added: 4, known: 0 });
    const named = { ...event(1), dedupeKey: "k" };
    expect(ingest(jsonLines(named, named), options)).toMatchObject({ added: 1, known: 1 });
  });

  it("a source's own identity counts, and what the event says", () => {
    const again = Object.fromEntries(Object.entries({ ...event(1), dedupeKey: "a" }).reverse());
    const { report } = taken(
      "ndjson",
      jsonLines(
        { ...event(1), dedupeKey: "a" },
        again,
        { ...event(2), dedupeKey: "a" },
        { ...event(2), dedupeKey: "b" },
      ),
    );
    expect(report).toMatchObject({ added: 3, known: 1 });
  });

  it("keys are HMAC-SHA-256 under the trail's secret, of any length of line", () => {
    const secret = new Uint8Array(32).map((_, i) => i * 7);
    const keys = new DedupeKeys(secret);
    const hmac = (...parts: (string | Uint8Array)[]) => {
      const mac = createHmac("sha256", secret);
      for (const part of parts) mac.update(part);
      return new Uint8Array(mac.digest().subarray(0, 16));
    };
    const file = "0f".repeat(16);
    for (const length of [0, 1, 63, 64, 65, 5_000, 100_000, 3]) {
      const line = new Uint8Array(length).fill(length);
      expect(keys.ofPlace("codex", file, 12, 1, line)).toEqual(hmac(`place\ncodex\n${file}\n12\n1\n`, line));
    }
    const [identity, essence] = [hmac("identity\ncodex\n", "é"), hmac("essence\ncodex\n", "e")];
    expect(keys.ofIdentity("codex", "é", "e")).toEqual(
      Uint8Array.from([...identity.subarray(0, 10), ...essence.subarray(0, 6)]),
    );
    expect(() => new DedupeKeys(new Uint8Array(31))).toThrow(TypeError);
  });

  it("ordinals are right for many lines", () => {
    const counts = new LineCounts();
    const expected = new Map<number, number>();
    const key = (n: number) => {
      const bytes = new Uint8Array(16);
      new DataView(bytes.buffer).setUint32(0, n);
      return bytes;
    };
    let seed = 1;
    for (let i = 0; i < 20_000; i++) {
      seed = (seed * 48_271) % 2_147_483_647;
      const n = seed % 5_000;
      expect(counts.next(key(n))).toBe(expected.get(n) ?? 0);
      expected.set(n, (expected.get(n) ?? 0) + 1);
    }
  });
});
