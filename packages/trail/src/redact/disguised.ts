// Secrets under names in disguise: the text is read as it would be without, and what is found there is masked where it stands
// in the text as it is.
import { assignmentsIn } from "./assignments.js";
import { REDACTED } from "./marker.js";
import { shapesIn } from "./shapes.js";
import type { Span } from "./span.js";
import { tokensIn } from "./tokens.js";
import { undisguised } from "./undisguise.js";

/** For a text that `isDisguised`. */
export function disguisedIn(text: string): Span[] {
  const { plain, at } = undisguised(text);
  if (plain === text) return [];
  const found: Span[] = [];
  for (const span of [...assignmentsIn(plain), ...shapesIn(plain), ...tokensIn(plain)]) {
    const [start, end] = [at(span.start), at(span.end)];
    if (text.slice(start, end) !== REDACTED) found.push({ ...span, start, end });
  }
  return found;
}
