// Every way in which the local network can fail. A plan is asked once a request; seeded ones make a run repeatable.

/** Failures of `POST /v1/fingerprints`; those marked * are also used on look-ups. */
export type Fault =
  /** * No answer, nothing stored. */
  | "timeout-before"
  /** Stored, no answer. */
  | "timeout-after"
  /** * Connection cut, nothing stored. */
  | "reset-before"
  /** Stored, connection cut. */
  | "reset-after"
  /** * 500 with `{message}`, nothing stored. */
  | "error-500"
  /** Stored, then 500. */
  | "error-500-after"
  /** * 503 with a page of HTML. */
  | "error-503"
  /** * 429 with Retry-After. */
  | "rate-limit"
  /** * Half a body, then the end. */
  | "truncated"
  /** * A body without end. */
  | "huge"
  /** * 200 and no JSON. */
  | "not-json"
  /** * 200 and JSON of no known shape. */
  | "bad-shape"
  /** * A redirect to another host. */
  | "redirect"
  /** Stored; the results name other hashes. */
  | "wrong-hash"
  /** Only every other submission is taken; the rest gets a refusal. */
  | "partial"
  /** Stored; the results come in another order. */
  | "reorder"
  /** Stored; every result comes twice. */
  | "twice"
  /** Stored; half of the results are left out. */
  | "missing"
  /** Answered as accepted, never stored. */
  | "lost"
  /** 401, 403, 422 for the whole call. */
  | "unauthorized"
  | "forbidden"
  | "unprocessable"
  /** * Look-ups: the record of another fingerprint. */
  | "foreign";

export const SUBMIT_FAULTS: readonly Fault[] = [
  "timeout-before",
  "timeout-after",
  "reset-before",
  "reset-after",
  "error-500",
  "error-500-after",
  "error-503",
  "rate-limit",
  "truncated",
  "huge",
  "not-json",
  "bad-shape",
  "redirect",
  "wrong-hash",
  "partial",
  "reorder",
  "twice",
  "missing",
  "lost",
];

export const LOOKUP_FAULTS: readonly Fault[] = [
  "timeout-before",
  "reset-before",
  "error-500",
  "error-503",
  "rate-limit",
  "truncated",
  "not-json",
  "bad-shape",
  "redirect",
  "foreign",
];

export interface FaultPlan {
  next(kind: "submit" | "lookup"): Fault | undefined;
}

/** No faults but those pushed by hand, each used once. */
export class FaultQueue implements FaultPlan {
  readonly submit: (Fault | undefined)[] = [];
  readonly lookup: (Fault | undefined)[] = [];

  next(kind: "submit" | "lookup"): Fault | undefined {
    return this[kind].shift();
  }
}

/** Fails at random with a probability, out of the given kinds. */
export function seededFaults(
  seed: number,
  probability: number,
  kinds: { submit?: readonly Fault[]; lookup?: readonly Fault[] } = {},
): FaultPlan {
  const random = mulberry32(seed);
  return {
    next(kind) {
      const list = kinds[kind] ?? (kind === "submit" ? SUBMIT_FAULTS : LOOKUP_FAULTS);
      const [hit, which] = [random(), random()];
      return hit < probability ? list[Math.floor(which * list.length)] : undefined;
    },
  };
}

/** A small seeded generator of numbers in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
