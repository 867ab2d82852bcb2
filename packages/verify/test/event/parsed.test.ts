import { type JsonValue, jcs, jcsPieces, parseStrict } from "@sealtrail/smt";
import fc from "fast-check";
import { expect, it } from "vitest";
import { rawKey, rawKeyOfParsed } from "../../src/event/keys.js";

const salt = new Uint8Array(32).fill(7);

function agrees(text: string): void {
  const parsed = parseStrict(new TextEncoder().encode(text));
  if (!parsed.ok) throw new Error(parsed.code);
  expect(rawKeyOfParsed(salt, parsed.value)).toEqual(rawKey(salt, jcs(parsed.value)));
}

it("an event that is hashed in pieces has the key of its canonical text", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const parsed = parseStrict(new TextEncoder().encode(JSON.stringify(value)));
      if (parsed.ok) expect(rawKeyOfParsed(salt, parsed.value)).toEqual(rawKey(salt, jcs(parsed.value)));
    }),
  );
});

it("one of many pieces too, whatever stands at their ends", () => {
  const value: JsonValue = { "10": 0.1, "9": [], b: [{}, null, true, 1e-7, -0] };
  const members = Array.from({ length: 20_000 }, (_, i) => [`é😀\n${i}`, i % 7 === 0 ? value : "😀".repeat(i % 5)]);
  agrees(JSON.stringify(Object.fromEntries(members)));
  agrees(JSON.stringify({ a: "\u0001".repeat(100_000), b: "x".repeat(200_000), c: members }));
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, undefined, 1n, "\ud800", { "\udc00": 0 }, [() => 0]])(
  "%s has no canonical text in pieces either",
  (value) => {
    expect(() => jcsPieces({ a: value } as never, () => {})).toThrow(TypeError);
  },
);
