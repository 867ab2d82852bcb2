// What an adapter makes of one host event, and what is left of it once it may be written. Types only.

/** The values of an event's `source` field. `sealtrail` is the trail's own voice (`system.*` events). */
export type EventSource = "openclaw" | "claude-code" | "codex" | "gateway-jsonl" | "ndjson" | "sealtrail";

/** One host event in our terms, with whatever secrets the host put into it: never written before `prepare`. */
export interface EventDraft {
  /** `category.action` */
  type: string;
  /** The host's own time, ISO 8601 UTC with milliseconds. The log drops it when it is within 1 s of `createdAt`. */
  occurredAt?: string;
  sessionId?: string;
  agentId?: string;
  runId?: string;
  userId?: string;
  orgId?: string;
  description?: string;
  metadata?: Record<string, unknown>;
  /** Prompts, responses, tool results. A string is kept as text; anything else is stored as JSON (JCS). */
  content?: unknown;
  /** The source's own identity of this event, where it has one: the same key twice is the same event. */
  dedupeKey?: string;
  /** What the content is, where the type does not say it: tool events hold a result, all others prompt text. */
  contentKind?: Sealable;
  /** A piece of the event's own text to show after `description`, as in `exec: npm test`; left out where it is sealed. */
  detail?: { text: string; kind: Sealable };
  /** Members of `metadata` that hold text of a sealable kind, beside `args` and `error`. */
  sealable?: Readonly<Record<string, Sealable>>;
}

/** What `redactPromptText`, `redactToolArgs` and `redactToolResults` seal. */
export type SealableKind = "prompt" | "args" | "result";

/** One kind, or several where the text may be of each: sealed where any of them is. */
export type Sealable = SealableKind | readonly SealableKind[];

/** One host line becomes events, or is known to repeat others, or is refused with a reason. */
export type Normalised = { events: EventDraft[] } | { duplicate: true } | { refused: string };

/** One kind of host. `normalise` takes one parsed value, reads the fields it knows and never throws. */
export interface Source {
  /** What its events carry in `source`. */
  readonly name: EventSource;
  normalise(value: unknown): Normalised;
}
