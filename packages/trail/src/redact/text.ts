// Redaction of one text: cleaned of control characters, then every secret-shaped part masked in place.
import { assignmentsIn } from "./assignments.js";
import { cleanText } from "./clean.js";
import { maskCommands } from "./commands.js";
import { disguisedIn } from "./disguised.js";
import { encodedIn } from "./encoded.js";
import { formsIn } from "./forms.js";
import { redactJsonText } from "./json-text.js";
import { maskKeyBlocks } from "./keyblocks.js";
import { GROUP, lookOver } from "./lookover.js";
import { REDACTED, type Redacted } from "./marker.js";
import { shapesIn } from "./shapes.js";
import type { Span } from "./span.js";
import { tokensIn } from "./tokens.js";
import { isDisguised } from "./undisguise.js";
import { urlCredentialsIn } from "./urls.js";

const holdsSecret = (inner: string) => redactText(inner).count > 0;

/** What the detectors of these groups find; in JSON text whose keys were looked at one by one, only what has a shape. */
function spansIn(text: string, groups: number, json: boolean, disguised: boolean): Span[] {
  const found: Span[] = [];
  if (groups & GROUP.token) found.push(...tokensIn(text));
  if (groups & GROUP.shape) found.push(...shapesIn(text));
  if (json) return found;
  if (groups & GROUP.url) found.push(...urlCredentialsIn(text));
  if (groups & GROUP.name) found.push(...assignmentsIn(text));
  if (groups & (GROUP.name | GROUP.form)) found.push(...formsIn(text));
  if (text.length >= 16) found.push(...encodedIn(text, holdsSecret));
  if (disguised) found.push(...disguisedIn(text));
  return found;
}

/** Masks spans, those that overlap as one. What is a mark already is passed over. */
function masked(text: string, spans: readonly Span[]): Redacted {
  const ordered = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  let out = "";
  let done = 0;
  let count = 0;
  for (let i = 0; i < ordered.length; ) {
    const { start, quote = "" } = ordered[i]!;
    let { end } = ordered[i]!;
    for (i++; i < ordered.length && ordered[i]!.start < end; i++) end = Math.max(end, ordered[i]!.end);
    if (text.slice(start, end) === REDACTED) continue;
    out += text.slice(done, start) + quote + REDACTED + quote;
    done = end;
    count++;
  }
  return count === 0 ? { text, count } : { text: out + text.slice(done), count };
}

/**
 * A text that is safe to write. Linear in its length, never throws; doing it twice changes nothing.
 * JSON inside the text is redacted by its keys as well.
 */
export function redactText(input: string, patterns: readonly RegExp[] = []): Redacted {
  let text = cleanText(input);
  let count = 0;
  const disguised = isDisguised(text);
  const groups = lookOver(text);
  if (disguised || groups !== 0) {
    const json = redactJsonText(text, patterns, redactText);
    if (json !== undefined && json.count > 0) return json;
    // A mark can join what stood apart, so that a rule matches only now: what is written must be at rest.
    for (let round = 0; round < 4; round++) {
      const before = count;
      const parts = [
        groups & GROUP.block ? maskKeyBlocks : undefined,
        (text: string) => masked(text, spansIn(text, groups, json !== undefined, disguised)),
        groups & GROUP.command && json === undefined ? maskCommands : undefined,
      ];
      for (const mask of parts) {
        if (mask === undefined) continue;
        const done = mask(text);
        text = done.text;
        count += done.count;
      }
      if (count === before) break;
    }
  } else if (text.length >= 16) {
    const done = masked(text, encodedIn(text, holdsSecret));
    text = done.text;
    count = done.count;
  }
  for (const pattern of patterns) {
    // Between the marks only: a pattern that matches the mark itself must not eat it again at each reading.
    const parts = text.split(REDACTED);
    for (let i = 0; i < parts.length; i++) {
      parts[i] = parts[i]!.replace(pattern, () => {
        count++;
        return REDACTED;
      });
    }
    text = parts.join(REDACTED);
  }
  return { text, count };
}
