// Secrets in base64: what a run of it holds is looked at as any text, and the run goes whole where that holds a secret. Lines of
// wrapped base64 are one run. Bounded: a run is decoded once, its beginning first, and what is in it at most three deep.
import type { Span } from "./span.js";
import { type Share, UNBOUNDED } from "./work.js";

/** A run that may be text: what text's first two bytes and the half of the third can be. Spares two of three paths and names. */
const RUN =
  /(?:(?<![A-Za-z0-9+/_-])|(?<=\\[nrt]))[CDI-Za-f][AC-HQS-Xgi-nwy-z0-3][AEIMQUYcgkosw048BFJNRVZdhlptx159](?:[A-Za-z0-9+/]{57,}={0,2}(?:(?:\r?\n|\\n)[A-Za-z0-9+/]{2,}={0,2})+|[A-Za-z0-9+/_-]{13,}={0,2})/g;
const deepest = 3;
/** Characters, of which a run's beginning decides whether it is text at all. */
const beginning = 16;

let depth = 0;

/** Runs of base64 in which `holdsSecret` finds something. */
export function encodedIn(text: string, holdsSecret: (inner: string) => boolean, share: Share = UNBOUNDED): Span[] {
  const found: Span[] = [];
  if (depth >= deepest) return found;
  for (const match of text.matchAll(RUN)) {
    if (!share.take(4, match.index)) break;
    const inner = decoded(match[0]);
    if (inner === undefined) continue;
    share.take(8 + (inner.length >> 6), match.index);
    depth++;
    try {
      if (!holdsSecret(inner)) continue;
    } finally {
      depth--;
    }
    found.push({ start: match.index, end: match.index + match[0].length, kind: "encoded-secret" });
  }
  return found;
}

function decoded(run: string): string | undefined {
  const head = Buffer.from(run.slice(0, beginning), "base64");
  if (isText(head)) {
    const bytes = Buffer.from(run.includes("\\n") ? run.replaceAll("\\n", "") : run, "base64");
    return bytes.toString("utf8");
  }
  // As PowerShell takes it: UTF-16, every other byte of plain text a zero.
  const wide = head.length >= 8 && head[1] === 0 && head[3] === 0 && head[5] === 0 && head[0] !== 0;
  return wide ? Buffer.from(run, "base64").toString("utf16le") : undefined;
}

function isText(bytes: Uint8Array): boolean {
  for (const byte of bytes) {
    if (byte >= 0x7f || (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)) return false;
  }
  return true;
}
