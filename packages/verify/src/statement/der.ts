// Strict DER of an ECDSA signature on secp256k1: one encoding for each pair (r, s), every other byte string refused.
// Wire form: 30 len 02 len(r) r 02 len(s) s; integers big-endian, shortest, positive, 1 <= r, s < n.
import { bytesToHex, hexToBytes } from "@sealtrail/smt";
import { isHex } from "./shape.js";

const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Hex of r || s (64 bytes), or undefined. `hex` is hostile. */
export function derToCompact(hex: unknown): Uint8Array | undefined {
  // The longest is 2 + 2 * (2 + 33) bytes; the shortest 2 + 2 * (2 + 1).
  if (!isHex(hex, 16, 144) || hex.length % 2 !== 0) return undefined;
  const bytes = hexToBytes(hex);
  if (bytes[0] !== 0x30 || bytes[1] !== bytes.length - 2) return undefined;
  const compact = new Uint8Array(64);
  let at = 2;
  for (const offset of [0, 32]) {
    const length = bytes[at + 1]!;
    if (bytes[at] !== 0x02 || length < 1 || length > 33 || at + 2 + length > bytes.length) return undefined;
    let integer = bytes.subarray(at + 2, at + 2 + length);
    if (integer[0]! >= 0x80) return undefined; // negative
    if (integer[0] === 0 && (length === 1 || integer[1]! < 0x80)) return undefined; // zero, or padded needlessly
    if (integer[0] === 0) integer = integer.subarray(1);
    if (integer.length > 32) return undefined;
    if (BigInt(`0x${bytesToHex(integer)}`) >= N) return undefined;
    compact.set(integer, offset + 32 - integer.length);
    at += 2 + length;
  }
  return at === bytes.length ? compact : undefined;
}

/** DER bytes of r || s. */
export function compactToDer(compact: Uint8Array): Uint8Array {
  if (compact.length !== 64) throw new RangeError("compact: 64 bytes expected");
  const parts = [compact.subarray(0, 32), compact.subarray(32)].map((part) => {
    let start = 0;
    while (start < 31 && part[start] === 0) start++;
    const integer = part.subarray(start);
    return integer[0]! >= 0x80 ? [0x02, integer.length + 1, 0, ...integer] : [0x02, integer.length, ...integer];
  });
  const body = parts.flat();
  return Uint8Array.from([0x30, body.length, ...body]);
}
