// JSON that stands in a text: hosts put tool arguments and answers into strings, and a key says more than a shape.
import { cleanText } from "./clean.js";
import type { Redacted } from "./marker.js";
import { parseJson } from "./parse.js";
import type { Pattern } from "./patterns.js";
import { type RedactText, ValueWriter } from "./value.js";
import type { Work } from "./work.js";

/**
 * Redacts a text that is one JSON object or array by its keys. Undefined when it is none, or has a name twice in one
 * object (what the parser drops would stay in the text) or nests too deep: then it is to be treated as any text.
 */
export function redactJsonText(
  text: string,
  patterns: readonly Pattern[],
  redactText: RedactText,
  work: Work,
): Redacted | undefined {
  if (!mayBeJson(text)) return undefined;
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return undefined;
  }
  if (membersIn(text) !== membersOf(value)) return undefined;
  const writer = new ValueWriter({
    redactText,
    patterns,
    maxString: Number.POSITIVE_INFINITY,
    budget: text.length * 4,
    sorted: false,
    work,
  });
  const out = writer.write(value);
  if (writer.tooDeep || writer.truncated) return undefined;
  return writer.redacted > 0 && out !== undefined
    ? { text: cleanText(out), count: writer.redacted, secrets: writer.secrets }
    : { text, count: 0 };
}

/** Whether a text begins and ends as an object or an array does. */
export function mayBeJson(text: string): boolean {
  return /^\s{0,64}[[{]/.test(text) && /[\]}]\s{0,64}$/.test(text.slice(-65));
}

/** Members of all objects of a JSON text: its colons outside strings. */
function membersIn(text: string): number {
  let n = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 92) i++;
      else if (c === 34) inString = false;
    } else if (c === 34) inString = true;
    else if (c === 58) n++;
  }
  return n;
}

function membersOf(value: unknown): number {
  let n = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== "object" || next === null) continue;
    const values = Object.values(next);
    if (!Array.isArray(next)) n += values.length;
    for (const inner of values) if (typeof inner === "object") open.push(inner);
  }
  return n;
}
