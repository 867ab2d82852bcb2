// Secrets under names in disguise: the text is read as it would be without, and what is found there is masked where it stands
// in the text as it is.
import { assignmentsIn } from "./assignments.js";
import { REDACTED } from "./marker.js";
import { shapesIn } from "./shapes.js";
import { addAll, type Span } from "./span.js";
import { tokensIn } from "./tokens.js";
import { undisguised } from "./undisguise.js";
import { type Share, UNBOUNDED } from "./work.js";

/** For a text that `isDisguised`. */
export function disguisedIn(text: string, share: Share = UNBOUNDED): Span[] {
  const { plain, at } = undisguised(text, share);
  if (plain === text) return [];
  const found: Span[] = [];
  const spans = assignmentsIn(plain, share);
  addAll(spans, shapesIn(plain, share));
  addAll(spans, tokensIn(plain, share));
  for (const span of spans) {
    const [start, end] = [at(span.start), at(span.end)];
    if (text.slice(start, end) !== REDACTED) found.push({ ...span, start, end });
  }
  return found;
}
