// The circuit breaker: cockatiel's, with its state kept as text between processes and its clock given. It opens after 5
// failures in a row, waits 30 s doubling to 5 min, lets one probe through, closes when that succeeds. Jitter is added to
// the wait, and what `Retry-After` asks for is honoured.
import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from "cockatiel";
import type { CallFailure } from "../client/http.js";

export const FAILURES_TO_OPEN = 5;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 300_000;
const JITTER = 0.1;
/** `Retry-After` is cut to an hour where it is read. */
const LONGEST_BLOCK_MS = 3_600_000;
/** From here on the wait does not grow. */
const MOST_ATTEMPTS = 10;

export interface BreakerTime {
  clock: () => number;
  /** In [0, 1). */
  random: () => number;
}

export interface BreakerStatus {
  state: "closed" | "open" | "half-open";
  /** Failures in a row while closed. */
  failures: number;
  /** Nothing is sent before: milliseconds. */
  until?: number;
  lastFailure?: string;
}

/** What is stored: cockatiel's own state, its times in our clock, and until when nothing is sent. */
interface Saved {
  ownState: { value: CircuitState; openedAt?: number; attemptNo?: number };
  breakerState: number;
  notBefore: number;
  lastFailure?: string;
}

export class Breaker {
  readonly #time: BreakerTime;
  #saved: Saved;

  /** `text`: what `toString` gave earlier, maybe in another process. */
  constructor(text: string | undefined, time: BreakerTime) {
    this.#time = time;
    this.#saved = readSaved(text);
  }

  /** Undefined where a call may be made now. */
  blockedUntil(): number | undefined {
    const { notBefore } = this.#saved;
    const now = this.#time.clock();
    // Further ahead than any wait can be: the clock was set back since.
    return notBefore > now && notBefore <= now + LONGEST_BLOCK_MS ? notBefore : undefined;
  }

  /** Makes one call and counts what came of it. Throws what `call` throws, and BrokenCircuitError while `blockedUntil` is set. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    const policy = this.#policy();
    const answer = await policy.execute(call);
    this.#remember(answer, policy);
    return answer;
  }

  /**
   * cockatiel's breaker, made anew from what was kept. It reads Date.now, which may run otherwise than our clock: whether
   * the wait is over is said here, and its openings are put at now or long ago to agree.
   */
  #policy(): CircuitBreakerPolicy {
    const { ownState, breakerState } = this.#saved;
    const openedAt = this.blockedUntil() === undefined ? 0 : Date.now();
    return circuitBreaker(handleWhenResult(isOutage), {
      breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
      halfOpenAfter: { next: () => wait(0) },
      initialState: { ownState: ownState.openedAt === undefined ? ownState : { ...ownState, openedAt }, breakerState },
    });
  }

  status(): BreakerStatus {
    const { ownState, breakerState, lastFailure } = this.#saved;
    const until = this.blockedUntil();
    const open = ownState.value === CircuitState.Open;
    return {
      state: open ? (until === undefined ? "half-open" : "open") : "closed",
      failures: breakerState,
      ...(until === undefined ? {} : { until }),
      ...(lastFailure === undefined ? {} : { lastFailure }),
    };
  }

  toString(): string {
    return JSON.stringify(this.#saved);
  }

  #remember(answer: unknown, policy: CircuitBreakerPolicy): void {
    const now = this.#time.clock();
    const { ownState, breakerState } = policy.toJSON() as Saved;
    const saved: Saved = { ownState: { value: ownState.value }, breakerState, notBefore: 0 };
    const failure = isOutage(answer) ? answer : undefined;
    if (failure !== undefined) saved.lastFailure = failure.message;
    if (failure !== undefined && ownState.value === CircuitState.Open) {
      const attemptNo = Math.min(ownState.attemptNo ?? 1, MOST_ATTEMPTS);
      saved.ownState = { value: CircuitState.Open, openedAt: now, attemptNo };
      const ms = waitMs(attemptNo);
      saved.notBefore = now + ms + Math.floor(ms * JITTER * this.#time.random());
    }
    if (failure?.retryAfterMs !== undefined) saved.notBefore = Math.max(saved.notBefore, now + failure.retryAfterMs);
    this.#saved = saved;
  }
}

/** A failure of the network, not an answer that we do not like: those say that it is there. */
export function isOutage(answer: unknown): answer is CallFailure {
  if (typeof answer !== "object" || answer === null || (answer as { ok?: unknown }).ok !== false) return false;
  const { kind, status = 0 } = answer as CallFailure;
  return kind !== "status" || ![400, 401, 402, 403, 404, 409, 413, 422].includes(status);
}

/** The n-th opening in a row, from 1. */
export function waitMs(attempt: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS);
}

function wait(n: number): { duration: number; next(): ReturnType<typeof wait> } {
  return { duration: waitMs(n + 1), next: () => wait(n + 1) };
}

function readSaved(text: string | undefined): Saved {
  const fresh: Saved = { ownState: { value: CircuitState.Closed }, breakerState: 0, notBefore: 0 };
  if (text === undefined) return fresh;
  try {
    const saved = JSON.parse(text) as Saved;
    const { ownState, breakerState, notBefore } = saved;
    const open = ownState.value === CircuitState.Open;
    if (!open && ownState.value !== CircuitState.Closed) return fresh;
    const numbers = [breakerState, notBefore, ...(open ? [ownState.openedAt, ownState.attemptNo] : [])];
    return numbers.every(Number.isSafeInteger) && (ownState.attemptNo ?? 1) <= MOST_ATTEMPTS ? saved : fresh;
  } catch {
    return fresh;
  }
}
