// "The same event twice": 16-byte keys, HMAC-SHA-256 under a secret of the trail that no export holds, so
// that the stored keys tell nobody which lines went in.
import { hash } from "node:crypto";

const BLOCK = 64;
const KEY_BYTES = 16;
/** Bytes of an identity key that are made from the identity; the others are made from the essence. */
export const IDENTITY_BYTES = 10;
/** Bytes of a call's key that are made from its session. */
const SESSION_BYTES = 6;

/**
 * HMAC-SHA-256 (RFC 2104) by two one-shot hashes over kept blocks, their digests by way of strings: 1 us a line, where
 * createHmac takes 2.5 and digests as buffers bring a memory block each. Checked against createHmac in the tests.
 */
export class DedupeKeys {
  #inner: Uint8Array;
  readonly #innerPad: Uint8Array;
  readonly #outer = Buffer.alloc(BLOCK + 32);
  readonly #encoder = new TextEncoder();
  readonly #heads = new Map<string, Uint8Array>();
  readonly #sessions = new Map<string, Uint8Array>();

  /** @param secret 32 bytes that only this trail knows */
  constructor(secret: Uint8Array) {
    if (secret.length !== 32) throw new TypeError("secret: 32 bytes expected");
    this.#innerPad = new Uint8Array(BLOCK).fill(0x36);
    this.#outer.fill(0x5c, 0, BLOCK);
    for (let i = 0; i < secret.length; i++) {
      this.#innerPad[i]! ^= secret[i]!;
      this.#outer[i]! ^= secret[i]!;
    }
    this.#inner = new Uint8Array(8192);
    this.#inner.set(this.#innerPad);
  }

  /**
   * Key of an event that its source names itself: 10 bytes for the identity, 6 for the essence, so that one look at the
   * table tells an event that is known from another one under the same id.
   */
  ofIdentity(source: string, identity: string, essence: string): Uint8Array {
    const key = this.#mac("identity", source, this.#encoder.encode(identity));
    key.set(
      this.#mac("essence", source, this.#encoder.encode(essence)).subarray(0, KEY_BYTES - IDENTITY_BYTES),
      IDENTITY_BYTES,
    );
    return key;
  }

  /** Key of an event that a hook tells without any id: equal events have equal keys. */
  ofMoment(source: string, session: string | undefined, essence: string): Uint8Array {
    return this.#mac("moment", source, this.#encoder.encode(JSON.stringify([session ?? null, essence])));
  }

  /** Key by which an event is found without its id; no dedupe key. */
  ofAlike(source: string, text: string): Uint8Array {
    return this.#mac("alike", source, this.#encoder.encode(text));
  }

  /** Key of an event by its line, in any file; no dedupe key. */
  ofLine(source: string, line: string, essence: string): Uint8Array {
    return this.#mac("line", source, this.#encoder.encode(JSON.stringify([line, essence])));
  }

  /** Key of a tool call, which begins as `ofSession` does; no dedupe key. */
  ofCall(source: string, session: string | undefined, toolCallId: string): Uint8Array {
    const key = new Uint8Array(KEY_BYTES);
    key.set(this.ofSession(source, session));
    key.set(
      this.#mac("call", source, this.#encoder.encode(JSON.stringify([session ?? null, toolCallId]))).subarray(
        SESSION_BYTES,
      ),
      SESSION_BYTES,
    );
    return key;
  }

  /** The first bytes of the keys of a session's calls. */
  ofSession(source: string, session: string | undefined): Uint8Array {
    const name = `${source}\n${session === undefined ? "" : `=${session}`}`;
    let print = this.#sessions.get(name);
    if (print === undefined) {
      const text = this.#encoder.encode(JSON.stringify(session ?? null));
      print = this.#mac("session", source, text).subarray(0, SESSION_BYTES);
      if (this.#sessions.size >= 1_000) this.#sessions.clear();
      this.#sessions.set(name, print);
    }
    return print;
  }

  /** Key of the event of a line that is known by its place: `index` counts the events of one line. */
  ofPlace(source: string, file: string, offset: number, index: number, line: Uint8Array): Uint8Array {
    return this.#macOf(this.#encoder.encode(`place\n${source}\n${file}\n${offset}\n${index}\n`), line);
  }

  /** Of a file's first line; no dedupe key. */
  ofHead(source: string, line: Uint8Array): Uint8Array {
    return this.#mac("head", source, line);
  }

  /** Of a record of how far a file was read; no dedupe key. */
  ofFile(record: string): Uint8Array {
    return this.#mac("file", "", this.#encoder.encode(record));
  }

  /** The first 16 bytes of the HMAC of `<what>\n<source>\n<message>`. */
  #mac(what: string, source: string, message: Uint8Array): Uint8Array {
    return this.#macOf(this.#head(`${what}\n${source}\n`), message);
  }

  #macOf(head: Uint8Array, message: Uint8Array): Uint8Array {
    const length = BLOCK + head.length + message.length;
    if (length > this.#inner.length) {
      this.#inner = new Uint8Array(length * 2);
      this.#inner.set(this.#innerPad);
    }
    this.#inner.set(head, BLOCK);
    this.#inner.set(message, BLOCK + head.length);
    this.#outer.write(hash("sha256", this.#inner.subarray(0, length), "latin1"), BLOCK, "latin1");
    const digest = hash("sha256", this.#outer, "latin1");
    const key = new Uint8Array(KEY_BYTES);
    for (let i = 0; i < KEY_BYTES; i++) key[i] = digest.charCodeAt(i);
    return key;
  }

  #head(text: string): Uint8Array {
    let head = this.#heads.get(text);
    if (head === undefined) {
      head = this.#encoder.encode(text);
      if (this.#heads.size < 100) this.#heads.set(text, head);
    }
    return head;
  }
}

/** A key as text, for maps. Texts sort as their keys do. */
export function keyName(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
}

/** The key of the nth equal event (or of another one with a name), counted from 0: an event of another call with the same id and the same content. */
export function nthKey(key: Uint8Array, n: number | string): Uint8Array {
  if (n === 0) return key;
  const nth = key.slice();
  const digest = hash("sha256", `${Buffer.from(key).toString("hex")}\n${n}`, "buffer");
  nth.set(digest.subarray(0, KEY_BYTES - IDENTITY_BYTES), IDENTITY_BYTES);
  return nth;
}
