// The closed lists of codes: docs/formats.md, section 8, has those of the TypeScript unions, no more and no less.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

/** The text of each exported union of a source of types. */
function bodiesOf(path: string): Map<string, string> {
  const source = read(path)
    .replace(/\/\*\*[\s\S]*?\*\//g, "")
    .replace(/\/\/.*/g, "");
  return new Map([...source.matchAll(/export type (\w+) =([^;]*);/g)].map(([, name, body]) => [name!, body!]));
}

/** The members of each exported union of a source of types: names of other unions are followed. */
function unionsOf(...paths: string[]): Map<string, Set<string>> {
  const bodies = new Map(paths.flatMap((path) => [...bodiesOf(path)]));
  const unions = new Map<string, Set<string>>();
  const membersOf = (name: string): Set<string> => {
    const known = unions.get(name);
    if (known !== undefined) return known;
    const found = new Set<string>();
    unions.set(name, found);
    for (const [, quoted, other] of (bodies.get(name) ?? "").matchAll(/"([^"]+)"|(\w+)/g)) {
      if (quoted !== undefined) found.add(quoted);
      else for (const member of membersOf(other!)) found.add(member);
    }
    return found;
  };
  for (const name of bodies.keys()) membersOf(name);
  return unions;
}

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

const unions = unionsOf("packages/smt/src/codes.ts", "packages/verify/src/codes.ts");

test.each([
  ["proof, JSON or binary", unions.get("ProofCode")],
  ["multiproof", unions.get("MultiproofCode")],
  ["extension", unions.get("ExtensionCode")],
  ["archive", unions.get("ArchiveCode")],
  ["ICS23", unions.get("Ics23Code")],
  ["checkpoint", unions.get("CheckpointCode")],
  ["signature", unions.get("SignatureCode")],
  ["fingerprint", unions.get("FingerprintCode")],
  ["statement", unions.get("StatementCode")],
  ["network proof", unions.get("NetworkProofCode")],
])("%s", (row, union) => {
  expect([...listed(row)].sort()).toEqual([...union!].sort());
});

test("strict JSON", () => {
  expect([...general.get("strict JSON")!].sort()).toEqual([...unions.get("StrictCode")!].sort());
});

test("a bundle's own", () => {
  const body = bodiesOf("packages/verify/src/codes.ts").get("BundleCode")!;
  const own = new Set([...body.matchAll(/"([^"]+)"/g)].map(([, code]) => code!));
  const others = [...unions.values()];
  for (const code of listed("a check of a bundle"))
    expect(own.has(code) || others.some((union) => union.has(code)), code).toBe(true);
  for (const code of own) expect(listed("a check of a bundle"), code).toContain(code);
});
