/**
 * The `format` member of a long JSON object, found without parsing it: a parsed value of 16 MiB takes hundreds of megabytes,
 * and the verifier parses the file too. Nothing else of the text is checked.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPENING = [0x7b, 0x5b];
const CLOSING = [0x7d, 0x5d];
const BLANKS = [0x20, 0x09, 0x0a, 0x0d];
/** Longer names and formats are none of ours. */
const LONGEST = 64;

/** Undefined where the object has no such member, or its value is no short text. */
export function formatMember(bytes: Uint8Array): string | undefined {
  let depth = 0;
  let name: string | undefined;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (OPENING.includes(byte)) depth++;
    else if (CLOSING.includes(byte)) depth--;
    else if (byte === COMMA && depth === 1) name = undefined;
    else if (byte === QUOTE) {
      const end = endOfString(bytes, at);
      if (depth === 1 && end - at <= LONGEST) {
        const text = new TextDecoder().decode(bytes.subarray(at + 1, end));
        if (name === "format") return text;
        if (name === undefined && isName(bytes, end)) name = text;
      }
      at = end;
    }
  }
  return undefined;
}

/** The place of the quotation mark that ends the string, or the end of the text. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}

function isName(bytes: Uint8Array, end: number): boolean {
  let at = end + 1;
  while (BLANKS.includes(bytes[at]!)) at++;
  return bytes[at] === COLON;
}
