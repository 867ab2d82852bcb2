// What an event of the trail says about rows whose payload it destroyed (formats.md, section 2): which sequences, and the
// hash of their raw keys, so that it answers for exactly these.
import type { JsonObject } from "@sealtrail/smt/formats";

/** First and last sequence, both destroyed, and all between. */
export type Range = readonly [first: number, last: number];

export interface Claim {
  ranges: Range[];
  /** `H` of the raw keys in order, hex. */
  rawKeysHash: string;
}

/** Ranges that one event can name within the metadata cap of 64 KiB, with room for the rest. */
export const rangesAClaim = 1_500;

export function rangesOf(sequences: readonly number[]): Range[] {
  const ranges: [number, number][] = [];
  for (const n of sequences) {
    const last = ranges.at(-1);
    if (last !== undefined && n === last[1] + 1) last[1] = n;
    else ranges.push([n, n]);
  }
  return ranges;
}

/** Ranges out of metadata, ascending and apart; undefined where they are not that. */
export function claimedRanges(ranges: unknown): Range[] | undefined {
  if (!Array.isArray(ranges)) return undefined;
  const read: Range[] = [];
  let previous = 0;
  for (const range of ranges as unknown[]) {
    if (!Array.isArray(range) || range.length !== 2) return undefined;
    const [first, last] = range as unknown[];
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return undefined;
    if ((first as number) <= previous || (last as number) < (first as number)) return undefined;
    previous = last as number;
    read.push([first as number, last as number]);
  }
  return read;
}

/** A claim out of the metadata of event `before`; undefined where it makes none, or none that can be read. */
export function claimIn(metadata: JsonObject, before: number): Claim | undefined {
  const { rawKeysHash } = metadata;
  const ranges = claimedRanges(metadata.ranges);
  if (typeof rawKeysHash !== "string" || !/^[0-9a-f]{64}$/.test(rawKeysHash)) return undefined;
  const last = ranges?.at(-1);
  if (ranges === undefined || last === undefined || last[1] >= before) return undefined;
  return { ranges, rawKeysHash };
}
