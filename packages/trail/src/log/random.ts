// Randomness in small pieces out of a pool: one call of the system's source an event would cost more than its hash.
import { randomFillSync } from "node:crypto";

/** `size` fresh random bytes. Injected in tests. */
export type Random = (size: number) => Uint8Array;

export const systemRandom: Random = (size) => randomFillSync(new Uint8Array(size));

/** Hands out pieces of `size` bytes from larger draws. A piece is valid until the next one is taken. */
export function pooled(random: Random, size: number): () => Uint8Array {
  const pieces = 256;
  let pool: Uint8Array = new Uint8Array(0);
  let next = 0;
  return () => {
    if (next === pool.length) {
      pool = random(pieces * size);
      next = 0;
    }
    next += size;
    return pool.subarray(next - size, next);
  };
}
