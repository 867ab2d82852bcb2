// Credentials in URLs: `scheme://user:password@host`, and a long token that stands alone before the `@`.
import { REDACTED, type Redacted } from "./marker.js";

const ENDS = /[\s/?#"'<>`\\]/g;
const HARD_ENDS = /[\s"'<>`]/g;

/** Linear: every search starts where the one before it stopped. */
export function maskUrlCredentials(text: string): Redacted {
  let out = "";
  let done = 0;
  let count = 0;
  for (let from = text.indexOf("://"); from >= 0; from = text.indexOf("://", from)) {
    const start = from + 3;
    let end = next(text, ENDS, start);
    // The last "@" before the path is the one that counts: `user:p@ss@host`.
    let authority = text.slice(start, end);
    let at = authority.lastIndexOf("@");
    if (at < 0 && oddPort(authority)) {
      // `user:pa/ss@host`: what follows the colon is no port, so the path has not begun.
      const longer = text.slice(start, Math.min(next(text, HARD_ENDS, end), end + 300));
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
      if (secret !== "" && secret !== REDACTED && !/^\$\{?[A-Z_][A-Z0-9_]*\}?$/.test(secret)) {
        out += text.slice(done, start + from) + REDACTED;
        done = start + at;
        count++;
      }
    }
    from = end;
  }
  return count === 0 ? { text, count } : { text: out + text.slice(done), count };
}

function oddPort(authority: string): boolean {
  if (authority.length > 300) return false;
  const colon = authority.lastIndexOf(":");
  return colon >= 0 && !authority.includes("[") && !/^\d{0,5}$/.test(authority.slice(colon + 1));
}

function next(text: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}
