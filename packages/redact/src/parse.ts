// JSON text to a value without losing digits (formats.md, opening part): a number beyond 2^53-1, or one that overflows,
// becomes a string of what was written. `__proto__` stays an own member, as JSON.parse makes it.

// Only a number can follow one of these signs outside a string, so a line without this has no such number. It costs 0.2 us
// a line; the reviver costs 10.
const MAY_BE_LARGE = /[:,[]\s*-?(?:\d{16}|\d[\d.]*[eE])/;

/** Throws SyntaxError as JSON.parse does. @internal */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!MAY_BE_LARGE.test(text)) return value;
  try {
    return JSON.parse(text, keepDigits as (this: unknown, key: string, value: unknown) => unknown);
  } catch {
    return value; // nested too deep for the reviver, which recurses; such a value is cut at depth 48 anyway
  }
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  return context?.source ?? String(value);
}
