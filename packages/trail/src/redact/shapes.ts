// Strings that are secrets by their shape, wherever they stand: cloud and service keys, JWTs, Bearer and Basic values.
//
// The text is an attacker's. Each pattern is a literal followed by one character class, with nothing required behind an
// unbounded part, so a failed match never costs more than a few dozen characters: time is linear whatever the input.
import { REDACTED, type Redacted } from "./marker.js";

interface Shape {
  pattern: RegExp;
  /** Whether the match, found at `offset` of `text`, really is one. */
  accepts?: (match: string, text: string, offset: number) => boolean;
  /** How much of the match's beginning stays, as `Bearer ` does. */
  keeps?: (match: string) => number;
}

const word = (text: string, offset: number) => offset > 0 && /[A-Za-z0-9]/.test(text[offset - 1]!);

/** What follows `bearer` and `basic` in prose. */
const PROSE = new Set([
  "authentication",
  "authorization",
  "credential",
  "credentials",
  "header",
  "headers",
  "format",
  "scheme",
  "tokens",
  "usage",
]);

const SHAPES: readonly Shape[] = [
  { pattern: /(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16,}/g },
  { pattern: /gh[pousr]_[A-Za-z0-9]{16,}/g },
  { pattern: /github_pat_[A-Za-z0-9_]{20,}/g },
  { pattern: /glpat-[A-Za-z0-9_-]{16,}/g },
  { pattern: /xox[a-z]-[A-Za-z0-9-]{10,}/g },
  { pattern: /xapp-\d-[A-Za-z0-9-]{10,}/g },
  {
    pattern: /hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/_-]{16,}/g,
    keeps: (match) => match.indexOf("/", 16) + 1,
  },
  { pattern: /[sr]k_(?:live|test)_[A-Za-z0-9]{10,}/g },
  { pattern: /whsec_[A-Za-z0-9+/=]{16,}/g },
  // OpenAI (sk-, sk-proj-) and Anthropic (sk-ant-); not the "sk-" in the middle of "task-".
  { pattern: /sk-[A-Za-z0-9_-]{16,}/g, accepts: (match, text, offset) => !word(text, offset) && /\d/.test(match) },
  { pattern: /AIza[0-9A-Za-z_-]{30,}/g },
  { pattern: /ya29\.[0-9A-Za-z_-]{20,}/g },
  { pattern: /GOCSPX-[0-9A-Za-z_-]{20,}/g },
  { pattern: /npm_[A-Za-z0-9]{30,}/g },
  { pattern: /pypi-[A-Za-z0-9_-]{40,}/g },
  { pattern: /hf_[A-Za-z0-9]{30,}/g },
  { pattern: /gsk_[A-Za-z0-9]{30,}/g },
  { pattern: /xai-[A-Za-z0-9]{30,}/g },
  { pattern: /dop_v1_[a-f0-9]{40,}/g },
  { pattern: /SG\.[A-Za-z0-9_-]{16,40}\.[A-Za-z0-9_-]{20,}/g },
  { pattern: /AGE-SECRET-KEY-1[A-Z0-9]{20,}/g },
  { pattern: /AccountKey=[A-Za-z0-9+/=]{20,}/g, keeps: () => 11 },
  { pattern: /[?&]sig=[A-Za-z0-9%+/=]{20,}/g, keeps: () => 5 },
  { pattern: /X-Amz-Signature=[0-9a-f]{32,}/gi, keeps: () => 16 },
  {
    // Every part behind the first is optional, so that a run without dots is passed once and not again at each "eyJ".
    pattern: /eyJ[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)?(?:\.[A-Za-z0-9_-]*)?(?:\.[A-Za-z0-9_-]*)*/g,
    accepts: (match) => {
      const dots = match.split(".", 3);
      return dots.length === 3 && dots[0]!.length >= 8 && match.length >= 20;
    },
  },
  {
    pattern: /\bbearer(?:[ \t]|%20|\+){1,8}(?!bearer\b|basic\b)[A-Za-z0-9_/.~-][A-Za-z0-9+/=._~%-]{5,}/gi,
    accepts: (match) => !PROSE.has(credentialOf(match).toLowerCase()),
    keeps: (match) => match.length - credentialOf(match).length,
  },
  {
    pattern: /\bbasic[ \t]{1,8}(?!bearer\b|basic\b)[A-Za-z0-9][A-Za-z0-9+/=_-]{5,}/gi,
    accepts: (match) =>
      /[0-9=+/]|[^A-Z][A-Z]/.test(credentialOf(match)) && !PROSE.has(credentialOf(match).toLowerCase()),
    keeps: (match) => match.length - credentialOf(match).length,
  },
];

function credentialOf(match: string): string {
  return match.replace(/^[a-z]+(?:[ \t]|%20|\+)+/i, "");
}

/** `curl -u user:password`: the one flag whose name does not say what it carries and that agents write every day. */
const CURL_USER = /((?:^|\s)(?:-u|-U|--user|--proxy-user)[ =]?["']?[^\s:"']{1,200}:)([^\s"']{1,1000})/g;

/** A bare `-p` of the commands that take a password there; mysql takes none but run together with it. */
const PASSWORD_FLAG =
  /(\b(?:sshpass|(?:docker|podman) login\b[^\n|;&]{0,200}?)[ \t]+-p[ \t=]*["']?|\bmysql(?:dump|admin)?\b[^\n|;&]{0,200}?[ \t]-p["']?)([^\s"']{1,1000})/g;

/** One pass that tells whether any of the shapes can match at all. */
const ANY =
  /AKIA|ASIA|ABIA|ACCA|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|hooks\.slack|[sr]k_|whsec_|sk-|AIza|ya29|GOCSPX|npm_|pypi-|hf_|gsk_|xai-|dop_v1|SG\.|AGE-SEC|AccountKey|sig=|X-Amz-S|eyJ|bearer|basic|curl|sshpass|mysql|docker|podman/i;

/** Where the shapes stand, in no order, for a text that is not itself to be changed. */
export function shapesIn(text: string): { start: number; end: number; quote: string }[] {
  const found: { start: number; end: number; quote: string }[] = [];
  if (!ANY.test(text)) return found;
  for (const { pattern, accepts, keeps } of SHAPES) {
    for (const match of text.matchAll(pattern)) {
      if (accepts !== undefined && !accepts(match[0], text, match.index)) continue;
      const start = match.index + (keeps?.(match[0]) ?? 0);
      found.push({ start, end: match.index + match[0].length, quote: "" });
    }
  }
  return found;
}

/** Masks in place whatever has the shape of a secret. */
export function maskShapes(text: string): Redacted {
  let count = 0;
  let out = text;
  if (!ANY.test(text)) return { text, count };
  for (const { pattern, accepts, keeps } of SHAPES) {
    out = out.replace(pattern, (match: string, ...rest: unknown[]) => {
      const offset = rest[rest.length - 2] as number;
      if (accepts !== undefined && !accepts(match, rest[rest.length - 1] as string, offset)) return match;
      count++;
      return match.slice(0, keeps?.(match) ?? 0) + REDACTED;
    });
  }
  const maskFlag = (match: string, before: string, secret: string) => {
    if (secret === REDACTED || /^\d+$/.test(secret) || secret.startsWith("$")) return match;
    count++;
    return before + REDACTED;
  };
  if (out.includes("curl")) out = out.replace(CURL_USER, maskFlag);
  if (/sshpass|mysql|docker|podman/.test(out)) out = out.replace(PASSWORD_FLAG, maskFlag);
  return { text: out, count };
}
