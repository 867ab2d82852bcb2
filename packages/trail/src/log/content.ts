// Content as it stands in its column: gzip with a fixed header, so that no byte of the column can change unseen.
import { gunzipSync, gzipSync } from "node:zlib";

/** RFC 1952: magic, deflate, no flags, no time, no extra flags, unknown system. Zlib's own header names the machine's kind. */
const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/** Far over the cap of 1 MiB: bounds what a hostile file can make us unpack. */
const unpackLimit = 16 << 20;

export function pack(content: Uint8Array): Uint8Array {
  const packed = gzipSync(content);
  packed.set(header);
  return packed;
}

/** The content, or undefined where the bytes are not exactly one member of ours. */
export function unpack(packed: Uint8Array): Uint8Array | undefined {
  for (let i = 0; i < header.length; i++) if (packed[i] !== header[i]) return undefined;
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
