/** The format of a long file is found without parsing it, and nothing else in the file passes for it. */
import { expect, it } from "vitest";
import { formatMember } from "../src/format-member.js";

it.each([
  ['{"format":"smt-proof/1"}', "smt-proof/1"],
  ['{"a":{"format":"x"},"b":["format"],"c":"\\"format\\":", "format" : "smt-proof/1"}', "smt-proof/1"],
  ['{"a":"format","b":"x"}', undefined],
  ['{"format":1,"b":"x"}', undefined],
  ['{"format":{"x":"y"},"b":"x"}', undefined],
  ['["format","x"]', undefined],
  ['{"format', undefined],
  ['{"format":"x', "x"],
])("%s: %s", (text, format) => {
  expect(formatMember(new TextEncoder().encode(text))).toBe(format);
});
