// Who answers for destroyed events, where the log lacks some that an answer names.
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { type ErasureFault, ErasureTracker } from "../../src/log/erasures.js";

const hash = (bytes: Uint8Array | string) => new Uint8Array(createHash("sha256").update(bytes).digest());
const key = (n: number) => n.toString(16).padStart(64, "0");

function tracker(isThere: (sequence: number) => boolean) {
  const found: [ErasureFault, number][] = [];
  const erasures = new ErasureTracker({
    hash,
    find: (fault, sequence) => found.push([fault, sequence]),
    rawHashOf: (sequence) => (isThere(sequence) ? key(sequence) : undefined),
  });
  const destroyed = (n: number) => erasures.destroyed(n, { rawHash: key(n), firstEvent: key(n), timestamp: 0 });
  const answer = (by: number, ranges: [number, number][], rawKeysHash = key(0)) =>
    erasures.said("system.erasure", by, 0, { ranges, rawKeysHash });
  return { erasures, found, destroyed, answer };
}

it("an answer that names a missing event counts for the others, and is not judged", () => {
  const { erasures, found, destroyed, answer } = tracker((n) => n !== 3);
  for (const n of [1, 2, 4, 9]) destroyed(n);
  answer(10, [[1, 5]]);
  expect([erasures.end(), found]).toEqual([{ erased: 3, pruned: 0, lowestFloorMs: Infinity }, [["unanswered", 9]]]);
});

it("the same many times over is read once for each destroyed event", () => {
  const { erasures, found, destroyed, answer } = tracker(() => false);
  for (let n = 2; n <= 20_000; n++) destroyed(n);
  // Each names a missing event first: walking the destroyed ones for each answer would take 400 million steps.
  for (let by = 20_001; by <= 30_000; by++) answer(by, [[1, 20_000]]);
  expect([erasures.end().erased, found.filter(([fault]) => fault !== "too-many")]).toEqual([19_999, []]);
});

it("an answer with another hash counts for nothing", () => {
  const { erasures, found, destroyed, answer } = tracker(() => true);
  destroyed(1);
  answer(2, [[1, 1]]);
  erasures.end();
  expect(found).toEqual([
    ["other-keys", 2],
    ["unanswered", 1],
  ]);
});
