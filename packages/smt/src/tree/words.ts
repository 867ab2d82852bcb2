// Hashes as eight big-endian words in an Int32Array, the form in which the tree and the verifier keep them.

/** out[at..at+8) = the 32 bytes at `offset`. */
export function wordsFromBytes(bytes: Uint8Array, offset: number, out: Int32Array, at: number): void {
  for (let i = 0, b = offset; i < 8; i++, b += 4) {
    out[at + i] = (bytes[b]! << 24) | (bytes[b + 1]! << 16) | (bytes[b + 2]! << 8) | bytes[b + 3]!;
  }
}

/** out[offset..offset+32) = the eight words at `at`. */
export function bytesFromWords(words: Int32Array, at: number, out: Uint8Array, offset: number): void {
  for (let i = 0, b = offset; i < 8; i++, b += 4) {
    const w = words[at + i]!;
    out[b] = w >>> 24;
    out[b + 1] = w >>> 16;
    out[b + 2] = w >>> 8;
    out[b + 3] = w;
  }
}

/** A fresh copy of the eight words at `at`, as 32 bytes. */
export function toBytes(words: Int32Array, at: number): Uint8Array {
  const bytes = new Uint8Array(32);
  bytesFromWords(words, at, bytes, 0);
  return bytes;
}

/** The path's turn at this depth: 0 left, 1 right; the most significant bit comes first. */
export function bitAt(path: Int32Array, at: number, depth: number): number {
  return (path[at + (depth >>> 5)]! >>> (31 - (depth & 31))) & 1;
}

export function sameWords(a: Int32Array, ai: number, b: Int32Array, bi: number): boolean {
  for (let i = 0; i < 8; i++) if (a[ai + i] !== b[bi + i]) return false;
  return true;
}

/** How many leading bits two paths share; 256 when they are the same. */
export function sharedBits(a: Int32Array, ai: number, b: Int32Array, bi: number): number {
  for (let i = 0; i < 8; i++) {
    const differing = a[ai + i]! ^ b[bi + i]!;
    if (differing !== 0) return i * 32 + Math.clz32(differing);
  }
  return 256;
}

export function isZero(words: Int32Array, at: number): boolean {
  for (let i = 0; i < 8; i++) if (words[at + i] !== 0) return false;
  return true;
}
