// A file in chunks, cut at its line feeds, without ever holding more than a line. A line over the limit comes cut one byte
// past it and is the last: the verifier refuses it by its length.
import { MAX_ARCHIVE_LINE } from "./archive.js";

/** Lines without their ends. What stands after the last line feed is a line too, unless it is nothing. @public */
export async function* linesOf(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  limit: number = MAX_ARCHIVE_LINE,
): AsyncGenerator<Uint8Array> {
  const held = new Uint8Array(limit + 1);
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(10, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end).subarray(0, limit + 1 - length);
      held.set(part, length);
      length += part.length;
      if (length > limit) {
        yield held;
        return;
      }
      if (end < 0) break;
      yield held.slice(0, length);
      length = 0;
      from = end + 1;
    }
  }
  if (length > 0) yield held.slice(0, length);
}
