// Credentials in URLs: `scheme://user:password@host`, a long token that stands alone before the `@`, and parameters.
import { REDACTED } from "./marker.js";
import type { Span } from "./span.js";
import { looksOpaque } from "./values.js";
import { type Share, UNBOUNDED } from "./work.js";

const ENDS = /[\s/?#"'<>`\\]/g;
const HARD_END = /[\s"'<>`]/;
/** Of what follows a password with a slash in it, what is read. */
const LONGEST_PATH = 300;

/** Parameters whose names say nothing elsewhere: only a value that looks like a secret is one. */
const PARAMETERS =
  "key code sig signature ticket sid session sessionid session_id assertion hmac access credential invite confirm confirmation verify st x-amz-signature x-goog-signature".split(
    " ",
  );
const PARAMETER = new RegExp(`[?&](?:${PARAMETERS.join("|")})=([^&\\s"'<>#\`\\\\]{16,2000})`, "gi");

/** What the pre-filter looks for. */
export const URL_LITERALS: readonly string[] = ["://", ...PARAMETERS.flatMap((name) => [`?${name}=`, `&${name}=`])];

/** Linear: every search starts where the one before it stopped. */
export function urlCredentialsIn(text: string, share: Share = UNBOUNDED): Span[] {
  const found: Span[] = [];
  for (let from = text.indexOf("://"); from >= 0; from = text.indexOf("://", from)) {
    if (!share.take(2, from)) break;
    const start = from + 3;
    ENDS.lastIndex = start;
    let end = ENDS.exec(text)?.index ?? text.length;
    // The last "@" before the path is the one that counts: `user:p@ss@host`.
    let authority = text.slice(start, end);
    let at = authority.lastIndexOf("@");
    if (at < 0 && oddPort(authority)) {
      // `user:pa/ss@host`: what follows the colon is no port, so the path has not begun.
      const beyond = text.slice(end, end + LONGEST_PATH);
      const stop = beyond.search(HARD_END);
      const longer = authority + (stop < 0 ? beyond : beyond.slice(0, stop));
      at = longer.lastIndexOf("@");
      if (at >= 0) {
        authority = longer;
        end = start + longer.length;
      }
    }
    if (at >= 0) {
      const colon = authority.indexOf(":");
      const from = colon >= 0 && colon < at ? colon + 1 : at >= 16 ? 0 : at;
      const secret = authority.slice(from, at);
      if (secret !== "" && secret !== REDACTED && !/^\$\{?[A-Z_][A-Z0-9_]*\}?$/.test(secret))
        found.push({ start: start + from, end: start + at, kind: "url-password" });
    }
    from = end;
  }
  for (const match of text.matchAll(PARAMETER)) {
    if (!share.take(2, match.index)) break;
    const end = match.index + match[0].length;
    if (looksOpaque(match[1]!)) found.push({ start: end - match[1]!.length, end, kind: "url-parameter" });
  }
  return found;
}

function oddPort(authority: string): boolean {
  if (authority.length > 300) return false;
  const colon = authority.lastIndexOf(":");
  return colon >= 0 && !authority.includes("[") && !/^\d{0,5}$/.test(authority.slice(colon + 1));
}
