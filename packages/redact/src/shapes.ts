// Secrets that are known by what they are made of and by the scheme in front of them: JSON Web Tokens, Bearer and Basic values.
// What has a provider's prefix is found in tokens.ts.
import type { Span } from "./span.js";
import { type Share, UNBOUNDED } from "./work.js";

interface Shape {
  readonly kind: string;
  readonly pattern: RegExp;
  /** Whether the match really is one. */
  readonly accepts: (match: string) => boolean;
  /** How much of the match's beginning stays, as `Bearer ` does. */
  readonly keeps?: (match: string) => number;
}

/** What follows `bearer` and `basic` in prose. */
const PROSE = new Set(
  "authentication authorization credential credentials header headers format scheme tokens usage example examples".split(
    " ",
  ),
);

const SHAPES: readonly Shape[] = [
  {
    kind: "jwt",
    // Every part behind the first is optional, so that a run without dots is passed once and not again at each "eyJ".
    pattern: /eyJ[A-Za-z0-9_-]{0,20000}(?:\.[A-Za-z0-9_-]{0,20000}){0,6}/g,
    accepts: (match) => {
      const dots = match.split(".", 3);
      return dots.length === 3 && dots[0]!.length >= 8 && match.length >= 20;
    },
  },
  {
    kind: "bearer-token",
    pattern: /\bbearer(?:[ \t]|%20|\+){1,8}(?!bearer\b|basic\b)[A-Za-z0-9_/.~-][A-Za-z0-9+/=._~%-]{5,8000}/gi,
    accepts: (match) => !PROSE.has(credentialOf(match).toLowerCase()),
    keeps: (match) => match.length - credentialOf(match).length,
  },
  {
    kind: "basic-credentials",
    pattern: /\bbasic[ \t]{1,8}(?!bearer\b|basic\b)[A-Za-z0-9][A-Za-z0-9+/=_-]{5,4000}/gi,
    accepts: (match) =>
      /[0-9=+/]|[^A-Z][A-Z]/.test(credentialOf(match)) && !PROSE.has(credentialOf(match).toLowerCase()),
    keeps: (match) => match.length - credentialOf(match).length,
  },
];

function credentialOf(match: string): string {
  return match.replace(/^[a-z]{1,8}(?:[ \t]|%20|\+)+/i, "");
}

export function shapesIn(text: string, share: Share = UNBOUNDED): Span[] {
  const found: Span[] = [];
  for (const { kind, pattern, accepts, keeps } of SHAPES) {
    for (const match of text.matchAll(pattern)) {
      if (!share.take(2, match.index)) break;
      if (!accepts(match[0])) continue;
      found.push({ start: match.index + (keeps?.(match[0]) ?? 0), end: match.index + match[0].length, kind });
    }
  }
  return found;
}
