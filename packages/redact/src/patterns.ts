// The operator's own patterns, in the syntax of RE2: their time is linear in the text whatever they are.
import type { RE2JS } from "re2js";
import { REDACTED } from "./marker.js";
import { re2 } from "./re2.js";
import type { Span } from "./span.js";

/** A pattern of the operator's own, which runs in linear time. @public */
export interface Pattern {
  spansIn(text: string): Span[];
}

/** `source` in the notation of JavaScript or RE2. Throws an Error that says what is not supported. */
export function compilePattern(source: string, kind: string): Pattern {
  let compiled: RE2JS;
  const engine = re2();
  try {
    compiled = engine.compile(engine.translateRegExp(source));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const isBeyond = /\(\?<?[=!]|\\[1-9]|\\k</.test(source);
    throw new Error(isBeyond ? `${reason} (lookaround and back references are not supported)` : reason);
  }
  if (compiled.matcher("").find()) throw new Error("matches the empty string");
  return {
    spansIn(text) {
      const spans: Span[] = [];
      // Between the marks only: a pattern that matches the mark itself must not eat it again at each reading.
      for (let from = 0; from <= text.length; ) {
        const mark = text.indexOf(REDACTED, from);
        const end = mark < 0 ? text.length : mark;
        const part = text.slice(from, end);
        const matcher = compiled.matcher(part);
        while (matcher.find()) {
          if (matcher.end() > matcher.start())
            spans.push({ start: from + matcher.start(), end: from + matcher.end(), kind });
        }
        from = end + REDACTED.length;
      }
      return spans;
    },
  };
}
