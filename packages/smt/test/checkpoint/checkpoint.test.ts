import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { describe, expect, it } from "vitest";
import { type Checkpoint, checkpointHash, noCheckpoint, parseCheckpoint } from "../../src/checkpoint/checkpoint.js";
import { compareCheckpoints } from "../../src/checkpoint/compare.js";

const first: Checkpoint = {
  format: "sealtrail-checkpoint/1",
  tree: "ab".repeat(16),
  version: 1,
  root: "11".repeat(32),
  leafCount: 20,
  firstSequence: 1,
  lastSequence: 10,
  epoch: 0,
  createdAt: "2026-11-22T06:00:00.000Z",
  lastSigned: 0,
  previous: noCheckpoint,
};
const second: Checkpoint = {
  ...first,
  version: 2,
  root: "22".repeat(32),
  leafCount: 30,
  firstSequence: 11,
  lastSequence: 15,
  lastSigned: 1,
  previous: checkpointHash(first),
};
const third: Checkpoint = {
  ...second,
  version: 3,
  leafCount: 32,
  firstSequence: 16,
  lastSequence: 16,
  previous: checkpointHash(second),
};

describe("a checkpoint", () => {
  it("is hashed as its JCS", () => {
    const text = canonicalize(second) ?? "";
    expect(checkpointHash(second)).toBe(createHash("sha256").update(text).digest("hex"));
  });

  it("is read back from JSON", () =>
    expect(parseCheckpoint(JSON.parse(JSON.stringify(second)))).toEqual({ ok: true, checkpoint: second }));

  it.each([
    ["unknown-field", { ...first, extra: 1 }],
    ["missing-field", (({ epoch: _, ...rest }) => rest)(first)],
    ["wrong-format", { ...first, format: "sealtrail-checkpoint/2" }],
    ["bad-field", { ...first, version: 1.5 }],
    ["bad-field", { ...first, createdAt: "yesterday" }],
    ["bad-hex", { ...first, root: "XX".repeat(32) }],
    ["wrong-length", { ...first, root: "11" }],
    ["bad-count", { ...first, leafCount: 21 }],
    ["bad-count", { ...first, firstSequence: 11 }],
    ["bad-line", { ...first, previous: "33".repeat(32) }],
    ["bad-line", { ...second, previous: noCheckpoint }],
    ["bad-line", { ...second, lastSigned: 2 }],
    ["not-an-object", [first]],
    ["not-an-object", null],
  ])("is refused: %s", (code, value) => expect(parseCheckpoint(value)).toEqual({ ok: false, code }));
});

describe("two checkpoints", () => {
  it.each([
    ["same", first, { ...first }],
    ["adjacent", first, second],
    ["compatible", first, third],
    ["tree-id-mismatch", first, { ...second, tree: "cd".repeat(16) }],
    ["equivocation", first, { ...first, root: "33".repeat(32) }],
    ["equivocation", second, { ...second, version: 5, leafCount: 60, firstSequence: 16, lastSequence: 30 }],
    ["equivocation", first, { ...second, previous: "44".repeat(32) }],
    ["equivocation", first, { ...third, firstSequence: 11 }],
    ["equivocation", { ...first, lastSigned: 0, epoch: 9 }, third],
  ])("are %s", (relation, a, b) => {
    expect(compareCheckpoints(a as Checkpoint, b as Checkpoint)).toBe(relation);
    expect(compareCheckpoints(b as Checkpoint, a as Checkpoint)).toBe(relation);
  });
});
