// Four SHA-256 at once, one in each lane of WebAssembly's 128-bit vectors, for batches: their messages do not depend on
// each other. Measured on one machine: 8 million 65-byte messages a second, where compress.ts makes 3. Where the host has no
// vectors, or forbids WebAssembly, there is none and the caller goes one by one.

import { LAST_BLOCK } from "./compress.js";
import { ROUND_CONSTANTS } from "./constants.js";
import { assemble, CONSTANTS, DIGEST, GROUPS, LAST_BLOCKS, MESSAGE } from "./wasm-builder.js";

/** As much of the host's WebAssembly as is used here: this package is compiled without a browser's types. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
  ) => {
    exports: {
      memory: { buffer: ArrayBuffer };
      hash65(prefix: number, groups: number): void;
      hash32(unused: number, groups: number): void;
    };
  };
};

export interface Lanes {
  /** The module's memory in words. Word i of message m stands at laneMessage(m) + 4 i, likewise for its digest. */
  readonly words: Int32Array;
  /** Digest of each of the first `count` messages: H(prefix || 16 words). */
  hash65(prefix: number, count: number): void;
  /** H(8 words). */
  hash32(count: number): void;
}

/** Messages that one call takes. */
export const SIMD_WIDTH = GROUPS * 4;

export function laneMessage(m: number): number {
  return MESSAGE / 4 + (m >> 2) * 64 + (m & 3);
}

export function laneDigest(m: number): number {
  return DIGEST / 4 + (m >> 2) * 32 + (m & 3);
}

let made: Lanes | undefined;
let tried = false;

/** The lanes, made at the first call; undefined where they cannot be had. */
export function simdHasher(): Lanes | undefined {
  if (!tried) {
    tried = true;
    try {
      made = instantiate();
    } catch {
      made = undefined;
    }
  }
  return made;
}

function instantiate(): Lanes {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble()));
  const { memory, hash65, hash32 } = exports;
  const words = new Int32Array(memory.buffer);
  words.set(ROUND_CONSTANTS, CONSTANTS / 4);
  words.set(LAST_BLOCK, LAST_BLOCKS / 4);
  return {
    words,
    hash65: (prefix, count) => {
      if (count > 0) hash65(prefix << 24, (count + 3) >> 2);
    },
    hash32: (count) => {
      if (count > 0) hash32(0, (count + 3) >> 2);
    },
  };
}
