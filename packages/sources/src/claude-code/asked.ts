// The calls of a session file that wait for their result, so that the result can be told with its tool and arguments.
// Bounded: of a file that only asks, the oldest are forgotten.
import type { ToolCall } from "../shared/tool-call.js";

export interface Asked {
  readonly call: ToolCall;
  /** The session that it was asked in. */
  readonly sessionId: string | undefined;
}

/** Characters of arguments that are kept, all calls together; and calls. */
const mostCharacters = 32 * 1024 * 1024;
const mostCalls = 4_096;

export class AskedCalls {
  readonly #calls = new Map<string, { asked: Asked; size: number }>();
  #size = 0;

  add(place: string, asked: Asked): void {
    this.take(place);
    const size = sizeOf(asked.call.args);
    this.#calls.set(place, { asked, size });
    this.#size += size;
    while (this.#size > mostCharacters || this.#calls.size > mostCalls) this.take(this.#calls.keys().next().value!);
  }

  /** Returns the call and forgets it: a call has one result. */
  take(place: string): Asked | undefined {
    const found = this.#calls.get(place);
    if (found === undefined) return undefined;
    this.#calls.delete(place);
    this.#size -= found.size;
    return found.asked;
  }
}

/** Roughly the characters of a value; a value nested deeper than any that is stored counts no further. */
function sizeOf(value: unknown, depth = 0): number {
  if (typeof value === "string") return value.length + 16;
  if (typeof value !== "object" || value === null || depth > 64) return 16;
  let size = 16;
  for (const [name, member] of Object.entries(value)) size += name.length + sizeOf(member, depth + 1);
  return size;
}
