// The tree's own SHA-256 against two that others wrote, on every message shape that it takes.
import { createHash } from "node:crypto";
import { sha256 as noble } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hash32, hash32Words, hash65 } from "../../src/hash/compress.js";
import { toBytes, wordsFromBytes } from "../../src/tree/words.js";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const node = (message: Uint8Array) => new Uint8Array(createHash("sha256").update(message).digest());

function words(message: Uint8Array, offset: number, count: number): Int32Array {
  const out = new Int32Array(count);
  for (let i = 0; i < count; i += 8) wordsFromBytes(message, offset + i * 4, out, i);
  return out;
}

describe("hash65", () => {
  const check = (message: Uint8Array) => {
    const out = new Int32Array(11);
    hash65(message[0]!, words(message, 1, 8), 0, words(message, 33, 8), 0, out, 2);
    expect(toBytes(out, 2)).toEqual(node(message));
    expect(toBytes(out, 2)).toEqual(noble(message));
    expect([out[0], out[1], out[10]]).toEqual([0, 0, 0]);
  };

  it("is SHA-256 of 65 bytes", () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1), bytes(64), (prefix, rest) => check(Uint8Array.of(prefix, ...rest))),
      { numRuns: 1000 },
    );
  });

  it("has a right table entry for every last byte", () => {
    for (let last = 0; last < 256; last++)
      check(
        new Uint8Array(65)
          .fill(last ^ 0xa5)
          .with(0, 1)
          .with(64, last),
      );
  });

  it("may write over what it read", () => {
    const message = new Uint8Array(65).map((_, i) => i * 7);
    message[0] = 1;
    const both = words(message, 1, 16);
    hash65(1, both, 0, both, 8, both, 0);
    expect(toBytes(both, 0)).toEqual(node(message));
    const again = words(message, 1, 16);
    hash65(1, again, 0, again, 8, again, 8);
    expect(toBytes(again, 8)).toEqual(node(message));
  });
});

describe("hash32", () => {
  it("is SHA-256 of 32 bytes, from bytes and from words", () => {
    fc.assert(
      fc.property(bytes(40), fc.nat(8), (message, offset) => {
        const part = message.slice(offset, offset + 32);
        const out = new Int32Array(16);
        hash32(message, offset, out, 0);
        hash32Words(words(part, 0, 8), 0, out, 8);
        expect(toBytes(out, 0)).toEqual(node(part));
        expect(toBytes(out, 8)).toEqual(node(part));
        expect(toBytes(out, 0)).toEqual(noble(part));
      }),
      { numRuns: 1000 },
    );
  });
});
