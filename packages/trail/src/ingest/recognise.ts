// Finds the source of an input by its first lines. So nobody has to name it, and a file that is given to the wrong source does
// not become hundreds of empty events that can never be removed.
import { parseJson } from "@sealtrail/redact";
import { type Recognised, recognise, type SourceName, sourceOf } from "@sealtrail/sources";
import type { Line } from "./lines.js";

/** How many lines are looked at, and how many bytes of them. */
const enoughLines = 200;
const enoughBytes = 8 << 20;

const decoder = new TextDecoder();

/** The value of a line, or undefined for what is no JSON. */
function parsedLine(line: Line): unknown {
  if (line.bytes === undefined) return undefined;
  try {
    return parseJson(decoder.decode(line.bytes));
  } catch {
    return undefined;
  }
}

/** Reads the first lines; the caller begins anew to take them in. */
export function recogniseLines(lines: Iterable<Line>): Recognised {
  return recognise(firstValues(lines));
}

function* firstValues(lines: Iterable<Line>): Generator<unknown> {
  let n = 0;
  let bytes = 0;
  for (const line of lines) {
    const value = parsedLine(line);
    if (value !== undefined) yield value;
    bytes += line.length;
    if (++n >= enoughLines || bytes >= enoughBytes) return;
  }
}

/** The source that an input belongs to, where it is another than `given`: one knows its lines, and `given` knows none of them. */
export function otherSource(given: SourceName, { source, counts }: Recognised): SourceName | undefined {
  return source === undefined || source === given || (counts.get(given) ?? 0) > 0 ? undefined : source;
}

/** Whether the source knows this line for its own. */
export function knowsLine(name: SourceName, line: Line): boolean {
  const value = parsedLine(line);
  return value !== undefined && sourceOf(name).recognises(value);
}
