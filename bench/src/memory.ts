// Memory a leaf: what the process holds more once the tree is there, the entries themselves not counted.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { SparseMerkleTree } from "@sealtrail/smt";
import { atMost, cpuOf, digest, type Figure, figure } from "./measure.ts";

/** Of the arrays that were outgrown, nobody holds any, but they count until they are collected. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  // The first finds them, the second waits until they are freed.
  collect();
  collect();
}

export function benchMemory(size: number): Figure[] {
  const before = process.memoryUsage();
  const tree = new SparseMerkleTree();
  function* some(from: number, to: number): Generator<[Uint8Array, Uint8Array]> {
    for (let i = from; i < to; i++) yield [digest(`key ${i}`), digest(`value ${i}`)];
  }
  let inserting = 0;
  for (let at = 0; at < size; at += 100_000) {
    const batch = [...some(at, Math.min(at + 100_000, size))];
    inserting += cpuOf(() => tree.insertMany(batch));
  }
  const hashing = cpuOf(() => tree.root);
  collectGarbage();
  const after = process.memoryUsage();
  const allocated = (after.arrayBuffers - before.arrayBuffers) / size;
  return [
    figure(
      `${size.toLocaleString("en")} leaves in batches of 100,000, inserted`,
      "/s",
      (size / (inserting + hashing)) * 1e6,
    ),
    figure(
      "memory allocated by the tree",
      "bytes a leaf",
      allocated,
      size === 1_000_000 ? atMost(allocated, 215) : undefined,
    ),
    figure("resident memory of the process", "MB", after.rss / 1e6),
  ];
}
