// Finds out to which session each line of a session log belongs. In older versions a fork's log begins with a copy of its
// parent's log, which may itself begin with a copy. Copied lines belong to the session in which they happened.
import { type Fields, text } from "../shared/fields.js";

/** Least time between the last copied line and the fork's first own line: somebody types, or a process starts. */
const copyPauseMs = 1_000;
/** Most session heads of other sessions that are remembered of a copied history. */
const mostHeads = 100;

export class Forks {
  /** The file's own session. */
  #own: string | undefined;
  #session: string | undefined;
  #isFork = false;
  /**
   * Sessions whose heads stand in the copied history: in a fork of a fork, its parent and its parent's parent. With the time at
   * which each began, in milliseconds.
   */
  readonly #copiedFrom = new Map<string, number | undefined>();
  /** The last line tells by its time or its turn to which of them it belongs. */
  #isCertain = false;
  #forkedAt: number | undefined;
  /** The file's own lines have begun: no head of a copied history comes any more. */
  #ownBegun = false;
  #lastTime: number | undefined;

  /** The session of the last line. */
  get session(): string | undefined {
    return this.#session;
  }

  /** The file's own session, where the last line was copied from another one. */
  get copiedInto(): string | undefined {
    return this.#session === this.#own ? undefined : this.#own;
  }

  /**
   * The sessions to one of which the last line belongs, where it was copied and nothing in the file tells to which: a copied
   * history of several sessions, without turns and under the time of the copy.
   */
  get candidates(): readonly string[] | undefined {
    if (this.copiedInto === undefined || this.#isCertain || this.#copiedFrom.size < 2) return undefined;
    return [...this.#copiedFrom.keys()];
  }

  /**
   * A session's head. `begins`: a session of the file's own, the first one or one of another log that was put behind it.
   * @param at when the line was written, in milliseconds
   * @param begunAt when the session began, as its head says
   */
  head(
    id: string,
    forkedFrom: string | undefined,
    at: number | undefined,
    begunAt?: number,
  ): "begins" | "again" | "copied" {
    this.#lastTime = at ?? this.#lastTime;
    if (id === this.#own) {
      this.#session = id;
      return "again";
    }
    if (this.#own !== undefined && this.#isFork && !this.#ownBegun) {
      this.#session = id;
      this.#isCertain = false;
      if (this.#copiedFrom.size < mostHeads) this.#copiedFrom.set(id, begunAt ?? madeAt(id));
      return "copied";
    }
    this.#own = id;
    this.#session = id;
    this.#isFork = forkedFrom !== undefined;
    this.#copiedFrom.clear();
    this.#isCertain = false;
    this.#ownBegun = false;
    this.#forkedAt = at;
    return "begins";
  }

  /** Any line but a head. True where the lines of another session begin with it. */
  line(type: string, payload: Fields, at: number | undefined): boolean {
    const before = this.#session;
    if (this.copiedInto === undefined) this.#ownBegun = true;
    else this.#leaveCopy(type, payload, at);
    this.#lastTime = at ?? this.#lastTime;
    return this.#session !== before;
  }

  /** Whether this line is the file's own again, after a copied history. Any one sign is enough. */
  #leaveCopy(type: string, payload: Fields, at: number | undefined): void {
    const thread = text(payload, "thread_id");
    const begins = type === "turn_context" || (type === "event_msg" && text(payload, "type") === "task_started");
    const turn = begins ? madeAt(text(payload, "turn_id")) : undefined;
    const forked = madeAt(this.#own);
    const younger =
      turn !== undefined && forked !== undefined && isNear(turn, at) && isNear(forked, at) && turn >= forked;
    // Copies are written at one go, with the time of the copy or with their own, older one.
    const later = at !== undefined && at >= Math.max(this.#lastTime ?? at, this.#forkedAt ?? at) + copyPauseMs;
    if (thread === this.#own || younger || later) {
      this.#session = this.#own;
      this.#ownBegun = true;
    } else {
      this.#session = this.#olderCopy(thread, turn, at) ?? this.#session;
    }
  }

  /**
   * The copied log of a fork holds first the lines that this fork had copied itself, then its own. A line is at least as young as
   * its session; it is told apart by the turn that begins with it, or by its time where the copy has kept that.
   */
  #olderCopy(thread: string | undefined, turn: number | undefined, at: number | undefined): string | undefined {
    if (thread !== undefined) {
      this.#isCertain = this.#copiedFrom.has(thread);
      return this.#isCertain ? thread : undefined;
    }
    const kept = at !== undefined && at < (this.#forkedAt ?? at) - copyPauseMs ? at : undefined;
    // A turn is no younger than the line that names it.
    const time = turn !== undefined && (at === undefined || turn <= at + copyPauseMs) ? turn : kept;
    if (time !== undefined) this.#isCertain = true;
    const since = this.#session === undefined ? undefined : this.#copiedFrom.get(this.#session);
    let next: string | undefined;
    let newest = since;
    for (const [id, begun] of this.#copiedFrom) {
      if (time === undefined || begun === undefined || newest === undefined) continue;
      if (begun <= newest || time < begun) continue;
      next = id;
      newest = begun;
    }
    return next;
  }
}

/** Milliseconds in an id of UUID version 7. */
function madeAt(id: string | undefined): number | undefined {
  if (id === undefined || !/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/i.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** Within a day of each other. */
function isNear(one: number, other: number | undefined): boolean {
  return other !== undefined && Math.abs(one - other) < 86_400_000;
}
