// SHA-256 for the few message shapes that a sparse Merkle tree hashes (FIPS 180-4; formats.md, section 1).
//
// Why own code: nearly all time of a tree goes into hashing inner nodes, always 65 bytes. A general library copies, pads
// and allocates for each; here words go from one Int32Array to another. Measured on one machine: @noble/hashes 0.4 million
// a second, crypto.hash 0.6, this 1.9. Two things make it so: the 16 schedule words stay in locals and 16 rounds are
// written out, and the second block of a 65-byte message depends on its last byte alone, so its whole schedule is a
// look-up in a table of 256. Checked against noble and node:crypto in the tests. Words are big-endian, as in the standard.

import { ROUND_CONSTANTS as K } from "./constants.js";

/** For each last byte of a 65-byte message: the 64 words W + K of its second block. */
export const LAST_BLOCK = new Int32Array(256 * 64);
for (let byte = 0; byte < 256; byte++) {
  const w = LAST_BLOCK.subarray(byte * 64, byte * 64 + 64);
  w[0] = (byte << 24) | 0x00800000;
  w[15] = 65 * 8;
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
  }
  for (let i = 0; i < 64; i++) w[i]! += K[i]!;
}

/** The state between the blocks of one message, and after the last: the digest. Nothing here is asynchronous, so one will do. */
const state = new Int32Array(8);

/** state = the initial value, compressed with one block. */
// biome-ignore format: a line a step is easier to check than wrapped ones
function firstBlock(
  w0: number, w1: number, w2: number, w3: number, w4: number, w5: number, w6: number, w7: number,
  w8: number, w9: number, w10: number, w11: number, w12: number, w13: number, w14: number, w15: number,
): void {
  let a = 0x6a09e667 | 0, b = 0xbb67ae85 | 0, c = 0x3c6ef372 | 0, d = 0xa54ff53a | 0;
  let e = 0x510e527f | 0, f = 0x9b05688c | 0, g = 0x1f83d9ab | 0, h = 0x5be0cd19 | 0;
  let t = 0;
  t = (h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (g ^ (e & (f ^ g))) + ((w0 + K[0]!) | 0)) | 0;
  d = (d + t) | 0;
  h = (t + ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + ((a & b) | (c & (a | b)))) | 0;
  t = (g + ((d >>> 6 | d << 26) ^ (d >>> 11 | d << 21) ^ (d >>> 25 | d << 7)) + (f ^ (d & (e ^ f))) + ((w1 + K[1]!) | 0)) | 0;
  c = (c + t) | 0;
  g = (t + ((h >>> 2 | h << 30) ^ (h >>> 13 | h << 19) ^ (h >>> 22 | h << 10)) + ((h & a) | (b & (h | a)))) | 0;
  t = (f + ((c >>> 6 | c << 26) ^ (c >>> 11 | c << 21) ^ (c >>> 25 | c << 7)) + (e ^ (c & (d ^ e))) + ((w2 + K[2]!) | 0)) | 0;
  b = (b + t) | 0;
  f = (t + ((g >>> 2 | g << 30) ^ (g >>> 13 | g << 19) ^ (g >>> 22 | g << 10)) + ((g & h) | (a & (g | h)))) | 0;
  t = (e + ((b >>> 6 | b << 26) ^ (b >>> 11 | b << 21) ^ (b >>> 25 | b << 7)) + (d ^ (b & (c ^ d))) + ((w3 + K[3]!) | 0)) | 0;
  a = (a + t) | 0;
  e = (t + ((f >>> 2 | f << 30) ^ (f >>> 13 | f << 19) ^ (f >>> 22 | f << 10)) + ((f & g) | (h & (f | g)))) | 0;
  t = (d + ((a >>> 6 | a << 26) ^ (a >>> 11 | a << 21) ^ (a >>> 25 | a << 7)) + (c ^ (a & (b ^ c))) + ((w4 + K[4]!) | 0)) | 0;
  h = (h + t) | 0;
  d = (t + ((e >>> 2 | e << 30) ^ (e >>> 13 | e << 19) ^ (e >>> 22 | e << 10)) + ((e & f) | (g & (e | f)))) | 0;
  t = (c + ((h >>> 6 | h << 26) ^ (h >>> 11 | h << 21) ^ (h >>> 25 | h << 7)) + (b ^ (h & (a ^ b))) + ((w5 + K[5]!) | 0)) | 0;
  g = (g + t) | 0;
  c = (t + ((d >>> 2 | d << 30) ^ (d >>> 13 | d << 19) ^ (d >>> 22 | d << 10)) + ((d & e) | (f & (d | e)))) | 0;
  t = (b + ((g >>> 6 | g << 26) ^ (g >>> 11 | g << 21) ^ (g >>> 25 | g << 7)) + (a ^ (g & (h ^ a))) + ((w6 + K[6]!) | 0)) | 0;
  f = (f + t) | 0;
  b = (t + ((c >>> 2 | c << 30) ^ (c >>> 13 | c << 19) ^ (c >>> 22 | c << 10)) + ((c & d) | (e & (c | d)))) | 0;
  t = (a + ((f >>> 6 | f << 26) ^ (f >>> 11 | f << 21) ^ (f >>> 25 | f << 7)) + (h ^ (f & (g ^ h))) + ((w7 + K[7]!) | 0)) | 0;
  e = (e + t) | 0;
  a = (t + ((b >>> 2 | b << 30) ^ (b >>> 13 | b << 19) ^ (b >>> 22 | b << 10)) + ((b & c) | (d & (b | c)))) | 0;
  t = (h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (g ^ (e & (f ^ g))) + ((w8 + K[8]!) | 0)) | 0;
  d = (d + t) | 0;
  h = (t + ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + ((a & b) | (c & (a | b)))) | 0;
  t = (g + ((d >>> 6 | d << 26) ^ (d >>> 11 | d << 21) ^ (d >>> 25 | d << 7)) + (f ^ (d & (e ^ f))) + ((w9 + K[9]!) | 0)) | 0;
  c = (c + t) | 0;
  g = (t + ((h >>> 2 | h << 30) ^ (h >>> 13 | h << 19) ^ (h >>> 22 | h << 10)) + ((h & a) | (b & (h | a)))) | 0;
  t = (f + ((c >>> 6 | c << 26) ^ (c >>> 11 | c << 21) ^ (c >>> 25 | c << 7)) + (e ^ (c & (d ^ e))) + ((w10 + K[10]!) | 0)) | 0;
  b = (b + t) | 0;
  f = (t + ((g >>> 2 | g << 30) ^ (g >>> 13 | g << 19) ^ (g >>> 22 | g << 10)) + ((g & h) | (a & (g | h)))) | 0;
  t = (e + ((b >>> 6 | b << 26) ^ (b >>> 11 | b << 21) ^ (b >>> 25 | b << 7)) + (d ^ (b & (c ^ d))) + ((w11 + K[11]!) | 0)) | 0;
  a = (a + t) | 0;
  e = (t + ((f >>> 2 | f << 30) ^ (f >>> 13 | f << 19) ^ (f >>> 22 | f << 10)) + ((f & g) | (h & (f | g)))) | 0;
  t = (d + ((a >>> 6 | a << 26) ^ (a >>> 11 | a << 21) ^ (a >>> 25 | a << 7)) + (c ^ (a & (b ^ c))) + ((w12 + K[12]!) | 0)) | 0;
  h = (h + t) | 0;
  d = (t + ((e >>> 2 | e << 30) ^ (e >>> 13 | e << 19) ^ (e >>> 22 | e << 10)) + ((e & f) | (g & (e | f)))) | 0;
  t = (c + ((h >>> 6 | h << 26) ^ (h >>> 11 | h << 21) ^ (h >>> 25 | h << 7)) + (b ^ (h & (a ^ b))) + ((w13 + K[13]!) | 0)) | 0;
  g = (g + t) | 0;
  c = (t + ((d >>> 2 | d << 30) ^ (d >>> 13 | d << 19) ^ (d >>> 22 | d << 10)) + ((d & e) | (f & (d | e)))) | 0;
  t = (b + ((g >>> 6 | g << 26) ^ (g >>> 11 | g << 21) ^ (g >>> 25 | g << 7)) + (a ^ (g & (h ^ a))) + ((w14 + K[14]!) | 0)) | 0;
  f = (f + t) | 0;
  b = (t + ((c >>> 2 | c << 30) ^ (c >>> 13 | c << 19) ^ (c >>> 22 | c << 10)) + ((c & d) | (e & (c | d)))) | 0;
  t = (a + ((f >>> 6 | f << 26) ^ (f >>> 11 | f << 21) ^ (f >>> 25 | f << 7)) + (h ^ (f & (g ^ h))) + ((w15 + K[15]!) | 0)) | 0;
  e = (e + t) | 0;
  a = (t + ((b >>> 2 | b << 30) ^ (b >>> 13 | b << 19) ^ (b >>> 22 | b << 10)) + ((b & c) | (d & (b | c)))) | 0;
  for (let i = 16; i < 64; i += 16) {
    w0 = (w0 + w9 + ((w1 >>> 7 | w1 << 25) ^ (w1 >>> 18 | w1 << 14) ^ (w1 >>> 3)) + ((w14 >>> 17 | w14 << 15) ^ (w14 >>> 19 | w14 << 13) ^ (w14 >>> 10))) | 0;
    t = (h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (g ^ (e & (f ^ g))) + ((w0 + K[i]!) | 0)) | 0;
    d = (d + t) | 0;
    h = (t + ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + ((a & b) | (c & (a | b)))) | 0;
    w1 = (w1 + w10 + ((w2 >>> 7 | w2 << 25) ^ (w2 >>> 18 | w2 << 14) ^ (w2 >>> 3)) + ((w15 >>> 17 | w15 << 15) ^ (w15 >>> 19 | w15 << 13) ^ (w15 >>> 10))) | 0;
    t = (g + ((d >>> 6 | d << 26) ^ (d >>> 11 | d << 21) ^ (d >>> 25 | d << 7)) + (f ^ (d & (e ^ f))) + ((w1 + K[i + 1]!) | 0)) | 0;
    c = (c + t) | 0;
    g = (t + ((h >>> 2 | h << 30) ^ (h >>> 13 | h << 19) ^ (h >>> 22 | h << 10)) + ((h & a) | (b & (h | a)))) | 0;
    w2 = (w2 + w11 + ((w3 >>> 7 | w3 << 25) ^ (w3 >>> 18 | w3 << 14) ^ (w3 >>> 3)) + ((w0 >>> 17 | w0 << 15) ^ (w0 >>> 19 | w0 << 13) ^ (w0 >>> 10))) | 0;
    t = (f + ((c >>> 6 | c << 26) ^ (c >>> 11 | c << 21) ^ (c >>> 25 | c << 7)) + (e ^ (c & (d ^ e))) + ((w2 + K[i + 2]!) | 0)) | 0;
    b = (b + t) | 0;
    f = (t + ((g >>> 2 | g << 30) ^ (g >>> 13 | g << 19) ^ (g >>> 22 | g << 10)) + ((g & h) | (a & (g | h)))) | 0;
    w3 = (w3 + w12 + ((w4 >>> 7 | w4 << 25) ^ (w4 >>> 18 | w4 << 14) ^ (w4 >>> 3)) + ((w1 >>> 17 | w1 << 15) ^ (w1 >>> 19 | w1 << 13) ^ (w1 >>> 10))) | 0;
    t = (e + ((b >>> 6 | b << 26) ^ (b >>> 11 | b << 21) ^ (b >>> 25 | b << 7)) + (d ^ (b & (c ^ d))) + ((w3 + K[i + 3]!) | 0)) | 0;
    a = (a + t) | 0;
    e = (t + ((f >>> 2 | f << 30) ^ (f >>> 13 | f << 19) ^ (f >>> 22 | f << 10)) + ((f & g) | (h & (f | g)))) | 0;
    w4 = (w4 + w13 + ((w5 >>> 7 | w5 << 25) ^ (w5 >>> 18 | w5 << 14) ^ (w5 >>> 3)) + ((w2 >>> 17 | w2 << 15) ^ (w2 >>> 19 | w2 << 13) ^ (w2 >>> 10))) | 0;
    t = (d + ((a >>> 6 | a << 26) ^ (a >>> 11 | a << 21) ^ (a >>> 25 | a << 7)) + (c ^ (a & (b ^ c))) + ((w4 + K[i + 4]!) | 0)) | 0;
    h = (h + t) | 0;
    d = (t + ((e >>> 2 | e << 30) ^ (e >>> 13 | e << 19) ^ (e >>> 22 | e << 10)) + ((e & f) | (g & (e | f)))) | 0;
    w5 = (w5 + w14 + ((w6 >>> 7 | w6 << 25) ^ (w6 >>> 18 | w6 << 14) ^ (w6 >>> 3)) + ((w3 >>> 17 | w3 << 15) ^ (w3 >>> 19 | w3 << 13) ^ (w3 >>> 10))) | 0;
    t = (c + ((h >>> 6 | h << 26) ^ (h >>> 11 | h << 21) ^ (h >>> 25 | h << 7)) + (b ^ (h & (a ^ b))) + ((w5 + K[i + 5]!) | 0)) | 0;
    g = (g + t) | 0;
    c = (t + ((d >>> 2 | d << 30) ^ (d >>> 13 | d << 19) ^ (d >>> 22 | d << 10)) + ((d & e) | (f & (d | e)))) | 0;
    w6 = (w6 + w15 + ((w7 >>> 7 | w7 << 25) ^ (w7 >>> 18 | w7 << 14) ^ (w7 >>> 3)) + ((w4 >>> 17 | w4 << 15) ^ (w4 >>> 19 | w4 << 13) ^ (w4 >>> 10))) | 0;
    t = (b + ((g >>> 6 | g << 26) ^ (g >>> 11 | g << 21) ^ (g >>> 25 | g << 7)) + (a ^ (g & (h ^ a))) + ((w6 + K[i + 6]!) | 0)) | 0;
    f = (f + t) | 0;
    b = (t + ((c >>> 2 | c << 30) ^ (c >>> 13 | c << 19) ^ (c >>> 22 | c << 10)) + ((c & d) | (e & (c | d)))) | 0;
    w7 = (w7 + w0 + ((w8 >>> 7 | w8 << 25) ^ (w8 >>> 18 | w8 << 14) ^ (w8 >>> 3)) + ((w5 >>> 17 | w5 << 15) ^ (w5 >>> 19 | w5 << 13) ^ (w5 >>> 10))) | 0;
    t = (a + ((f >>> 6 | f << 26) ^ (f >>> 11 | f << 21) ^ (f >>> 25 | f << 7)) + (h ^ (f & (g ^ h))) + ((w7 + K[i + 7]!) | 0)) | 0;
    e = (e + t) | 0;
    a = (t + ((b >>> 2 | b << 30) ^ (b >>> 13 | b << 19) ^ (b >>> 22 | b << 10)) + ((b & c) | (d & (b | c)))) | 0;
    w8 = (w8 + w1 + ((w9 >>> 7 | w9 << 25) ^ (w9 >>> 18 | w9 << 14) ^ (w9 >>> 3)) + ((w6 >>> 17 | w6 << 15) ^ (w6 >>> 19 | w6 << 13) ^ (w6 >>> 10))) | 0;
    t = (h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (g ^ (e & (f ^ g))) + ((w8 + K[i + 8]!) | 0)) | 0;
    d = (d + t) | 0;
    h = (t + ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + ((a & b) | (c & (a | b)))) | 0;
    w9 = (w9 + w2 + ((w10 >>> 7 | w10 << 25) ^ (w10 >>> 18 | w10 << 14) ^ (w10 >>> 3)) + ((w7 >>> 17 | w7 << 15) ^ (w7 >>> 19 | w7 << 13) ^ (w7 >>> 10))) | 0;
    t = (g + ((d >>> 6 | d << 26) ^ (d >>> 11 | d << 21) ^ (d >>> 25 | d << 7)) + (f ^ (d & (e ^ f))) + ((w9 + K[i + 9]!) | 0)) | 0;
    c = (c + t) | 0;
    g = (t + ((h >>> 2 | h << 30) ^ (h >>> 13 | h << 19) ^ (h >>> 22 | h << 10)) + ((h & a) | (b & (h | a)))) | 0;
    w10 = (w10 + w3 + ((w11 >>> 7 | w11 << 25) ^ (w11 >>> 18 | w11 << 14) ^ (w11 >>> 3)) + ((w8 >>> 17 | w8 << 15) ^ (w8 >>> 19 | w8 << 13) ^ (w8 >>> 10))) | 0;
    t = (f + ((c >>> 6 | c << 26) ^ (c >>> 11 | c << 21) ^ (c >>> 25 | c << 7)) + (e ^ (c & (d ^ e))) + ((w10 + K[i + 10]!) | 0)) | 0;
    b = (b + t) | 0;
    f = (t + ((g >>> 2 | g << 30) ^ (g >>> 13 | g << 19) ^ (g >>> 22 | g << 10)) + ((g & h) | (a & (g | h)))) | 0;
    w11 = (w11 + w4 + ((w12 >>> 7 | w12 << 25) ^ (w12 >>> 18 | w12 << 14) ^ (w12 >>> 3)) + ((w9 >>> 17 | w9 << 15) ^ (w9 >>> 19 | w9 << 13) ^ (w9 >>> 10))) | 0;
    t = (e + ((b >>> 6 | b << 26) ^ (b >>> 11 | b << 21) ^ (b >>> 25 | b << 7)) + (d ^ (b & (c ^ d))) + ((w11 + K[i + 11]!) | 0)) | 0;
    a = (a + t) | 0;
    e = (t + ((f >>> 2 | f << 30) ^ (f >>> 13 | f << 19) ^ (f >>> 22 | f << 10)) + ((f & g) | (h & (f | g)))) | 0;
    w12 = (w12 + w5 + ((w13 >>> 7 | w13 << 25) ^ (w13 >>> 18 | w13 << 14) ^ (w13 >>> 3)) + ((w10 >>> 17 | w10 << 15) ^ (w10 >>> 19 | w10 << 13) ^ (w10 >>> 10))) | 0;
    t = (d + ((a >>> 6 | a << 26) ^ (a >>> 11 | a << 21) ^ (a >>> 25 | a << 7)) + (c ^ (a & (b ^ c))) + ((w12 + K[i + 12]!) | 0)) | 0;
    h = (h + t) | 0;
    d = (t + ((e >>> 2 | e << 30) ^ (e >>> 13 | e << 19) ^ (e >>> 22 | e << 10)) + ((e & f) | (g & (e | f)))) | 0;
    w13 = (w13 + w6 + ((w14 >>> 7 | w14 << 25) ^ (w14 >>> 18 | w14 << 14) ^ (w14 >>> 3)) + ((w11 >>> 17 | w11 << 15) ^ (w11 >>> 19 | w11 << 13) ^ (w11 >>> 10))) | 0;
    t = (c + ((h >>> 6 | h << 26) ^ (h >>> 11 | h << 21) ^ (h >>> 25 | h << 7)) + (b ^ (h & (a ^ b))) + ((w13 + K[i + 13]!) | 0)) | 0;
    g = (g + t) | 0;
    c = (t + ((d >>> 2 | d << 30) ^ (d >>> 13 | d << 19) ^ (d >>> 22 | d << 10)) + ((d & e) | (f & (d | e)))) | 0;
    w14 = (w14 + w7 + ((w15 >>> 7 | w15 << 25) ^ (w15 >>> 18 | w15 << 14) ^ (w15 >>> 3)) + ((w12 >>> 17 | w12 << 15) ^ (w12 >>> 19 | w12 << 13) ^ (w12 >>> 10))) | 0;
    t = (b + ((g >>> 6 | g << 26) ^ (g >>> 11 | g << 21) ^ (g >>> 25 | g << 7)) + (a ^ (g & (h ^ a))) + ((w14 + K[i + 14]!) | 0)) | 0;
    f = (f + t) | 0;
    b = (t + ((c >>> 2 | c << 30) ^ (c >>> 13 | c << 19) ^ (c >>> 22 | c << 10)) + ((c & d) | (e & (c | d)))) | 0;
    w15 = (w15 + w8 + ((w0 >>> 7 | w0 << 25) ^ (w0 >>> 18 | w0 << 14) ^ (w0 >>> 3)) + ((w13 >>> 17 | w13 << 15) ^ (w13 >>> 19 | w13 << 13) ^ (w13 >>> 10))) | 0;
    t = (a + ((f >>> 6 | f << 26) ^ (f >>> 11 | f << 21) ^ (f >>> 25 | f << 7)) + (h ^ (f & (g ^ h))) + ((w15 + K[i + 15]!) | 0)) | 0;
    e = (e + t) | 0;
    a = (t + ((b >>> 2 | b << 30) ^ (b >>> 13 | b << 19) ^ (b >>> 22 | b << 10)) + ((b & c) | (d & (b | c)))) | 0;
  }
  state[0] = (0x6a09e667 + a) | 0;
  state[1] = (0xbb67ae85 + b) | 0;
  state[2] = (0x3c6ef372 + c) | 0;
  state[3] = (0xa54ff53a + d) | 0;
  state[4] = (0x510e527f + e) | 0;
  state[5] = (0x9b05688c + f) | 0;
  state[6] = (0x1f83d9ab + g) | 0;
  state[7] = (0x5be0cd19 + h) | 0;
}

/** out = state, compressed with the last block of a 65-byte message that ends with this byte. */
// biome-ignore format: as above
function lastBlock(byte: number, out: Int32Array, at: number): void {
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!, e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
  let t = 0;
  for (let i = byte << 6, end = i + 64; i < end; i += 8) {
    t = (h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (g ^ (e & (f ^ g))) + LAST_BLOCK[i]!) | 0;
    d = (d + t) | 0;
    h = (t + ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + ((a & b) | (c & (a | b)))) | 0;
    t = (g + ((d >>> 6 | d << 26) ^ (d >>> 11 | d << 21) ^ (d >>> 25 | d << 7)) + (f ^ (d & (e ^ f))) + LAST_BLOCK[i + 1]!) | 0;
    c = (c + t) | 0;
    g = (t + ((h >>> 2 | h << 30) ^ (h >>> 13 | h << 19) ^ (h >>> 22 | h << 10)) + ((h & a) | (b & (h | a)))) | 0;
    t = (f + ((c >>> 6 | c << 26) ^ (c >>> 11 | c << 21) ^ (c >>> 25 | c << 7)) + (e ^ (c & (d ^ e))) + LAST_BLOCK[i + 2]!) | 0;
    b = (b + t) | 0;
    f = (t + ((g >>> 2 | g << 30) ^ (g >>> 13 | g << 19) ^ (g >>> 22 | g << 10)) + ((g & h) | (a & (g | h)))) | 0;
    t = (e + ((b >>> 6 | b << 26) ^ (b >>> 11 | b << 21) ^ (b >>> 25 | b << 7)) + (d ^ (b & (c ^ d))) + LAST_BLOCK[i + 3]!) | 0;
    a = (a + t) | 0;
    e = (t + ((f >>> 2 | f << 30) ^ (f >>> 13 | f << 19) ^ (f >>> 22 | f << 10)) + ((f & g) | (h & (f | g)))) | 0;
    t = (d + ((a >>> 6 | a << 26) ^ (a >>> 11 | a << 21) ^ (a >>> 25 | a << 7)) + (c ^ (a & (b ^ c))) + LAST_BLOCK[i + 4]!) | 0;
    h = (h + t) | 0;
    d = (t + ((e >>> 2 | e << 30) ^ (e >>> 13 | e << 19) ^ (e >>> 22 | e << 10)) + ((e & f) | (g & (e | f)))) | 0;
    t = (c + ((h >>> 6 | h << 26) ^ (h >>> 11 | h << 21) ^ (h >>> 25 | h << 7)) + (b ^ (h & (a ^ b))) + LAST_BLOCK[i + 5]!) | 0;
    g = (g + t) | 0;
    c = (t + ((d >>> 2 | d << 30) ^ (d >>> 13 | d << 19) ^ (d >>> 22 | d << 10)) + ((d & e) | (f & (d | e)))) | 0;
    t = (b + ((g >>> 6 | g << 26) ^ (g >>> 11 | g << 21) ^ (g >>> 25 | g << 7)) + (a ^ (g & (h ^ a))) + LAST_BLOCK[i + 6]!) | 0;
    f = (f + t) | 0;
    b = (t + ((c >>> 2 | c << 30) ^ (c >>> 13 | c << 19) ^ (c >>> 22 | c << 10)) + ((c & d) | (e & (c | d)))) | 0;
    t = (a + ((f >>> 6 | f << 26) ^ (f >>> 11 | f << 21) ^ (f >>> 25 | f << 7)) + (h ^ (f & (g ^ h))) + LAST_BLOCK[i + 7]!) | 0;
    e = (e + t) | 0;
    a = (t + ((b >>> 2 | b << 30) ^ (b >>> 13 | b << 19) ^ (b >>> 22 | b << 10)) + ((b & c) | (d & (b | c)))) | 0;
  }
  out[at] = (state[0]! + a) | 0;
  out[at + 1] = (state[1]! + b) | 0;
  out[at + 2] = (state[2]! + c) | 0;
  out[at + 3] = (state[3]! + d) | 0;
  out[at + 4] = (state[4]! + e) | 0;
  out[at + 5] = (state[5]! + f) | 0;
  out[at + 6] = (state[6]! + g) | 0;
  out[at + 7] = (state[7]! + h) | 0;
}

/** out = H(prefix || 32 bytes || 32 bytes): an inner node (prefix 1) or a leaf (prefix 0). The offsets count words. */
// biome-ignore format: as above
export function hash65(
  prefix: number, p: Int32Array, pi: number, q: Int32Array, qi: number, out: Int32Array, at: number,
): void {
  const p0 = p[pi]!, p1 = p[pi + 1]!, p2 = p[pi + 2]!, p3 = p[pi + 3]!, p4 = p[pi + 4]!, p5 = p[pi + 5]!, p6 = p[pi + 6]!, p7 = p[pi + 7]!;
  const q0 = q[qi]!, q1 = q[qi + 1]!, q2 = q[qi + 2]!, q3 = q[qi + 3]!, q4 = q[qi + 4]!, q5 = q[qi + 5]!, q6 = q[qi + 6]!, q7 = q[qi + 7]!;
  firstBlock(
    (prefix << 24) | (p0 >>> 8), (p0 << 24) | (p1 >>> 8), (p1 << 24) | (p2 >>> 8), (p2 << 24) | (p3 >>> 8),
    (p3 << 24) | (p4 >>> 8), (p4 << 24) | (p5 >>> 8), (p5 << 24) | (p6 >>> 8), (p6 << 24) | (p7 >>> 8),
    (p7 << 24) | (q0 >>> 8), (q0 << 24) | (q1 >>> 8), (q1 << 24) | (q2 >>> 8), (q2 << 24) | (q3 >>> 8),
    (q3 << 24) | (q4 >>> 8), (q4 << 24) | (q5 >>> 8), (q5 << 24) | (q6 >>> 8), (q6 << 24) | (q7 >>> 8),
  );
  lastBlock(q7 & 255, out, at);
}

/** out = H(the 32 bytes at m[offset]): the path of a key, or the hash of a value, of our usual length. */
// biome-ignore format: as above
export function hash32(m: Uint8Array, offset: number, out: Int32Array, at: number): void {
  firstBlock(
    word(m, offset), word(m, offset + 4), word(m, offset + 8), word(m, offset + 12),
    word(m, offset + 16), word(m, offset + 20), word(m, offset + 24), word(m, offset + 28),
    0x80000000 | 0, 0, 0, 0, 0, 0, 0, 32 * 8,
  );
  out.set(state, at);
}

/** The same, of 32 bytes that are words already. */
// biome-ignore format: as above
export function hash32Words(m: Int32Array, i: number, out: Int32Array, at: number): void {
  firstBlock(
    m[i]!, m[i + 1]!, m[i + 2]!, m[i + 3]!, m[i + 4]!, m[i + 5]!, m[i + 6]!, m[i + 7]!,
    0x80000000 | 0, 0, 0, 0, 0, 0, 0, 32 * 8,
  );
  out.set(state, at);
}

function word(m: Uint8Array, i: number): number {
  return (m[i]! << 24) | (m[i + 1]! << 16) | (m[i + 2]! << 8) | m[i + 3]!;
}
