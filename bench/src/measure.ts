// How things are measured: CPU time of this thread, medians of rounds, and the hash rate of the same process to hold them against.
// Absolute figures move with the machine and with what else runs on it; shares and ratios stay.
import { createHash, randomBytes } from "node:crypto";
import { sha256 as noble } from "@noble/hashes/sha2.js";

/** CPU time of this thread so far, microseconds. */
export function cpu(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/** CPU microseconds that `body` took. */
export function cpuOf(body: () => unknown): number {
  const start = cpu();
  body();
  return cpu() - start;
}

export async function cpuOfAsync(body: () => Promise<unknown>): Promise<number> {
  const start = cpu();
  await body();
  return cpu() - start;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/** What one figure is, with the target that it has, if any. */
export interface Figure {
  name: string;
  unit: string;
  value: number;
  /** The target as text, and whether it was met. */
  target?: string;
  met?: boolean;
}

export function figure(name: string, unit: string, value: number, target?: { text: string; met: boolean }): Figure {
  return { name, unit, value, ...(target === undefined ? {} : { target: target.text, met: target.met }) };
}

export function atLeast(value: number, least: number, text = `>= ${least}`): { text: string; met: boolean } {
  return { text, met: value >= least };
}

export function atMost(value: number, most: number, text = `<= ${most}`): { text: string; met: boolean } {
  return { text, met: value <= most };
}

/** 32-byte keys and values that no library can guess; the same in every run. */
export function entries(count: number): [Uint8Array, Uint8Array][] {
  return Array.from({ length: count }, (_, i) => [digest(`key ${i}`), digest(`value ${i}`)]);
}

export function digest(text: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(text).digest());
}

const message = new Uint8Array(randomBytes(65));

/** 65-byte SHA-256 a second, by the libraries that one would take. */
export function libraryHashRates(): { noble: number; node: number } {
  const rate = (hash: () => unknown) => {
    const count = 100_000;
    const times = Array.from({ length: 3 }, () =>
      cpuOf(() => {
        for (let i = 0; i < count; i++) hash();
      }),
    );
    return (count / median(times)) * 1e6;
  };
  return { noble: rate(() => noble(message)), node: rate(() => createHash("sha256").update(message).digest()) };
}
