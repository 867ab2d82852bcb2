// The fuzzed run: random lives of a tree and of a trail, until the time is up or an answer differs from the model. Then
// fast-check shrinks the life, and seed and life are printed.
import fc from "fast-check";
import { Tally } from "./same.ts";
import { liveTrail, trailStep } from "./trail.ts";
import { liveTree, treeStep } from "./tree.ts";

/** `true`: no difference. */
export async function fuzz(seed: number, minutes: number): Promise<boolean> {
  const end = performance.now() + minutes * 60_000;
  const tally = new Tally();
  let runs = 0;
  let steps = 0;
  console.log(`seed ${seed}, ${minutes} min`);
  for (let round = 0; performance.now() < end; round++) {
    const left = () => Math.max(end - performance.now(), 1);
    const options = () => ({
      seed: (seed + round) | 0,
      numRuns: 20,
      endOnFailure: false,
      interruptAfterTimeLimit: left(),
      markInterruptAsFailure: false,
    });
    const life = <Step>(step: fc.Arbitrary<Step>) => fc.array(step, { minLength: 1, maxLength: 60, size: "max" });
    const trees = fc.check(
      fc.property(life(treeStep), (taken) => {
        steps += taken.length;
        liveTree(taken, tally);
      }),
      options(),
    );
    const trails = await fc.check(
      fc.asyncProperty(life(trailStep), async (taken) => {
        steps += taken.length;
        await liveTrail(taken, tally);
      }),
      { ...options(), numRuns: 5 },
    );
    runs += trees.numRuns + trails.numRuns;
    for (const [what, result] of [
      ["tree", trees],
      ["trail", trails],
    ] as const) {
      if (!result.failed || result.counterexample === null) continue;
      console.log(
        `A ${what} differs from the model. Again: npm run bench -- fuzz --seed ${(seed + round) | 0} --minutes ${minutes}`,
      );
      console.log(`${result.errorInstance instanceof Error ? result.errorInstance.stack : result.errorInstance}`);
      console.log(`shrunk ${result.numShrinks} times to:\n${JSON.stringify(result.counterexample[0], null, 1)}`);
      return false;
    }
  }
  console.log(`${runs} lives, ${steps} steps, no difference from the model\n${tally.lines().join("\n")}`);
  return true;
}
