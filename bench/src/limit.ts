// The hash limit: how long the SHA-256 alone takes that a piece of work cannot do without. Measured in the same process, with
// the tree's own hash, one message after the other, from and to memory that the caches hold.
import { cpuOf, median } from "./measure.ts";

// Not part of the package's interface: the benchmark looks inside.
const inside = new URL("../../packages/smt/dist/hash/compress.js", import.meta.url).href;
const { hash65, hash32 } = (await import(inside)) as {
  hash32: (m: Uint8Array, offset: number, out: Int32Array, at: number) => void;
  hash65: (prefix: number, p: Int32Array, pi: number, q: Int32Array, qi: number, out: Int32Array, at: number) => void;
};

const words = new Int32Array(16 * 4096).map((_, i) => (i * 0x9e3779b1) | 0);
const out = new Int32Array(8);

/** 65-byte messages (inner nodes, leaves) a second. */
export function hashRate(): number {
  const count = 300_000;
  const run = () => {
    for (let i = 0; i < count; i++) hash65(1, words, (i & 4095) * 16, words, (i & 4095) * 16 + 8, out, 0);
  };
  return (count / median(Array.from({ length: 3 }, () => cpuOf(run)))) * 1e6;
}

const bytes = new Uint8Array(32 * 4096).map((_, i) => i * 7);

/** 32-byte messages (our keys and values) a second. */
export function shortHashRate(): number {
  const count = 300_000;
  const run = () => {
    for (let i = 0; i < count; i++) hash32(bytes, (i & 4095) * 32, out, 0);
  };
  return (count / median(Array.from({ length: 3 }, () => cpuOf(run)))) * 1e6;
}

/** Inner nodes of a tree of these leaves, by walking it. */
export function innerNodes(tree: {
  reader(): { root: number; isLeaf(ref: number): boolean; left(ref: number): number; right(ref: number): number };
}): number {
  const reader = tree.reader();
  let count = 0;
  const visit = (ref: number): void => {
    if (ref === 0 || reader.isLeaf(ref)) return;
    count++;
    visit(reader.left(ref));
    visit(reader.right(ref));
  };
  visit(reader.root);
  return count;
}
