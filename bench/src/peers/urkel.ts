// urkel, Handshake's authenticated tree. With its native BLAKE2b where that was built (bcrypto), else with node:crypto's SHA-256.
import { createHash, type Hash } from "node:crypto";
import { createRequire } from "node:module";

export interface UrkelTree {
  open(): Promise<void>;
  transaction(): { insert(key: Buffer, value: Buffer): Promise<void>; rootHash(): Buffer; commit(): Promise<Buffer> };
  prove(key: Buffer): Promise<{
    toJSON(): object;
    encode(hash: object, bits: number): Buffer;
    verify(root: Buffer, key: Buffer, hash: object, bits: number): [number, Buffer];
  }>;
}

const require = createRequire(import.meta.url);
const { Tree } = require("urkel") as { Tree: new (options: { hash: object; bits: number }) => UrkelTree };

export const urkelHash: { name: string; hash: object } = native() ?? { name: "node:crypto SHA-256", hash: adapter() };

export function newUrkel(): UrkelTree {
  return new Tree({ hash: urkelHash.hash, bits: 256 });
}

function native(): { name: string; hash: object } | undefined {
  try {
    return { name: "native BLAKE2b", hash: createRequire(require.resolve("urkel"))("bcrypto/lib/blake2b") };
  } catch {
    return undefined;
  }
}

function adapter(): object {
  const all = (...parts: (Uint8Array | undefined)[]) => {
    const hash = createHash("sha256");
    for (const part of parts) if (part) hash.update(part);
    return hash.digest();
  };
  const context = {
    hash: undefined as Hash | undefined,
    init() {
      this.hash = createHash("sha256");
      return this;
    },
    update(bytes: Uint8Array) {
      this.hash!.update(bytes);
      return this;
    },
    final() {
      return this.hash!.digest();
    },
  };
  return {
    id: "SHA256",
    size: 32,
    bits: 256,
    zero: Buffer.alloc(32),
    ctx: context,
    hash: () => Object.create(context),
    digest: all,
    root: all,
    multi: all,
  };
}
