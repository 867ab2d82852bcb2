// Strings that are secrets by their shape, wherever they stand: the token formats of `detectors/`.
//
// The text is an attacker's. A format is only tried where one of its literals stands, every repetition in it is bounded, and
// no place is passed twice by one format, so time is linear whatever the input.
import { FORMATS, type TokenFormat } from "./detectors/index.js";
import { type Literal, Literals } from "./literals.js";
import type { Span } from "./span.js";
import { type Share, UNBOUNDED } from "./work.js";

interface Compiled {
  readonly format: TokenFormat;
  readonly rest: RegExp;
  /** Characters that may stand before the literal and belong to the token, by their code. */
  readonly before: Uint8Array | undefined;
  /** Its place among all formats. */
  readonly index: number;
}

/** Classes of `before` are written as the inside of a character class. */
function codesOf(inside: string): Uint8Array {
  const one = new RegExp(`[${inside}]`);
  return Uint8Array.from({ length: 128 }, (_, code) => (one.test(String.fromCharCode(code)) ? 1 : 0));
}

const COMPILED: readonly Compiled[] = FORMATS.map((format, index) => ({
  format,
  rest: new RegExp(format.rest, format.anyCase ? "iy" : "y"),
  before: format.before === undefined ? undefined : codesOf(format.before.of),
  index,
}));

/** The literals of all formats, for the pre-filter. */
export const TOKEN_LITERALS: readonly Literal<Compiled>[] = COMPILED.flatMap((item) =>
  item.format.starts.map((text) => ({ text, anyCase: item.format.anyCase ?? false, item })),
);
const LITERALS = new Literals(TOKEN_LITERALS);

/** Where tokens of known formats stand. */
export function tokensIn(text: string, share: Share = UNBOUNDED): Span[] {
  const found: Span[] = [];
  /** How far each format has read. */
  let read: Int32Array | undefined;
  LITERALS.scan(text, (item, at, length) => {
    if (!share.take(1, at)) return true;
    const { format } = item;
    if (read !== undefined && at < read[item.index]!) return false;
    let start = at;
    if (item.before !== undefined) {
      const { least, most } = format.before!;
      const floor = Math.max(0, at - most);
      while (start > floor && item.before[text.charCodeAt(start - 1) & 127] === 1 && text.charCodeAt(start - 1) < 128)
        start--;
      if (at - start < least) return false;
    }
    if (format.anywhere !== true && isJoined(text, start)) return false;
    item.rest.lastIndex = at + length;
    const match = item.rest.exec(text);
    if (match === null) return false;
    const end = at + length + match[0].length;
    read ??= new Int32Array(COMPILED.length);
    read[item.index] = end;
    const from = format.keeps === true ? at + length : start;
    if (format.digit === true && !hasDigit(text, at + length, end)) return false;
    found.push({ start: from, end, kind: format.name });
    return false;
  });
  return found;
}

/** Whether a word goes on at this place: the letter of an escape (`\n`, `%3D`) is none of the word. */
function isJoined(text: string, at: number): boolean {
  if (at === 0 || !isWord(text.charCodeAt(at - 1))) return false;
  const before = text.charCodeAt(at - 2);
  if (before === 92 && /[nrt]/.test(text[at - 1]!)) return false;
  return !/^%[0-9A-Fa-f]{2}$/.test(text.slice(Math.max(0, at - 3), at));
}

function isWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

function hasDigit(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) return true;
  }
  return false;
}
