// A part of the fault injection; all of it is `npm run faults`.
import { afterAll, beforeAll, expect, test } from "vitest";
import { baseTrail, type Case, hasStrace, inject } from "./support/faults.js";

const SOME: Case[] = [
  ...[1, 2, 5, 12].map((nth) => ({ call: "pwrite64", fault: "error=EIO", nth }) as const),
  ...[1, 7, 30].map((nth) => ({ call: "pwrite64", fault: "signal=SIGABRT", nth }) as const),
  ...[3, 20].map((nth) => ({ call: "pwrite64", fault: "error=ENOSPC+", nth }) as const),
  ...[1, 2].map((nth) => ({ call: "fsync", fault: "error=EIO", nth }) as const),
  { call: "fsync", fault: "signal=SIGABRT", nth: 1 },
  { call: "ftruncate", fault: "error=EIO", nth: 1 },
  { call: "openat", fault: "error=EIO", nth: 2 },
];

let base: ReturnType<typeof baseTrail>;
beforeAll(() => {
  base = baseTrail();
});
afterAll(() => base.remove());

test.skipIf(!hasStrace()).each(SOME)("$call, $fault, number $nth: nothing acknowledged is lost", async (fault) => {
  expect(await inject(base, fault)).toMatchObject({ hit: true, wrong: [] });
});
