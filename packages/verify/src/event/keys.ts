// The hashes of an event (formats.md, section 2). Each has its own prefix, so none can be taken for another.
import { bytesToHex, type Sha256 } from "@sealtrail/smt";
import { jcs, sha256 } from "@sealtrail/smt/formats";

const encoder = new TextEncoder();
const prefix = {
  salt: encoder.encode("sealtrail:salt:v1\n"),
  raw: encoder.encode("sealtrail:raw:v1\n"),
  content: encoder.encode("sealtrail:content:v1\n"),
  sealed: encoder.encode("sealtrail:sealed:v1\n"),
};

// One buffer for all of them: an allocation a hash would cost a third of the hash itself. Nothing here is re-entrant.
let scratch = new Uint8Array(8_192);

/** The salt that a raw disclosure shows; it does not reveal `contentSalt`. */
export function saltOf(contentSalt: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  return hashOf(hash, prefix.salt, secret(contentSalt, "contentSalt"));
}

/** Raw key of an event, from `saltOf` and the event's RFC 8785 text. */
export function rawKey(salt: Uint8Array, canonicalEvent: string, hash: Sha256 = sha256): Uint8Array {
  return hashOf(hash, prefix.raw, secret(salt, "salt"), canonicalEvent);
}

/** What a censored disclosure shows. */
export interface CensoredEvent {
  category: string;
  createdAt: string;
  id: string;
  type: string;
}

export function censoredKey(event: CensoredEvent, hash: Sha256 = sha256): Uint8Array {
  const { category, createdAt, id, type } = event;
  // JCS by hand: four strings in key order, and JSON.stringify's escapes are RFC 8785's.
  const text = `{"category":${JSON.stringify(category)},"createdAt":${JSON.stringify(createdAt)},"id":${JSON.stringify(id)},"type":${JSON.stringify(type)}}`;
  return hash(`sealtrail:censored:v1\n${text}`);
}

/** Hash of content as it is stored: redacted and capped, before gzip. */
export function contentHash(contentSalt: Uint8Array, content: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  return hashOf(hash, prefix.content, secret(contentSalt, "contentSalt"), content);
}

/** What stands where a value was replaced by its hash: `"sealed:<hex>"`. */
export function sealed(contentSalt: Uint8Array, bytes: Uint8Array, hash: Sha256 = sha256): string {
  return `sealed:${bytesToHex(hashOf(hash, prefix.sealed, secret(contentSalt, "contentSalt"), bytes))}`;
}

/** What a trail is made with; stored once, never changed. */
export interface Genesis {
  createdAt: string;
  epochDurationMs: number;
  /** Ascending names of the formats that the trail was made with. */
  formats: string[];
  /** 32 random hex digits. */
  tree: string;
}

/** `previousHash` of the first event. */
export function genesisHash(genesis: Genesis, hash: Sha256 = sha256): Uint8Array {
  const { createdAt, epochDurationMs, formats, tree } = genesis;
  return hash(`sealtrail:genesis:v1\n${jcs({ createdAt, epochDurationMs, formats, tree })}`);
}

function hashOf(hash: Sha256, ...parts: (Uint8Array | string)[]): Uint8Array {
  let bound = 0;
  for (const part of parts) bound += typeof part === "string" ? part.length * 3 : part.length;
  if (bound > scratch.length) {
    if (bound > 1 << 20) return hash(joined(parts, new Uint8Array(bound)));
    scratch = new Uint8Array(bound * 2);
  }
  return hash(joined(parts, scratch));
}

function joined(parts: (Uint8Array | string)[], into: Uint8Array): Uint8Array {
  let length = 0;
  for (const part of parts) {
    if (typeof part === "string") length += encoder.encodeInto(part, into.subarray(length)).written;
    else {
      into.set(part, length);
      length += part.length;
    }
  }
  return into.subarray(0, length);
}

function secret(bytes: Uint8Array, name: string): Uint8Array {
  if (!(bytes instanceof Uint8Array) || bytes.length !== 32) throw new TypeError(`${name}: 32 bytes expected`);
  return bytes;
}
