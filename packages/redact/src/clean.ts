// What a terminal may show: no control characters, no bidirectional overrides.
// Stripping comes before redaction: an escape in the middle of a secret must not hide it from the patterns.

const UNSAFE_CLASS = "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]";
const UNSAFE = new RegExp(UNSAFE_CLASS);
// A colour or cursor sequence goes as a whole; of any other escape only the control character, its text stays evidence.
const UNSAFE_ALL = new RegExp(`\\x1b\\[[0-?]*[ -/]*[@-~]|${UNSAFE_CLASS}`, "g");

/**
 * Text without control characters (tab, newline and carriage return stay), bidi overrides and lone surrogates.
 *
 * @internal
 */
export function cleanText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return UNSAFE.test(wellFormed) ? wellFormed.replace(UNSAFE_ALL, "") : wellFormed;
}

/** The same on one line, for descriptions and ids. @internal */
export function cleanLine(text: string): string {
  const clean = cleanText(text);
  return /[\s\u2028\u2029]/.test(clean) ? clean.replace(/[\s\u2028\u2029]+/g, " ").trim() : clean;
}

/** At most `limit` UTF-16 units, never half a character; an ellipsis shows that something was cut. @internal */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = limit - 1;
  const code = text.charCodeAt(end - 1);
  return `${text.slice(0, code >= 0xd800 && code <= 0xdbff ? end - 1 : end)}…`;
}
