// Equal events under one id in one input. A call id that is asked for again after its call had ended names another call, also
// where it says the same: the second, the third of them get keys of their own. Whoever reads the same input again, or tells the
// same from another side, comes to the same keys.
import type { PreparedEvent } from "../event/prepared.js";
import { keyName, nthKey } from "./dedupe.js";

/** Calls, and events of them, that are remembered: some 60 MB. */
const most = 300_000;
/** Times that are remembered of equal events. */
const mostTimes = 1_000;

interface Met {
  /** How many equal ones were other calls. */
  n: number;
  /** The call's counter when the last one was met. */
  at: number;
  /** The host's time of each: what has the time of an earlier one is that one, told again. */
  times: (string | undefined)[];
}

interface Call {
  asked: number;
  ended: number;
}

export class Occurrences {
  #met = new Map<string, Met>();
  #calls = new Map<string, Call>();

  /** Counts the event, and changes its key where it is of another call than the equal ones before it. */
  count(event: Pick<PreparedEvent, "dedupe" | "call" | "occurredAt">): void {
    const { dedupe, call, occurredAt } = event;
    if (dedupe === undefined || call === undefined) return;
    if (this.#met.size >= most) this.#forget();
    const counts = this.#callOf(call.key);
    // Between two that ask, the call must have ended; between two that tell an end, it must have been asked for again.
    const now = call.role === "asked" ? counts.ended : counts.asked;
    const name = keyName(dedupe);
    const met = this.#met.get(name);
    const told = occurredAt === undefined ? -1 : (met?.times.indexOf(occurredAt) ?? -1);
    if (met === undefined) this.#met.set(name, { n: 0, at: now, times: [occurredAt] });
    else if (told >= 0) event.dedupe = nthKey(dedupe, told);
    else {
      if (now > met.at) {
        met.n++;
        met.at = now;
        if (met.times.length < mostTimes) met.times.push(occurredAt);
      }
      event.dedupe = nthKey(dedupe, met.n);
    }
    if (call.role === "asked") counts.asked++;
    else if (call.role === "outcome") counts.ended++;
  }

  #callOf(key: Uint8Array): Call {
    const name = keyName(key);
    let call = this.#calls.get(name);
    if (call === undefined) {
      call = { asked: 0, ended: 0 };
      this.#calls.set(name, call);
    }
    return call;
  }

  /** The older half: ids come again soon, or not at all. */
  #forget(): void {
    this.#met = new Map([...this.#met].slice(most / 2));
    this.#calls = new Map([...this.#calls].slice(-most / 2));
  }
}
