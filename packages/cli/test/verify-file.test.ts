/** `audit verify <file>`: every file that can be checked is recognised, its verdict stands in the first line, and what was not given is said. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { Home } from "./_run.js";

const home = new Home();
const zeros = "0".repeat(64);
let root: string;
let proven: string;
let key: string;

beforeAll(async () => {
  for (const argv of [["init"], ["keygen"]]) await home.audit(argv);
  const call = (i: number) => `{"type":"tool.invoked","sessionId":"s","description":"call ${i}"}\n`;
  await home.audit(["ingest", "ndjson", "-"], { stdin: call(1) + call(2) + call(3) });
  root = (await home.json<{ root: string }>(["smt", "root"])).root;
  await home.audit(["anchor", "now"]);
  for (const argv of [
    ["smt", "proof", "2", "--out", "proof.json"],
    ["smt", "extend", root, root, "--out", "extension.json"],
    ["bundle", "2", "--out", "bundle.json"],
    ["checkpoint", "export", "--out", "kept.json"],
    ["export", "ndjson", "--include-content", "--with-salts", "--out", "export.ndjson"],
  ])
    await home.audit(argv);
  proven = JSON.parse(readFileSync(home.path("proof.json"), "utf8")).root;
  const signers = await home.json<{ signers: { publicKey: string }[] }>(["key", "signers"]);
  key = signers.signers[0]!.publicKey;
  writeFileSync(home.path("signers.json"), JSON.stringify(signers));
});

const verify = (...argv: string[]) => home.audit(["verify", ...argv]);

it.each([
  ["proof.json", () => ["--root", proven], 0, "valid: this key is in the tree"],
  ["proof.json", () => ["--root", zeros], 1, "not valid: root-"],
  ["extension.json", () => ["--previous-root", root, "--root", root], 0, "valid: everything under the first root"],
  ["extension.json", () => [], 2, "consistent, but not both roots"],
  ["extension.json", () => ["--previous-root", zeros, "--root", root], 1, "not valid: "],
  ["bundle.json", () => ["--signer", "@signers.json"], 2, "attested: "],
  ["bundle.json", () => [], 2, "untrusted: "],
  ["export.ndjson", () => [], 0, "verified: "],
  ["export.ndjson", () => ["--known-root", `3:${zeros}`], 1, "tampered: "],
  [".sealtrail/ledger.jsonl", () => ["--signer", key], 0, "valid: each line follows"],
  [".sealtrail/ledger.jsonl", () => [], 2, "consistent: each line follows"],
  [".sealtrail/ledger.jsonl", () => ["--signer", "ab".repeat(64)], 2, "consistent: each line follows"],
  ["kept.json", () => [], 2, "inconclusive: well-formed"],
  [".sealtrail/audit.db", () => [], 0, "verified: "],
] as const)("%s: the verdict comes first (%#)", async (file, trusted, exit, says) => {
  const { code, out, err } = await verify(file, ...trusted());
  expect([code, out.split("\n")[0]], err).toEqual([exit, expect.stringContaining(says)]);
  const answer = await home.audit(["verify", file, ...trusted(), "--json"]);
  expect([answer.code, JSON.parse(answer.out)]).toEqual([exit, expect.any(Object)]);
});

it("a copy of a trail without its ledger file is verified as far as it goes, and says so", async () => {
  mkdirSync(home.path("copy"));
  copyFileSync(home.path(".sealtrail/audit.db"), home.path("copy/trail.db"));
  const { code, out } = await verify("copy/trail.db");
  expect([code, out.split("\n")[0]]).toEqual([0, expect.stringContaining("verified: ")]);
  expect(out).toContain("not checked against the ledger file");
});

it("reads every one of them but a trail and a ledger from stdin too", async () => {
  for (const [file, exit] of [
    ["proof.json", 0],
    ["bundle.json", 2],
    ["export.ndjson", 0],
  ] as const) {
    const { code, err } = await home.audit(["verify", "-"], { stdin: readFileSync(home.path(file), "utf8") });
    expect(code, `${file}: ${err}`).toBe(exit);
  }
});

it("names an altered ledger: a line taken out, a statement changed", async () => {
  const line = readFileSync(home.path(".sealtrail/ledger.jsonl"), "utf8");
  for (const [changed, code] of [
    [line.replace('"number":1', '"number":2'), "number-broken"],
    [line.replace(/"previous":"0/, '"previous":"1'), "chain-broken"],
    [line.replace(/"documentRef":"(.)/, (_, digit) => `"documentRef":"${digit === "0" ? "1" : "0"}`), "hash-"],
  ] as const) {
    writeFileSync(home.path("changed.jsonl"), changed);
    const answer = await verify("changed.jsonl");
    expect([answer.code, answer.out]).toEqual([1, expect.stringContaining(`${code}`)]);
  }
});

it("knows a ledger whose first line a write left unfinished", async () => {
  const line = readFileSync(home.path(".sealtrail/ledger.jsonl"), "utf8");
  writeFileSync(home.path("torn.jsonl"), `${line.slice(0, 99)}\n${line}`);
  expect(await home.json(["verify", "torn.jsonl", "--signer", key])).toMatchObject({ verdict: "valid", torn: 1 });
});

it("takes a ledger whose lines stand twice or end with CR LF, and says so", async () => {
  const line = readFileSync(home.path(".sealtrail/ledger.jsonl"), "utf8");
  for (const [changed, counts] of [
    [line + line, { entries: 1, twice: 1, crlf: 0 }],
    [line.replace("\n", "\r\n"), { entries: 1, twice: 0, crlf: 1 }],
  ] as const) {
    writeFileSync(home.path("changed.jsonl"), changed);
    expect(await home.json(["verify", "changed.jsonl", "--signer", key])).toMatchObject({
      verdict: "valid",
      ...counts,
    });
    expect((await verify("changed.jsonl", "--signer", key)).out).toMatch(/1 line (a second time|with CR LF)/);
  }
});

it.each([
  ["signers.json", "proves nothing by itself"],
  ["none.txt", "no evidence of ours"],
])("%s is refused without a verdict", async (file, says) => {
  writeFileSync(home.path("none.txt"), "words\n");
  const { code, out, err } = await verify(file);
  expect([code, out, err]).toEqual([65, "", expect.stringContaining(says)]);
});
