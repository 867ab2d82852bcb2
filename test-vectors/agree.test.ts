// Two implementations, one verdict: verify.py (written from docs/formats.md alone) and the TypeScript verifier, on every vector
// and on random cases. Where the two differ, one of them or the document is wrong.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { signContent } from "@sealtrail/anchor";
import { describe, expect, test } from "vitest";
import { seedsOf } from "./agree/cases.ts";
import { type Case, judge } from "./agree/judge.ts";
import { compare, folder, hasPython, python, runOn } from "./agree/run.ts";

const cases = Number(process.env.AGREE_CASES ?? 1500);
const seed = Number(process.env.AGREE_SEED ?? 1);
const shared = new URL("../../shared/vectors/", folder);

// Seconds alone; the limit is for a machine that does much else.
describe.skipIf(!hasPython())("verify.py (needs python3, 3.9 or newer)", { timeout: 240_000 }, () => {
  test("agrees with every vector", () => {
    const run = python([]);
    expect(run.out).toMatch(/^\d+ cases agree, 0 differ\n$/);
    expect(run.status).toBe(0);
  });

  test(`agrees with the TypeScript verifier on ${cases} random cases, seed ${seed}`, async () => {
    const { verdicts, run } = await compare(cases, seed);
    expect(run.out).toBe(`${cases} cases agree, 0 differ\n`);
    // It would be worth nothing if all of them were refused at the door, or if a kind were left out.
    const seen = [...verdicts.keys()];
    for (const [kind, seeds] of Object.entries(seedsOf(folder))) {
      if (seeds.length > 0)
        expect(seen.filter((verdict) => verdict.startsWith(`${kind}: `)).length, kind).toBeGreaterThan(1);
    }
    expect(seen.length).toBeGreaterThan(80);
  });

  test("makes evidence that the TypeScript verifier takes", async () => {
    const run = python([String(seed), "400"], fileURLToPath(new URL("agree/made_by_python.py", folder)));
    const made = JSON.parse(run.out) as [kind: string, of: Case][];
    expect(new Set(made.map(([kind]) => kind)).size).toBe(9);
    for (const [kind, of] of made) {
      expect(of.expect.ok ?? of.expect.verdict === "attested", of.name).toBe(true);
      expect(await judge(kind, of), `${kind}, ${of.name}`).toEqual(of.expect);
    }
    // RFC 6979 leaves the signer no choice: both make the same signature.
    for (const [, of] of made.filter(([kind]) => kind === "signature"))
      expect(signContent(of.content, "33".repeat(32))).toEqual(of.proof);
  });

  test("says so when a verdict differs", async () => {
    const wrong = [
      { name: "right", text: "[1]", expect: { ok: true, jcs: "[1]" } },
      { name: "a comma too many", text: "[1,]", expect: { ok: true, jcs: "[1]" } },
    ];
    const run = runOn(new Map([["strict-json", wrong]]));
    expect(run.status).toBe(1);
    expect(run.lastLine).toBe("1 cases agree, 1 differ");
    expect(run.out).toContain("DIFFERS strict-json / a comma too many");
  });

  test("its examples are those of docs/formats.md", () => {
    const run = python([], fileURLToPath(new URL("examples.py", folder)));
    expect(run.out).toMatch(/^\d+ examples agree, 0 differ\n$/);
  });

  test("its own parts hold", () => {
    const run = python([], fileURLToPath(new URL("sealtrail_verify_test.py", folder)));
    expect(run.out).toContain("\nOK");
    expect(run.status, run.out).toBe(0);
  });

  test("agrees with roots and siblings of another implementation", () => {
    const run = python([], fileURLToPath(new URL("foreign.py", folder)));
    expect(run.out).toMatch(/^\d{3,} checks hold, 0 do not\n$/);
  });

  test.skipIf(!existsSync(shared))("agrees with other implementations' vectors (in ../shared)", () => {
    const run = python([fileURLToPath(shared)], fileURLToPath(new URL("foreign.py", folder)));
    expect(run.out).toMatch(/^\d+ checks hold, 0 do not\n$/);
    expect(run.status).toBe(0);
  });
});
