// Private key blocks (PEM, OpenSSH, PGP) in any text, also inside JSON text where line ends are written `\n`.
//
// Only what can be a key is taken: the header, the lines of base64 behind it, and the footer where it follows them. A header
// without a key hides nothing of what stands behind it.
import type { Span } from "./span.js";

const BEGIN = "-----BEGIN ";
const HEADER = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
/** Between two lines: white space, escaped line ends at any depth, and what quotes lines in source code, mail and YAML. */
const BETWEEN = /(?:\s|\\{1,16}[nrt]|[",'>|+]){1,400}/y;
/** What may stand between the header and the key, line by line. */
const FIELD = /(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID): [\w ,.:@<>()/+-]{0,120}/y;
const LINE = /[A-Za-z0-9+/=]{1,4096}/y;
const FOOTER = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
/** Shorter runs may be words: they belong to a key only where its footer follows, or at the end of a text that was cut. */
const SHORTEST_LINE = 24;

/** Each key block; one whose end was cut off ends with its last line of base64. Linear: every character is passed once or twice. */
export function keyBlocksIn(text: string): Span[] {
  const found: Span[] = [];
  for (let from = text.indexOf(BEGIN); from >= 0; from = text.indexOf(BEGIN, from)) {
    const body = endOf(HEADER, text, from);
    if (body === undefined) {
      from += BEGIN.length;
      continue;
    }
    const end = endOfKey(text, body);
    if (end > body) found.push({ start: from, end, kind: "private-key" });
    from = Math.max(end, body);
  }
  return found;
}

/** Behind the key that begins at `body`, or `body` where there is none. */
function endOfKey(text: string, body: number): number {
  // Where the last long line ended: the end of a key whose footer was cut off.
  let end = body;
  let lines = 0;
  for (let at = body; ; ) {
    at = endOf(BETWEEN, text, at) ?? at;
    const footer = endOf(FOOTER, text, at);
    if (footer !== undefined) return lines > 0 ? footer : body;
    const field = lines === 0 ? endOf(FIELD, text, at) : undefined;
    if (field !== undefined) {
      at = field;
      continue;
    }
    const line = endOf(LINE, text, at);
    if (line === undefined) return end;
    if (line - at >= SHORTEST_LINE || (end > body && line === text.length)) end = line;
    lines++;
    at = line;
  }
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
