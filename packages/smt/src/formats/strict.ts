// The door for every file: bytes in, one clean JSON value out, or the reason why not (formats.md, opening).
// JSON.parse is not enough: it takes the last of two equal keys, rounds big integers and repairs surrogates, and where two
// verifiers read one file differently an attacker shows each the version it likes. Time is linear, recursion ends at 64.
import type { StrictCode } from "../codes.js";
import type { JsonValue } from "./jcs.js";

/** Bounds on the work for one piece of evidence. What is not given keeps its default. */
export interface Limits {
  /** Bytes that `parseStrict` takes; 16 MiB by default. */
  bytes?: number;
  /** Values that `parseStrict` takes, arrays and objects counted like what is in them; 1,000,000 by default. */
  values?: number;
  /** Nodes that a multiproof or an extension proof may have; 1,000,000 by default. `parseStrict` has no use for it. */
  nodes?: number;
}

export type Parsed = { ok: true; value: JsonValue } | { ok: false; code: StrictCode };

const MAX_BYTES = 16 * 1024 * 1024;
const MAX_NESTING = 64;
/** An empty array is two bytes of text and a hundred of memory: the bytes alone do not bound what a file costs. */
const MAX_VALUES = 1_000_000;

class Refusal {
  readonly code: StrictCode;
  constructor(code: StrictCode) {
    this.code = code;
  }
}

/**
 * An object whose prototype is empty: no member is there but its own, and `__proto__` is one like any other. An object without
 * any prototype takes V8 three times the memory.
 */
const Bare = function Bare() {} as unknown as { new (): { [key: string]: JsonValue }; prototype: object };
Bare.prototype = Object.freeze(Object.create(null));

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const notFinite = /-?Infinity|NaN/y;

/** One strict JSON value out of `bytes`. Never throws on bytes. The prototype of objects is empty, so `__proto__` is a member like any other. */
export function parseStrict(bytes: Uint8Array, options: { limits?: Limits } = {}): Parsed {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("bytes: expected a Uint8Array");
  if (bytes.length > (options.limits?.bytes ?? MAX_BYTES)) return { ok: false, code: "too-large" };
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { ok: false, code: "byte-order-mark" };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { ok: false, code: "invalid-utf8" };
  }
  try {
    return { ok: true, value: parseText(text, options.limits?.values ?? MAX_VALUES) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, code: error.code };
    throw error;
  }
}

function parseText(text: string, mostValues: number): JsonValue {
  let at = 0;
  let values = 0;

  function space(): void {
    for (;;) {
      const c = text.charCodeAt(at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      at++;
    }
  }

  function string(): string {
    const start = at;
    let escaped = false;
    for (at++; ; at++) {
      const c = text.charCodeAt(at);
      if (c === 0x22) break;
      if (!(c >= 0x20)) throw new Refusal("not-json"); // a control character, or the end (NaN)
      if (c === 0x5c) {
        escaped = true;
        at++;
      }
    }
    at++;
    if (!escaped) return text.slice(start + 1, at - 1);
    let unescaped: string;
    try {
      unescaped = JSON.parse(text.slice(start, at)) as string;
    } catch {
      throw new Refusal("not-json");
    }
    // The bytes were UTF-8, so only an escape can have made half a pair.
    if (!unescaped.isWellFormed()) throw new Refusal("lone-surrogate");
    return unescaped;
  }

  function literal(word: string, value: null | boolean): null | boolean {
    if (!text.startsWith(word, at)) throw new Refusal("not-json");
    at += word.length;
    return value;
  }

  function numeral(): number {
    notFinite.lastIndex = at;
    if (notFinite.test(text)) throw new Refusal("not-finite");
    number.lastIndex = at;
    const spelled = number.exec(text)?.[0];
    if (spelled === undefined) throw new Refusal("not-json");
    at += spelled.length;
    const value = Number(spelled);
    if (!Number.isFinite(value)) throw new Refusal("not-finite");
    // Every double beyond 2^53-1 is an integer, so the double decides, whatever the spelling.
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new Refusal("unsafe-integer");
    return value + 0; // -0 is 0, as JCS prints it
  }

  function array(depth: number): JsonValue[] {
    at++;
    space();
    if (text.charCodeAt(at) === 0x5d) {
      at++;
      return [];
    }
    // Made with its first item: an array that grows from none has room for seventeen at once.
    const items = [value(depth)];
    for (;;) {
      space();
      const c = text.charCodeAt(at++);
      if (c === 0x5d) return items;
      if (c !== 0x2c) throw new Refusal("not-json");
      items.push(value(depth));
    }
  }

  function object(depth: number): { [key: string]: JsonValue } {
    const members = new Bare();
    at++;
    space();
    if (text.charCodeAt(at) === 0x7d) {
      at++;
      return members;
    }
    for (;;) {
      space();
      if (text.charCodeAt(at) !== 0x22) throw new Refusal("not-json");
      const key = string();
      if (key in members) throw new Refusal("duplicate-key");
      space();
      if (text.charCodeAt(at++) !== 0x3a) throw new Refusal("not-json");
      members[key] = value(depth);
      space();
      const c = text.charCodeAt(at++);
      if (c === 0x7d) return members;
      if (c !== 0x2c) throw new Refusal("not-json");
    }
  }

  /** `depth` is how many arrays and objects are open around this value. */
  function value(depth: number): JsonValue {
    space();
    if (++values > mostValues) throw new Refusal("too-large");
    switch (text.charCodeAt(at)) {
      case 0x7b:
        if (depth === MAX_NESTING) throw new Refusal("too-deep");
        return object(depth + 1);
      case 0x5b:
        if (depth === MAX_NESTING) throw new Refusal("too-deep");
        return array(depth + 1);
      case 0x22:
        return string();
      case 0x74:
        return literal("true", true);
      case 0x66:
        return literal("false", false);
      case 0x6e:
        return literal("null", null);
      default:
        return numeral();
    }
  }

  const parsed = value(0);
  space();
  if (at < text.length) throw new Refusal("trailing-bytes");
  return parsed;
}
