// RFC 8785 canonical JSON, the text that is hashed and signed. The library does the work; this pins what may go in.
import canonicalize from "canonicalize";
import { isObject } from "./shape.js";

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

export type JsonObject = { [key: string]: JsonValue };

/** JCS of `value`. Throws TypeError on what has none: NaN, Infinity, lone surrogates, cycles, BigInt, and values that are not JSON at all. */
export function jcs(value: JsonValue): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = canonicalize(value);
  } catch (error) {
    cause = error;
  }
  if (text === undefined) throw new TypeError("value: not a JSON value", { cause });
  return text;
}

/** Characters of a piece, unless one text is longer. */
const PIECE = 1 << 16;

/**
 * JCS in pieces, without the library: the whole text of a large value would take more memory than the value. For plain values,
 * such as `parseStrict` gives. Throws as `jcs` does.
 */
export function jcsPieces(value: JsonValue, take: (piece: string) => void): void {
  let text = "";
  const write = (value: JsonValue, before: string): void => {
    text += before;
    if (Array.isArray(value)) {
      text += "[";
      value.forEach((item, i) => {
        write(item, i ? "," : "");
      });
      text += "]";
    } else if (isObject(value)) {
      text += "{";
      // The default order is by UTF-16 code units.
      const names = Object.keys(value).sort();
      names.forEach((name, i) => {
        write(value[name] as JsonValue, `${i ? "," : ""}${spelled(name)}:`);
      });
      text += "}";
    } else text += spelled(value);
    if (text.length > PIECE) {
      take(text);
      text = "";
    }
  };
  write(value, "");
  take(text);
}

/** A text, number, boolean or null. */
function spelled(value: JsonValue): string {
  const is = typeof value;
  if (
    is === "string"
      ? (value as string).isWellFormed()
      : is === "number"
        ? Number.isFinite(value)
        : value === null || is === "boolean"
  )
    return JSON.stringify(value);
  throw new TypeError("value: not a JSON value");
}
