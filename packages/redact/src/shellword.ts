// Where a value ends that begins at a given place of free text: a quoted string at any depth of escaping, a shell word
// of several pieces, a JSON structure, or the rest of a line.

export interface Value {
  start: number;
  end: number;
  /** Inside quotes: start and end are those of what the quotes hold. */
  quoted: boolean;
  /** The quote that closed the key, with its backslashes; empty where the key had none. */
  jsonQuote: string;
  /** White space stood around the sign. */
  spaced: boolean;
}

interface Context {
  wholeLine: boolean;
  jsonQuote: string;
  spaced: boolean;
  /** Where the key began: tells whether a quote behind the value closes one that was open before it. */
  before: number;
}

const PARITY_REACH = 256;
const SUBSTITUTION_REACH = 256;

export function endOfValue(text: string, start: number, context: Context): Value {
  const { jsonQuote, spaced } = context;
  const slashes = slashesAt(text, start);
  const first = text[start + slashes];
  if (isQuote(first)) {
    const inside = start + slashes + 1;
    const close = closingQuote(text, inside, first!, slashes);
    const after = close < 0 ? text.length : close + slashes + 1;
    if (close < 0) return { start: inside, end: text.length, quoted: true, jsonQuote, spaced };
    // `"a"b'c'` is one word in a shell; in JSON text nothing but punctuation follows the quote.
    if (slashes > 0 || jsonQuote !== "" || context.wholeLine || !joins(text, after))
      return { start: inside, end: close, quoted: true, jsonQuote, spaced };
    return { start, end: endOfWord(text, after, context.before), quoted: false, jsonQuote, spaced };
  }
  if (jsonQuote !== "" && (first === "{" || first === "[")) {
    return { start, end: endOfStructure(text, start, jsonQuote.length - 1), quoted: false, jsonQuote, spaced };
  }
  const end = context.wholeLine ? endOfLine(text, start, context.before) : endOfWord(text, start, context.before);
  // Closing brackets and commas belong to what stands around the value.
  let trimmed = end;
  while (trimmed > start && ",)]}".includes(text[trimmed - 1]!)) trimmed--;
  // Not those of a mark that is already there, nor that of `$(...)`.
  if (text.slice(Math.max(start, trimmed - 9), trimmed) === "[REDACTED" || text.startsWith("$(", start))
    trimmed = Math.min(end, trimmed + 1);
  return { start, end: trimmed, quoted: false, jsonQuote, spaced };
}

function endOfWord(text: string, from: number, before: number): number {
  for (let i = from; i < text.length; i++) {
    const c = text[i]!;
    if (/[\s;&|<>]/.test(c)) return i;
    if (c === "\\") {
      const run = slashesAt(text, i);
      const next = text[i + run];
      if (isQuote(next)) {
        if (openBefore(text, before, next!, run)) return i;
        i += run;
      } else if (next === undefined) return i;
      else if (next === "\n") {
        // A word goes on behind a line end that is escaped, unless a blank follows.
        if (run % 2 === 0 || i === from || /[\s#]/.test(text[i + run + 1] ?? " ")) return i;
        i += run;
      } else i += run; // an escaped character, white space included
    } else if (isQuote(c)) {
      if (openBefore(text, before, c, 0)) return i;
      const close = closingQuote(text, i + 1, c, 0);
      if (close < 0) return text.length;
      i = close;
    } else if (c === "$" && text[i + 1] === "(") {
      const close = text.slice(i, i + SUBSTITUTION_REACH).indexOf(")");
      if (close > 0) i += close;
    }
  }
  return text.length;
}

function endOfLine(text: string, from: number, before: number): number {
  for (let i = from; i < text.length; i++) {
    const c = text[i]!;
    if (c === "\n" || c === "\r") return i;
    if (c === "\\") {
      const run = slashesAt(text, i);
      const next = text[i + run];
      if ((isQuote(next) && openBefore(text, before, next!, run)) || next === "n" || next === "r") return i;
      i += run;
    } else if (isQuote(c) && openBefore(text, before, c, 0)) return i;
  }
  return text.length;
}

/** The place of the backslashes of the quote that closes a string opened with `slashes` backslashes, or -1. */
function closingQuote(text: string, from: number, quote: string, slashes: number): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
    let run = 0;
    while (run < 64 && at - 1 - run >= from && text.charCodeAt(at - 1 - run) === 92) run++;
    if (slashes === 0 ? run % 2 === 0 : run <= slashes) return at - (slashes === 0 ? 0 : run);
  }
  return -1;
}

/** A JSON structure's end, by its brackets outside strings; the end of the text where they never close. */
function endOfStructure(text: string, start: number, slashes: number): number {
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 92) {
      const run = slashesAt(text, i);
      if (text[i + run] === '"' && run <= slashes) inString = !inString;
      i += run;
    } else if (c === 34) inString = !inString;
    else if (inString) continue;
    else if (c === 123 || c === 91) depth++;
    else if ((c === 125 || c === 93) && --depth === 0) return i + 1;
  }
  return text.length;
}

/** Whether an odd number of such quotes stands before the key on its line: the next one closes, it does not open. */
function openBefore(text: string, before: number, quote: string, slashes: number): boolean {
  let odd = false;
  for (let i = before - 1, floor = Math.max(0, before - PARITY_REACH); i >= floor; i--) {
    const c = text[i]!;
    if (c === "\n") break;
    if (c !== quote) continue;
    let run = 0;
    while (run < 32 && text.charCodeAt(i - 1 - run) === 92) run++;
    if (run === slashes) odd = !odd;
  }
  return odd;
}

function joins(text: string, at: number): boolean {
  const c = text[at];
  return c !== undefined && /[^\s;&|<>,)\]}:]/.test(c);
}

function isQuote(c: string | undefined): boolean {
  return c === '"' || c === "'" || c === "`";
}

function slashesAt(text: string, at: number): number {
  let n = 0;
  while (n < 64 && text.charCodeAt(at + n) === 92) n++;
  return n;
}
