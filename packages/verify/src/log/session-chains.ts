// The chains of sessions while a log is read: each event names the raw key of its session's event before it (`chainPrev`). A
// destroyed event has no session any more, only this link.

/** Names a session of a source. Two sessions never have one name, whatever characters stand in them. */
export function sessionName(source: string, sessionId: string): string {
  return `${source.length}:${source}${sessionId}`;
}

/** All keys are raw keys in hex. */
export class SessionChains {
  /** The newest key by session, and the reverse. */
  readonly #newest = new Map<string, string>();
  readonly #sessionOf = new Map<string, string>();
  /** By the newest key of a chain: the key of its first event. */
  readonly #firsts = new Map<string, string>();

  newest(session: string): string | undefined {
    return this.#newest.get(session);
  }

  /** The session whose newest event has this key. */
  sessionOf(rawHash: string): string | undefined {
    return this.#sessionOf.get(rawHash);
  }

  /** The event becomes the newest of the session. */
  extend(session: string, rawHash: string): void {
    const before = this.#newest.get(session);
    if (before !== undefined) this.#sessionOf.delete(before);
    this.#newest.set(session, rawHash);
    this.#sessionOf.set(rawHash, session);
  }

  /** Records the link and returns the key of the event at which the chain begins, by which legal holds name a session. */
  firstOf(chainPrev: string | null, rawHash: string): string {
    const first = chainPrev === null ? rawHash : (this.#firsts.get(chainPrev) ?? chainPrev);
    if (chainPrev !== null) this.#firsts.delete(chainPrev);
    this.#firsts.set(rawHash, first);
    return first;
  }

  /** After a gap in the log: which events are the newest is not known. */
  forgetNewest(): void {
    this.#newest.clear();
    this.#sessionOf.clear();
  }
}
