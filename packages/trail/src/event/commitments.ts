// What a masked or cut value leaves behind: a commitment under the event's content salt. Whoever has the original can show that
// it stood there; nobody can read it from the commitment (formats.md, "Redaction").

import { type Cut, MOST_PLACES, type Secret } from "@sealtrail/redact";
import { sealed } from "@sealtrail/verify/event";

/** Entries of one list; what is beyond becomes one last entry. */
const MOST = MOST_PLACES;
const encoder = new TextEncoder();
const commitmentTo = (contentSalt: Uint8Array, value: string): string => sealed(contentSalt, encoder.encode(value));

/**
 * RFC 8785 text of `metadata.redactions`: `{at, kind, sealed}` for each masked value, in order. Beyond 64 a last entry
 * `{at: "", kind: "more", count, sealed}` commits to the JSON list of the other values.
 */
export function commitments(secrets: readonly Secret[], contentSalt: Uint8Array, hidden: ReadonlySet<string>): string {
  const entries = secrets
    .slice(0, MOST)
    .map(({ at = "", kind, value }) => ({ at: shownPath(at, hidden), kind, sealed: commitmentTo(contentSalt, value) }));
  const rest = secrets.slice(MOST).map(({ value }) => value);
  if (rest.length === 0) return JSON.stringify(entries);
  const more = { at: "", count: rest.length, kind: "more", sealed: commitmentTo(contentSalt, JSON.stringify(rest)) };
  return JSON.stringify([...entries, more]);
}

/** The same of `metadata.cut`: `{at, length, sealed}` for each text that was cut, `length` in bytes of UTF-8. */
export function cutsText(cuts: readonly Cut[], contentSalt: Uint8Array, hidden: ReadonlySet<string>): string {
  const entries = cuts.slice(0, MOST).map(({ at, whole }) => {
    const bytes = encoder.encode(whole);
    return { at: shownPath(at, hidden), length: bytes.length, sealed: sealed(contentSalt, bytes) };
  });
  const rest = cuts.slice(MOST).map(({ whole }) => whole);
  if (rest.length === 0) return JSON.stringify(entries);
  const text = JSON.stringify(rest);
  const more = { at: "", count: rest.length, length: text.length, sealed: commitmentTo(contentSalt, text) };
  return JSON.stringify([...entries, more]);
}

/** Of a sealed member only its own name: the names inside it are sealed too. */
function shownPath(at: string, hidden: ReadonlySet<string>): string {
  if (hidden.size === 0) return at;
  const end = at.search(/[.[]/);
  const top = end < 0 ? at : at.slice(0, end);
  return hidden.has(top) ? top : at;
}
