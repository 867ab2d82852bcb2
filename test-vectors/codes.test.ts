// The closed lists of codes: docs/formats.md, section 8, has those of the TypeScript tables, no more and no less.
import { readFileSync } from "node:fs";
import * as treeCodes from "@sealtrail/smt/codes";
import * as otherCodes from "@sealtrail/verify/codes";
import { expect, test } from "vitest";

const codes = { ...treeCodes, ...otherCodes };
const codesOf = (table: object): Set<string> => new Set(Object.keys(table));

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

const section = read("docs/formats.md").split("\n## 8. Codes\n")[1]!;
const quoted = (text: string): Set<string> => new Set([...text.matchAll(/`([a-z0-9-]+)`/g)].map(([, code]) => code!));
const paragraph = (start: string): Set<string> => quoted(section.split("\n").find((line) => line.startsWith(start))!);
const general = new Map([
  ["strict JSON", paragraph("*Strict JSON*")],
  ["shape", paragraph("*Shape*")],
  ["nodes", paragraph("*Nodes*")],
]);

function listed(row: string): Set<string> {
  const cell = section
    .split("\n")
    .find((line) => line.startsWith(`| ${row} |`))!
    .split("|")[2]!;
  const codes = quoted(cell);
  for (const [name, members] of general)
    if (cell.split("`")[0]!.includes(name)) for (const code of members) codes.add(code);
  if (row === "fingerprint") for (const code of listed("signature")) codes.add(code);
  return codes;
}

test.each([
  ["proof, JSON or binary", codesOf(codes.PROOF_CODES)],
  ["multiproof", codesOf(codes.MULTIPROOF_CODES)],
  ["extension", codesOf(codes.EXTENSION_CODES)],
  ["archive", codesOf(codes.ARCHIVE_CODES)],
  ["ICS23", codesOf(codes.ICS23_CODES)],
  ["checkpoint", codesOf(codes.CHECKPOINT_CODES)],
  ["signature", codesOf(codes.SIGNATURE_CODES)],
  ["fingerprint", codesOf(codes.FINGERPRINT_CODES)],
  ["statement", codesOf(codes.STATEMENT_CODES)],
  ["network proof", codesOf(codes.NETWORK_PROOF_CODES)],
])("%s", (row, table) => {
  expect([...listed(row)].sort()).toEqual([...table].sort());
});

test("strict JSON", () => {
  expect([...general.get("strict JSON")!].sort()).toEqual([...codesOf(codes.STRICT_CODES)].sort());
});

test("a bundle's own", () => {
  const others = new Set(Object.values(codes).flatMap((table) => Object.keys(table)));
  const inherited = {
    ...codes.PROOF_CODES,
    ...codes.EXTENSION_CODES,
    ...codes.CHECKPOINT_CODES,
    ...codes.STATEMENT_CODES,
  };
  const own = Object.keys(codes.BUNDLE_CODES).filter(
    (code) =>
      !Object.hasOwn(
        { ...inherited, ...codes.STRICT_CODES, ...codes.FINGERPRINT_CODES, ...codes.NETWORK_PROOF_CODES },
        code,
      ),
  );
  for (const code of listed("a check of a bundle")) expect(others.has(code), code).toBe(true);
  for (const code of own) expect(listed("a check of a bundle"), code).toContain(code);
});

test.each(Object.entries(codes))("%s: a text for each code", (_name, table) => {
  for (const [code, text] of Object.entries(table)) expect(text, code).toMatch(/^[\w`].{8,}[^.]$/);
});
