// Secrets under names in disguise: the text is read as it would be without, and what is found there is masked where it stands
// in the text as it is.
import { secretsIn } from "./assignments.js";
import { REDACTED, type Redacted } from "./marker.js";
import { shapesIn } from "./shapes.js";
import { undisguised } from "./undisguise.js";

/** For a text that `isDisguised`. */
export function maskDisguised(text: string): Redacted {
  const { plain, at } = undisguised(text);
  if (plain === text) return { text, count: 0 };
  const found = [...secretsIn(plain), ...shapesIn(plain)].sort((a, b) => a.start - b.start);
  let out = "";
  let done = 0;
  let count = 0;
  for (const { start, end, quote } of found) {
    const [from, to] = [at(start), at(end)];
    if (from < done || text.slice(from, to) === REDACTED) continue;
    out += text.slice(done, from) + quote + REDACTED + quote;
    done = to;
    count++;
  }
  return count === 0 ? { text, count } : { text: out + text.slice(done), count };
}
