// `npm run faults`: every file operation of the log made to fail in turn, before and after it takes effect.
import { afterAll, beforeAll, expect, test } from "vitest";
import { baseTrail, FAULTS, hasStrace, inject } from "./support/faults.js";

const most = Number(process.env.SEALTRAIL_FAULTS ?? 0);
const LANES = 4;
const PAIRS = Object.entries(FAULTS).flatMap(([call, faults]) => faults.map((fault) => [call, fault] as const));

let base: ReturnType<typeof baseTrail>;
beforeAll(() => {
  base = baseTrail();
});
afterAll(() => base.remove());

test.skipIf(most === 0 || !hasStrace()).each(PAIRS)(
  "%s, %s: every one in turn",
  async (call, fault) => {
    const wrong: string[] = [];
    let hits = 0;
    // Several at a time: most of the time of each is spent on waiting.
    let next = 1;
    const lane = async () => {
      while (next <= most) {
        const nth = next++;
        const outcome = await inject(base, { call, fault, nth });
        if (!outcome.hit) return;
        hits++;
        wrong.push(...outcome.wrong.map((what) => `${call} ${fault} ${nth}: ${what}`));
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    console.log(`${call} ${fault}: ${hits} hit, ${wrong.length} wrong`);
    expect(wrong).toEqual([]);
  },
  3_600_000,
);
