// A short fuzzed run with every test run; the long one is `npm run bench -- fuzz --minutes 10`.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { naiveProof, naiveRoot, sha } from "../src/fuzz/naive.ts";
import { Difference, same, Tally } from "../src/fuzz/same.ts";
import { liveTrail, trailStep } from "../src/fuzz/trail.ts";
import { liveTree, treeStep } from "../src/fuzz/tree.ts";

describe("fuzzed lives", () => {
  it("of a stored tree agree with the model", () => {
    const life = fc.array(treeStep, { minLength: 5, maxLength: 40, size: "max" });
    fc.assert(
      fc.property(life, (steps) => liveTree(steps, new Tally())),
      { numRuns: 15 },
    );
  });

  it("of a trail agree with the model", async () => {
    const life = fc.array(trailStep, { minLength: 5, maxLength: 30, size: "max" });
    await fc.assert(
      fc.asyncProperty(life, (steps) => liveTrail(steps, new Tally())),
      { numRuns: 5 },
    );
  });

  it("would show a difference: the model knows a root from another, and a proof from another", () => {
    const entries = [1, 2, 3].map((n) => ({ key: sha(`k${n}`), value: sha(`v${n}`) }));
    expect(naiveRoot(entries)).not.toBe(naiveRoot(entries.slice(1)));
    expect(naiveProof(entries, entries[0]!.key)).toMatchObject({ type: "inclusion", root: naiveRoot(entries) });
    expect(naiveProof(entries.slice(1), entries[0]!.key)).toMatchObject({ type: "exclusion" });
    expect(() => same("root", naiveRoot(entries), naiveRoot(entries.slice(1)))).toThrow(Difference);
  });
});
