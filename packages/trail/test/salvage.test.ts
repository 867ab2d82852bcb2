// Reading what is left of a damaged payload, and the grown part of a file.
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { salvage } from "../src/ingest/salvage.js";
import { readTail } from "../src/ingest/tail.js";

describe("salvage", () => {
  const read = (text: string | Uint8Array) => {
    const salvaged = salvage(typeof text === "string" ? new TextEncoder().encode(text) : text);
    return salvaged && { ...salvaged, value: JSON.parse(JSON.stringify(salvaged.value)) as unknown };
  };

  it("a payload that is cut off keeps every member up to the cut, at every length", () => {
    const whole = {
      session_id: "s",
      tool_input: { command: 'say "hi"\n', list: [1, true, null, { deep: "x" }] },
      tool_response: "é – 😀",
    };
    const bytes = new TextEncoder().encode(JSON.stringify(whole));
    for (let end = 18; end < bytes.length; end++) {
      const salvaged = read(bytes.subarray(0, end));
      expect(salvaged?.value).toMatchObject({ session_id: "s" });
    }
    expect(read('{"a":"cut here}')).toEqual({ value: { a: "cut here}" }, damage: "cut-off" });
    expect(read('{"a":1,"b":{"c":[1,{"d":"e')).toEqual({
      value: { a: 1, b: { c: [1, { d: "e" }] } },
      damage: "cut-off",
    });
  });

  it("a name that the text ends in is kept as the rest", () => {
    expect(read('{"a":1,"na')).toEqual({ value: { a: 1 }, damage: "cut-off", rest: '"na' });
    expect(read('{"a":{"name"')).toEqual({ value: { a: {} }, damage: "cut-off", rest: '"name"' });
  });

  it("bytes that are no UTF-8 cost a sign each", () => {
    const bytes = Buffer.from('{"a":"x?y","b":2}');
    bytes[bytes.indexOf("?")] = 0x8f;
    expect(read(bytes)).toEqual({ value: { a: "x\uFFFDy", b: 2 }, damage: "bad-bytes" });
  });

  it("damage in the middle leaves the rest as text; wrong escapes and bare line feeds are no damage", () => {
    expect(read('{"a":1 oops "b":2}')).toEqual({ value: { a: 1 }, damage: "not-json", rest: 'oops "b":2}' });
    expect(read('{"a":"C:\\dir\\x\nnext","b":1,}')).toMatchObject({ value: { a: "C:\\dir\\x\nnext", b: 1 } });
    expect(read('{"a":1}{"b":2}')).toEqual({ value: { a: 1 }, damage: "not-json", rest: '{"b":2}' });
  });

  it("what is no object, or has no member, is nothing", () => {
    for (const text of ["", "hunter2 <<<", "[1]", "{", '{"', "{}x", '"a"', "7", "null", "\u0000"]) {
      expect(read(text)).toBeUndefined();
    }
  });

  it("is bounded: depth, size, names that reach into objects", () => {
    const deep = `{"a":${"[".repeat(100_000)}`;
    expect(salvage(new TextEncoder().encode(deep))?.damage).toBe("not-json");
    expect(salvage(new TextEncoder().encode('{"__proto__":{"x":1},"a":1,'))?.value).toHaveProperty("a", 1);
    expect(({} as { x?: unknown }).x).toBeUndefined();
    // Of the processor, which others may be using too.
    const begun = process.cpuUsage();
    salvage(new TextEncoder().encode(`{"a":"${"\\".repeat(4_000_000)}`));
    salvage(new TextEncoder().encode(`{${'"a":{'.repeat(60)}${'"b":1,'.repeat(500_000)}`));
    expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(3_000);
  });
});

describe("the tail of a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "sealtrail-tail-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "session.jsonl");
  const texts = (tail: ReturnType<typeof readTail>) =>
    tail?.lines.map(({ bytes }) => Buffer.from(bytes ?? []).toString());

  it("gives whole lines once, and goes on where it stopped", () => {
    writeFileSync(file, "one\ntwo\nhal");
    const first = readTail(file, undefined, 1_000)!;
    expect([texts(first), first.left]).toEqual([["one", "two"], 3]);
    appendFileSync(file, "f\nmore\n");
    const next = readTail(file, first.positionAt(first.end), 1_000)!;
    expect([texts(next), next.left]).toEqual([["half", "more"], 0]);
    expect(texts(readTail(file, next.positionAt(next.end), 1_000))).toEqual([]);
  });

  it("a file that holds something else before the position is read again", () => {
    writeFileSync(file, "one\ntwo\n");
    const { positionAt, end } = readTail(file, undefined, 1_000)!;
    const position = positionAt(end);
    writeFileSync(file, "ONE\ntwo\nthree\n");
    expect(texts(readTail(file, position, 1_000))).toEqual(["ONE", "two", "three"]);
    writeFileSync(file, "x\n");
    expect(texts(readTail(file, position, 1_000))).toEqual(["x"]);
    for (const offset of [-1, 1e9, 0.5, Number.NaN]) {
      expect(texts(readTail(file, { ...position, offset }, 1_000))).toEqual(["x"]);
    }
  });

  it("of a long file that was never looked into only the end is read, in whole lines", () => {
    writeFileSync(file, Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join(""));
    const tail = readTail(file, undefined, 40)!;
    expect(texts(tail)).toEqual(["line 96", "line 97", "line 98", "line 99"]);
    expect(tail.passedOver).toBeGreaterThan(0);
  });

  it("what is no regular file is passed over at once", () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    mkdirSync(join(folder, "dir"));
    for (const path of [pipe, join(folder, "dir"), join(folder, "gone"), "/dev/zero", `${folder}\0x`]) {
      expect(readTail(path, undefined, 1_000)).toBeUndefined();
    }
  });
});
