/** Text for terminals and scripts, and values on the command line. */
import fc from "fast-check";
import pico from "picocolors";
import { describe, expect, it } from "vitest";
import { Paint } from "../src/paint.js";
import { bytesForPeople, clean, columns, count, fit, nearest, toJson } from "../src/text.js";
import { moment, span, time, timeUntil, whole } from "../src/values.js";

const forbidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const nasty = fc.string({
  unit: fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    fc.constantFrom("\u001b", "\u202e", "\u2066", "\u009b", "\n", "\ud800", "\u{e0041}"),
  ),
});

describe("terminal safety", () => {
  it("prints nothing that a terminal obeys", () => {
    fc.assert(fc.property(nasty, (text) => !forbidden.test(clean(text))));
    expect(clean("a\u001b[31mb\u202ec\r\nd")).toBe("a[31mbc d");
    expect(clean("Grüße, 世界 👍")).toBe("Grüße, 世界 👍");
  });

  it("lets only our own colours through a finished line, and keeps it one line", () => {
    const text = "\u001b[31mred\u001b[39m \u001b[8m\u001b]0;x\u0007 a\u202e\nverified: the log\u0001feed;31m";
    const colourful = new Paint(pico.createColors(true), "0123abcd");
    expect(colourful.print(`${colourful.color.bold("hi")} ${text}`)).toBe(
      "\u001b[1mhi\u001b[22m [31mred[39m [8m]0;x a verified: the logfeed;31m",
    );
    expect(colourful.print(colourful.color.red(text))).toBe(
      "\u001b[31m[31mred[39m [8m]0;x a verified: the logfeed;31m\u001b[39m",
    );
    const plain = new Paint(pico.createColors(false), "0123abcd");
    expect(plain.print(plain.color.red("\u001b[31mred\n"))).toBe("[31mred ");
    fc.assert(fc.property(nasty, (t) => !forbidden.test(plain.print(t))));
  });

  it("writes JSON that a terminal cannot obey and that loses nothing", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const json = toJson({ [text]: text });
        expect(json).not.toMatch(forbidden);
        expect(Object.entries(JSON.parse(json) as object)).toEqual([[text, text]]);
      }),
    );
  });
});

describe("for people", () => {
  it("numbers and columns", () => {
    expect([0, 999, 1000, 1234567].map(count)).toEqual(["0", "999", "1,000", "1,234,567"]);
    expect([12, 1200, 999_999, 20_000_000].map(bytesForPeople)).toEqual(["12 B", "1.2 kB", "1.0 MB", "20 MB"]);
    expect(
      columns([
        ["a", "bb", "c"],
        ["aaa", "b", ""],
      ]),
    ).toEqual(["a    bb  c", "aaa  b"]);
    expect(
      columns([
        ["\u0001ab;32mon \u0001ab;39m", "x"],
        ["\u0001ab;2moff\u0001ab;22m", "y"],
      ]),
    ).toEqual(["\u0001ab;32mon \u0001ab;39m  x", "\u0001ab;2moff\u0001ab;22m  y"]);
    expect(fit("abcdef", 4)).toBe("abc…");
    expect(fit("abc", 4)).toBe("abc");
  });

  it("guesses what was meant, and bounds the work", () => {
    expect(nearest("verfiy", ["verify", "list"])).toBe("verify");
    expect(nearest("x", ["verify"])).toBeUndefined();
    expect(nearest("x".repeat(1e6), ["verify"])).toBeUndefined();
  });
});

describe("values", () => {
  const now = Date.UTC(2026, 10, 22, 12);
  it("times and spans", () => {
    expect(time("2h", "--since", now)).toBe("2026-11-22T10:00:00.000Z");
    expect(time("2026-01-02T03:04:05Z", "--since", now)).toBe("2026-01-02T03:04:05.000Z");
    expect(time("2026-01-02T03:04:05.678+01:00", "--since", now)).toBe("2026-01-02T02:04:05.678Z");
    const midnight = new Date(2026, 10, 21).getTime();
    expect(time("yesterday", "--since", new Date(2026, 10, 22, 12).getTime())).toBe(new Date(midnight).toISOString());
    expect(timeUntil("2026-11-21", "--until", now)).toBe(new Date(midnight - 1).toISOString());
    expect(timeUntil("2026-11-21T00:00:00Z", "--until", now)).toBe("2026-11-21T00:00:00.000Z");
    expect(span("7d", "--older-than")).toBe(7 * 86_400_000);
    for (const bad of ["", "2026", "2026-1-2", "99999999999d", "1x", "2026-02-30T99:00:00Z", "now"]) {
      expect(() => time(bad, "--since", now), bad).toThrow("--since");
    }
  });

  it("moments and numbers", () => {
    expect(moment("v:12", "--at", now)).toEqual({ version: 12 });
    expect(moment("s:7", "--at", now)).toEqual({ sequence: 7 });
    expect(moment("1h", "--at", now)).toEqual({ time: "2026-11-22T11:00:00.000Z" });
    for (const bad of ["v:", "v:0", "v:-1", "s:1.5", "s:0x10", "v:99999999999999999999"]) {
      expect(() => moment(bad, "--at", now), bad).toThrow("--at");
    }
    expect(whole("0", "--last")).toBe(0);
    expect(() => whole("0", "--last", 1)).toThrow("--last");
  });
});
