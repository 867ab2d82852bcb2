// RFC 8785 canonical JSON, the text that is hashed and signed. The library does the work; this pins what may go in.
import canonicalize from "canonicalize";

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

export type JsonObject = { [key: string]: JsonValue };

/** JCS of a value, or undefined where it has none: NaN, Infinity, lone surrogates, cycles, BigInt, and values that are not JSON at all. */
export function canonicalJson(value: unknown): string | undefined {
  try {
    return canonicalize(value);
  } catch {
    return undefined;
  }
}

/** JCS of `value`. Throws TypeError on what has none. */
export function jcs(value: JsonValue): string {
  const text = canonicalJson(value);
  if (text === undefined) throw new TypeError("value: not a JSON value");
  return text;
}
