// Lower-case hex, the only spelling of bytes in our formats. Upper case and odd lengths are refused, so that one value has one text.

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hex of `bytes`. @public */
export function bytesToHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += digits[bytes[i]!]!;
  return text;
}

/** What a digit stands for; negative for all other characters, and so are they combined with any. */
const nibbles = new Int8Array(128).fill(-1);
for (let i = 0; i < 16; i++) nibbles[i.toString(16).charCodeAt(0)] = i;

function nibble(charCode: number): number {
  return charCode < 128 ? nibbles[charCode]! : -1;
}

/**
 * The bytes that lower-case hex stands for. Throws TypeError on anything else: for a caller's own arguments.
 *
 * @public
 */
export function hexToBytes(hex: string): Uint8Array {
  const bytes = tryHexToBytes(hex);
  if (bytes === undefined) throw new TypeError("hex: expected an even number of lower-case hex digits");
  return bytes;
}

/** Like `hexToBytes`, for text out of evidence: `undefined` where it is not lower-case hex. */
export function tryHexToBytes(hex: unknown): Uint8Array | undefined {
  if (typeof hex !== "string" || hex.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = nibble(hex.charCodeAt(2 * i));
    const low = nibble(hex.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) return undefined;
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}
