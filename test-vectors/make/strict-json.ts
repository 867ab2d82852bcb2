// The strict JSON parser: what it takes, with its RFC 8785 text, and each thing that it refuses.
import { jcs } from "@sealtrail/smt/formats";
import { type Case, hex, no, ok, sha } from "./common.ts";

const MiB = 1024 * 1024;

const good: [string, string, string?][] = [
  ["empty object", "{}"],
  ["empty array", "[]"],
  ["empty text", '""'],
  ["null", "null"],
  ["true in white space", " \t\r\n true \n"],
  ["zero", "0"],
  ["minus zero is zero", "-0", "0"],
  ["a fraction of zero is zero", "-0.0e5", "0"],
  ["one, spelled as a fraction", "1.0", "1"],
  ["ten, spelled with an exponent", "1e1", "10"],
  ["greatest integer", "9007199254740991"],
  ["least integer", "-9007199254740991"],
  ["greatest integer by an exponent", "90071992547409910e-1", "9007199254740991"],
  ["a fraction that rounds to the greatest integer", "9007199254740991.4", "9007199254740991"],
  ["underflow", "1e-400", "0"],
  ["smallest number", "5e-324"],
  ["shortest form", "0.1000000000000000055511151231257827", "0.1"],
  ["exponents of ECMAScript", "[1e-7,0.000001,123456789012345.6,1.5e-10]"],
  ["keys by UTF-16 code units", '{"\u20ac":1,"\\r":2,"\ufb33":3,"1":4,"\u{1f600}":5,"\u0080":6,"\u00f6":7}'],
  ["escapes", '"\\u20ac$\\u000F\\nA\'\\u0042\\u0022\\u005c\\\\\\"\\/"'],
  ["a surrogate pair by escapes", '"\\ud83d\\ude00"'],
  ["NUL by an escape", '"\\u0000"'],
  ["delete and line separators as they are", '"\u007f\u2028\u2029"'],
  ["__proto__ is a member like any other", '{"b":1,"__proto__":{"a":1},"constructor":null}'],
  ["a number of 5,000 digits after the point", `0.${"1".repeat(5000)}`],
];

const bad: [string, string, string][] = [
  ["nothing", "", "not-json"],
  ["white space only", "  \n", "not-json"],
  ["byte order mark", "\ufeff{}", "byte-order-mark"],
  ["byte order mark after a blank", " \ufeff{}", "not-json"],
  ["no-break space", "\u00a0{}", "not-json"],
  ["single quotes", "'a'", "not-json"],
  ["bare key", "{a:1}", "not-json"],
  ["comment", "/* */{}", "not-json"],
  ["comma before the end of an array", "[1,]", "not-json"],
  ["comma before the end of an object", '{"a":1,}', "not-json"],
  ["two commas", "[1,,2]", "not-json"],
  ["no colon", '{"a" 1}', "not-json"],
  ["array not closed", "[1", "not-json"],
  ["object closed as an array", '{"a":1]', "not-json"],
  ["text not closed", '"abc', "not-json"],
  ["text ends in a backslash", '"abc\\', "not-json"],
  ["control character in a text", '"a\u0001"', "not-json"],
  ["line feed in a text", '"a\nb"', "not-json"],
  ["unknown escape", '"\\x41"', "not-json"],
  ["short escape", '"\\u12"', "not-json"],
  ["plus sign", "+1", "not-json"],
  ["no digit before the point", ".5", "not-json"],
  ["minus alone", "-", "not-json"],
  ["capital literal", "True", "not-json"],
  ["cut literal", "nul", "not-json"],
  ["leading zero", "01", "trailing-bytes"],
  ["no digit after the point", "1.", "trailing-bytes"],
  ["no digit in the exponent", "1e", "trailing-bytes"],
  ["hex number", "0x10", "trailing-bytes"],
  ["two values", "{} {}", "trailing-bytes"],
  ["NUL after the value", "{}\u0000", "trailing-bytes"],
  ["key twice", '{"a":1,"b":2,"a":1}', "duplicate-key"],
  ["key twice, once escaped", '{"a":1,"\\u0061":1}', "duplicate-key"],
  ["__proto__ twice", '{"__proto__":1,"__proto__":2}', "duplicate-key"],
  ["key twice, deep inside", '[[{"x":{"":1,"":2}}]]', "duplicate-key"],
  ["high surrogate alone", '"\\ud800"', "lone-surrogate"],
  ["low surrogate alone", '"a\\udc00b"', "lone-surrogate"],
  ["pair in the wrong order", '"\\ude00\\ud83d"', "lone-surrogate"],
  ["high surrogate before a letter", '"\\ud83dx"', "lone-surrogate"],
  ["lone surrogate in a key", '{"\\ud800":1}', "lone-surrogate"],
  ["NaN", "NaN", "not-finite"],
  ["Infinity", '{"a":Infinity}', "not-finite"],
  ["-Infinity", "[-Infinity]", "not-finite"],
  ["overflow", "1e400", "not-finite"],
  ["overflow of 400 digits", "9".repeat(400), "not-finite"],
  ["overflow of 5,000 digits", `-${"9".repeat(5000)}`, "not-finite"],
  ["2^53", "9007199254740992", "unsafe-integer"],
  ["-2^53", "-9007199254740992", "unsafe-integer"],
  ["2^53+1", "9007199254740993", "unsafe-integer"],
  ["2^53 as a fraction", "9007199254740992.0", "unsafe-integer"],
  ["2^53 by an exponent", "90071992547409920e-1", "unsafe-integer"],
  ["1e16", "1e16", "unsafe-integer"],
  ["a fraction that rounds to 2^53", "9007199254740991.6", "unsafe-integer"],
  ["greatest double", "1.7976931348623157e308", "unsafe-integer"],
];

const bytes: [string, string][] = [
  ["a byte that starts nothing", "22ff22"],
  ["overlong slash", "22c0af22"],
  ["overlong NUL", "22c08022"],
  ["three bytes where two would do", "22e080af22"],
  ["a surrogate in bytes", "22eda08022"],
  ["over U+10FFFF", "22f490808022"],
  ["cut character", "22e282"],
  ["continuation alone", "228022"],
  ["UTF-16", "fffe7b007d00"],
];

const expectOf = (text: string) => {
  const canonical = jcs(JSON.parse(text));
  return ok(canonical.length > 300 ? { "jcs-sha256": hex(sha(canonical)) } : { jcs: canonical });
};

export function strictJson(): { [file: string]: Case[] } {
  const deep = (n: number, open: string, close: string): [string, number][] => [
    [open, n],
    ["0", open === "[" ? 0 : 1],
    [close, n],
  ];
  return {
    good: [
      ...good.map(([name, text, canonical]) => ({
        name,
        text,
        expect: canonical === undefined ? expectOf(text) : ok({ jcs: canonical }),
      })),
      {
        name: "64 arrays inside each other",
        parts: deep(64, "[", "]"),
        expect: expectOf("[".repeat(64) + "]".repeat(64)),
      },
      {
        name: "64 objects inside each other",
        parts: deep(64, '{"a":', "}"),
        expect: expectOf(`${'{"a":'.repeat(64)}0${"}".repeat(64)}`),
      },
      {
        name: "16 MiB",
        parts: [
          ['"', 1],
          ["a", 16 * MiB - 2],
          ['"', 1],
        ],
        expect: expectOf(`"${"a".repeat(16 * MiB - 2)}"`),
      },
      {
        name: "over 16 MiB where the caller allows it",
        parts: [
          ['"', 1],
          ["a", 16 * MiB],
          ['"', 1],
        ],
        ask: { limits: { bytes: 16 * MiB + 2 } },
        expect: expectOf(`"${"a".repeat(16 * MiB)}"`),
      },
    ],
    hostile: [
      ...bad.map(([name, text, code]) => ({ name, text, expect: no(code) })),
      ...bytes.map(([name, hex]) => ({ name, hex, expect: no("invalid-utf8") })),
      { name: "65 arrays inside each other", parts: deep(65, "[", "]"), expect: no("too-deep") },
      { name: "65 objects inside each other", parts: deep(65, '{"a":', "}"), expect: no("too-deep") },
      { name: "a million open arrays", parts: [["[", 1_000_000]], expect: no("too-deep") },
      { name: "a million open objects", parts: [['{"a":', 1_000_000]], expect: no("too-deep") },
      {
        name: "a byte over 16 MiB",
        parts: [
          ['"', 1],
          ["a", 16 * MiB - 1],
          ['"', 1],
        ],
        expect: no("too-large"),
      },
      {
        name: "a value more than a million",
        parts: [
          ["[", 1],
          ["0,", 999_999],
          ["0]", 1],
        ],
        expect: no("too-large"),
      },
      {
        name: "arrays beyond a million values",
        parts: [
          ["[", 1],
          ["[[]],", 600_000],
          ["0]", 1],
        ],
        expect: no("too-large"),
      },
      {
        name: "not JSON before there are too many values",
        parts: [
          ["[", 1],
          ["0,", 999_998],
          ["x]", 1],
        ],
        expect: no("not-json"),
      },
      { name: "over the caller's own limit", text: "[1,2]", ask: { limits: { bytes: 4 } }, expect: no("too-large") },
    ],
  };
}
