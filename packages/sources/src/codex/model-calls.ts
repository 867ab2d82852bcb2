// Tokens of each model call: one `prompt.response` for each, computed from running totals that the log repeats.
import { compact, type Fields, text } from "../shared/fields.js";
import { AGAIN, CONTEXT, COPIED, type Here, type Told } from "./told.js";
import { TokenCounter, totalsIn, usageOf } from "./usage.js";

export class ModelCalls {
  readonly #here: Here;
  #tokens = new TokenCounter(true);
  #reasoning = 0;

  constructor(here: Here) {
    this.#here = here;
  }

  /** A session begins. @param isFork its totals continue those of another session */
  begin(isFork: boolean): void {
    this.#tokens = new TokenCounter(!isFork);
    this.#reasoning = 0;
  }

  /** A reasoning item. It is counted, and the count goes into the event with the tokens of the call. */
  reasoned(): Told {
    this.#reasoning++;
    return { skipped: "reasoning" };
  }

  used(payload: Fields, isCopied: boolean): Told {
    const { total, last } = totalsIn(payload);
    if (isCopied) {
      this.#tokens.inherit(total);
      return COPIED;
    }
    const tokens = this.#tokens.next(total, last);
    if (tokens === undefined) return total === undefined && last === undefined ? CONTEXT : AGAIN;
    const reasoningItems = this.#reasoning > 0 ? this.#reasoning : undefined;
    this.#reasoning = 0;
    const { session, model } = this.#here;
    const usage = usageOf(tokens);
    return [
      {
        type: "prompt.response",
        description: `tokens used by ${model ?? "the model"}`,
        metadata: compact({ ...usage, model, responseId: text(payload, "response_id"), reasoningItems }),
        // The new file of a resumed session may begin with lines of the old one, which are recognised by their totals. Where
        // the host began to count from 0 again, the same total may come again for another call.
        ...(total === undefined
          ? {}
          : { dedupeKey: JSON.stringify([session ?? null, "usage", total]), essence: usage, recurs: true }),
      },
    ];
  }
}
