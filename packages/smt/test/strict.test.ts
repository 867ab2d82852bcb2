// The strict parser agrees with JSON.parse on clean input and names what is wrong with the rest.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jcs } from "../src/formats/jcs.js";
import { parseStrict } from "../src/formats/strict.js";

const utf8 = (text: string) => new TextEncoder().encode(text);
const code = (bytes: Uint8Array | string) => {
  const parsed = parseStrict(typeof bytes === "string" ? utf8(bytes) : bytes);
  return parsed.ok ? "ok" : parsed.code;
};

describe("jcs", () => {
  it("throws a TypeError for what has no canonical form", () => {
    const cycle: Record<string, unknown> = {};
    cycle.itself = cycle;
    for (const value of [Number.NaN, Infinity, 1n, "\ud800", cycle, undefined, () => 1, [Number.NaN]])
      expect(() => jcs(value as never)).toThrow(TypeError);
  });
});

describe("parseStrict", () => {
  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, "\t"), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const parsed = parseStrict(utf8(text));
        const clean = JSON.parse(text) as never;
        const unsafe = /\d{16}|e\+/.test(text) && code(text) === "unsafe-integer";
        if (!unsafe) expect(parsed.ok && jcs(parsed.value)).toBe(jcs(clean));
      }),
      { numRuns: 500 },
    );
  });

  it("never throws on bytes, and takes nothing that JSON.parse refuses", () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .array(fc.constantFrom(...'{}[],:"\\u0d8-+.eE12 \ntfnullrsaINy'), { maxLength: 30 })
        .map((c) => utf8(c.join(""))),
    );
    fc.assert(
      fc.property(noise, (bytes) => {
        if (parseStrict(bytes).ok) JSON.parse(new TextDecoder().decode(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["\ufeff{}", "byte-order-mark"],
    ["", "not-json"],
    ["{", "not-json"],
    ["[1,]", "not-json"],
    ['{"a":1,}', "not-json"],
    ["01", "trailing-bytes"],
    ["+1", "not-json"],
    [".5", "not-json"],
    ["'a'", "not-json"],
    ['"\u0001"', "not-json"],
    ['"\\x"', "not-json"],
    ['"\\u12"', "not-json"],
    ['"\\', "not-json"],
    ["1.", "trailing-bytes"],
    ["{} x", "trailing-bytes"],
    ["{}\u0000", "trailing-bytes"],
    ["\u00a0{}", "not-json"],
    ['{"a":1,"a":1}', "duplicate-key"],
    ['{"a":1,"\\u0061":1}', "duplicate-key"],
    ['{"__proto__":1,"__proto__":2}', "duplicate-key"],
    ['"\\ud800"', "lone-surrogate"],
    ['"\\udc00\\ud800"', "lone-surrogate"],
    ['{"\\ud800":1}', "lone-surrogate"],
    ["NaN", "not-finite"],
    ["[-Infinity]", "not-finite"],
    ["1e400", "not-finite"],
    ["9007199254740992", "unsafe-integer"],
    ["-9007199254740992", "unsafe-integer"],
    ["9007199254740992.0", "unsafe-integer"],
    ["90071992547409920e-1", "unsafe-integer"],
    ["1e16", "unsafe-integer"],
    ["9007199254740991.6", "unsafe-integer"],
    ["9007199254740991", "ok"],
    ["90071992547409910e-1", "ok"],
    ["-0", "ok"],
    ["1e-400", "ok"],
    ['"\\ud83d\\ude00"', "ok"],
    ['{"__proto__":{"a":1}}', "ok"],
    ["9".repeat(400), "not-finite"],
  ])("%j: %s", (text, expected) => expect(code(text)).toBe(expected));

  it("takes a million values, arrays and objects counted, and no more", () => {
    expect(code(`[${"0,".repeat(999_998)}0]`)).toBe("ok");
    expect(code(`[${"0,".repeat(999_999)}0]`)).toBe("too-large");
    expect(code(`[${"[[]],".repeat(500_000)}0]`)).toBe("too-large");
    expect(code(`{"a":[${'{"b":{}},'.repeat(500_000)}0]}`)).toBe("too-large");
  });

  it("refuses bytes that are not UTF-8", () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xc0, 0x80, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22],
    ])
      expect(code(Uint8Array.from(bytes))).toBe("invalid-utf8");
  });

  it("keeps __proto__ as a member of its own, for JCS too", () => {
    const parsed = parseStrict(utf8('{"b":1,"__proto__":{"polluted":true}}'));
    if (!parsed.ok) throw new Error(parsed.code);
    expect(jcs(parsed.value)).toBe('{"__proto__":{"polluted":true},"b":1}');
    expect((parsed.value as { polluted?: true }).polluted).toBeUndefined();
  });

  it("takes 64 levels and no more, however deep the input goes on", () => {
    expect(code("[".repeat(64) + "]".repeat(64))).toBe("ok");
    expect(code("[".repeat(65) + "]".repeat(65))).toBe("too-deep");
    expect(code("[".repeat(5_000_000))).toBe("too-deep");
    expect(code('{"a":'.repeat(1_000_000))).toBe("too-deep");
  });

  it("takes 16 MiB and no more unless the caller says so", () => {
    const big = utf8(`"${"a".repeat(16 * 1024 * 1024)}"`);
    expect(code(big)).toBe("too-large");
    expect(parseStrict(big, { limits: { bytes: big.length } }).ok).toBe(true);
  });

  it("needs time in proportion to the input", () => {
    const shapes: ((n: number) => string)[] = [
      (n) => `"${"\\n".repeat(n)}"`,
      (n) => `[${"[],".repeat(n)}0]`,
      (n) => `{${Array.from({ length: n }, (_, i) => `"${i}":0`).join()}}`,
      (n) => "1".repeat(n),
      (n) => `0.${"1".repeat(n)}`,
      (n) => " ".repeat(n),
    ];
    for (const shape of shapes) {
      const cost = (n: number) => {
        const bytes = utf8(shape(n));
        const start = process.threadCpuUsage().user;
        parseStrict(bytes);
        return process.threadCpuUsage().user - start;
      };
      const small = Math.min(cost(50_000), cost(50_000), cost(50_000));
      // Ten times the input; a quadratic reader would need a hundred times the time.
      expect(Math.min(cost(500_000), cost(500_000))).toBeLessThan(50 * Math.max(small, 2_000));
    }
  });
});
