// Content as it stands in its column: its text, or gzip with a fixed header where that is shorter. A text has many gzip forms,
// and megabytes of junk fit into some of them, so the one that was written is bound to the event: the last bytes of its
// `contentSalt` are a hash of it, and the raw leaf commits to that salt.
import { hash, timingSafeEqual } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";

/** RFC 1952: magic, deflate, no flags, no time, no extra flags, unknown system. Zlib's own header names the machine's kind. No
 * text begins so: 0x8b is never the first byte of a character. */
const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/** The cap of a content: bounds what a hostile file can make us unpack. */
const unpackLimit = 1_048_576;
/** Of 32: the 20 random ones before them cannot be guessed. */
const boundBytes = 12;
const prefix = Buffer.from("sealtrail:packed:v1\n");

/** Undefined where the packed form is no shorter. */
export function pack(content: Uint8Array): Uint8Array | undefined {
  // Its frame alone has 18 bytes.
  if (content.length < 64) return undefined;
  const packed = gzipSync(content);
  if (packed.length >= content.length) return undefined;
  packed.set(header);
  return packed;
}

/** The salt, bound to the packed form. */
export function boundSalt(salt: Uint8Array, packed: Uint8Array): Uint8Array {
  const bound = new Uint8Array(salt);
  bound.set(nameOf(packed), bound.length - boundBytes);
  return bound;
}

function isBound(salt: Uint8Array, packed: Uint8Array): boolean {
  return salt.length > boundBytes && timingSafeEqual(salt.subarray(salt.length - boundBytes), nameOf(packed));
}

function nameOf(packed: Uint8Array): Uint8Array {
  return hash("sha256", Buffer.concat([prefix, packed]), "buffer").subarray(0, boundBytes);
}

export function isPacked(stored: Uint8Array): boolean {
  return header.every((byte, i) => stored[i] === byte);
}

/** What a column holds; undefined where it is no text as it was written, nor the packed form that the salt is bound to. */
export function contentOfColumn(stored: Uint8Array, salt: Uint8Array): Uint8Array | undefined {
  if (!isPacked(stored)) return stored;
  return isBound(salt, stored) ? unpack(stored) : undefined;
}

/** Undefined where the bytes are not exactly one member with our header, or unpack to more than any content has. */
export function unpack(packed: Uint8Array): Uint8Array | undefined {
  if (!isPacked(packed)) return undefined;
  try {
    // `info` tells how much was read: zlib passes over whatever stands behind the member.
    const { buffer, engine } = gunzipSync(packed, { maxOutputLength: unpackLimit, info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return engine.bytesWritten === packed.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}
