// Tells equal events under one id in one input apart. A call id that is used again after its call had ended names another call,
// also where tool and arguments are equal, and a prompt may be given twice. The second and the third of such events get keys of
// their own. A second reading of the input, or another record of the same events, gives the same keys.
import type { PreparedEvent } from "../event/prepared.js";
import { keyName, nthKey } from "./dedupe.js";

/** Calls, and events of calls, that are remembered: about 60 MB. */
const most = 300_000;
/** Times that are remembered of equal events. */
const mostTimes = 1_000;

interface Met {
  /** How many of the equal events were of another call. */
  n: number;
  /** The call's counter when the last one was met. */
  at: number;
  /** The host's time of each. An event with the time of an earlier one is that one, told again. */
  times: (string | undefined)[];
}

interface Call {
  asked: number;
  ended: number;
}

export class Occurrences {
  #met = new Map<string, Met>();
  #calls = new Map<string, Call>();

  /**
   * Counts the event, and changes its key where it is another one than the equal ones before it.
   * @param recurs each equal one is another (`EventDraft.recurs`)
   */
  count(event: Pick<PreparedEvent, "dedupe" | "dedupeBy" | "call" | "occurredAt">, recurs = false): void {
    const { dedupe, call, occurredAt } = event;
    if (dedupe === undefined || (call === undefined && !recurs)) return;
    if (this.#met.size >= most) this.#forget();
    const name = keyName(dedupe);
    const met = this.#met.get(name);
    const counts = call === undefined ? undefined : this.#callOf(call.key);
    // Two `asked` events are two calls only where an outcome stands between them; two outcomes only where an `asked` stands
    // between.
    const now = (call?.role === "asked" ? counts?.ended : counts?.asked) ?? 0;
    if (met === undefined) this.#met.set(name, { n: 0, at: now, times: counts === undefined ? [] : [occurredAt] });
    else {
      const told = occurredAt === undefined ? -1 : met.times.indexOf(occurredAt);
      if (told < 0 && (recurs || now > met.at)) {
        met.n++;
        met.at = now;
        if (counts !== undefined && met.times.length < mostTimes) met.times.push(occurredAt);
      }
      event.dedupe = nthKey(dedupe, told < 0 ? met.n : told);
      // With "place" the log does not mark it `idReused`: its id was not used for anything else.
      if (call === undefined) event.dedupeBy = "place";
    }
    if (counts === undefined) return;
    if (call?.role === "asked") counts.asked++;
    else if (call?.role === "outcome") counts.ended++;
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
