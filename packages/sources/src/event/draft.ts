// What an adapter makes of one host event, and what is left of it once it may be written. Types only.
import type { FieldsWith } from "@sealtrail/verify/event";
import type { EventSource } from "./sources.js";

/** The ids that a host may give: the event's fields of the kind `id`. @public */
export type DraftIds = { [Name in FieldsWith<{ kind: "id" }>]?: string };

/** One host event in our terms, with whatever secrets the host put into it: never written before `prepare`. @public */
export interface EventDraft extends DraftIds {
  /** `category.action` */
  type: string;
  /** The host's own time, ISO 8601 UTC with milliseconds. The log drops it when it is within 1 s of `createdAt`. */
  occurredAt?: string;
  description?: string;
  metadata?: Record<string, unknown>;
  /** Prompts, responses, tool results. A string is kept as text; anything else is stored as JSON (JCS). */
  content?: unknown;
  /**
   * The source's own identity of this event, where it has one. The same identity with the same essence is the same event,
   * wherever it is read; with another essence it is another event, marked `metadata.idReused`.
   */
  dedupeKey?: string;
  /**
   * Text by which this event is found where the host tells it a second time without its id, in its log or by a hook: for
   * prompts, and beginnings and ends of sessions and turns. The session is added to it.
   */
  alike?: string;
  /**
   * Sessions to one of which the event belongs, where the source does not tell to which. It is known where the same event of any
   * of them is on record. For identities that are a JSON array beginning with the session.
   */
  sessions?: readonly string[];
  /**
   * Names the event's line in whichever file a copy of it stands. An equal event of the same line under another session is such
   * a copy, and known.
   */
  lineKey?: string;
  /**
   * The part of the event that must be equal for two events to be the same: any JSON value; the order of members does not
   * matter. Default: type, description, metadata and content. Set where two records of the host describe one event in different
   * words.
   */
  essence?: unknown;
  /**
   * Equal events of one input are separate events, told apart by their ordinal number. Without `recurs` an equal event is known
   * already, unless it belongs to a call whose id was used again after that call had ended.
   */
  recurs?: true;
  /** Read from a log that the host keeps for itself (transcript, rollout, session file), and not told by a hook. */
  fromLog?: true;
  /**
   * This outcome counts as known where the same call has an outcome on record: "hooks" where a hook told that one, "all"
   * whoever told it. Without `yields` it becomes a `tool.detail` of the outcome on record, or an outcome of its own.
   */
  yields?: Yields;
  /** What the content is, where the type does not say it: tool events hold a result, all others prompt text. */
  contentKind?: Sealable;
  /** A piece of the event's own text to show after `description`, as in `exec: npm test`; left out where it is sealed. */
  detail?: { text: string; kind: Sealable };
  /** Members of `metadata` that hold text of a sealable kind, beside `args` and `error`. */
  sealable?: Readonly<Record<string, Sealable>>;
}

/** Which outcome on record makes another outcome of the same call count as known. @public */
export type Yields = "hooks" | "all";

/** What `redactPromptText`, `redactToolArgs` and `redactToolResults` seal. @public */
export type SealableKind = "prompt" | "args" | "result";

/** One kind, or several where the text may be of each: sealed where any of them is. @public */
export type Sealable = SealableKind | readonly SealableKind[];

/**
 * One host line becomes events, or is passed over for a reason (a short name such as "repeats-its-calls", counted), or is
 * refused with a reason.
 *
 * @public
 */
export type Normalised = { events: EventDraft[] } | { skipped: string } | { refused: string };

/** One kind of host. `normalise` takes one parsed value, reads the fields it knows and never throws. @public */
export interface Source {
  /** What its events carry in `source`. */
  readonly name: EventSource;
  /** Each line can be understood without the ones before it, so a later run starts where an earlier one stopped. */
  readonly standalone?: true;
  normalise(value: unknown): Normalised;
  /** Whether this value is a line of this source's own, by marks that lines of other sources lack. Never throws. */
  recognises(value: unknown): boolean;
  /** Events that were held back until more lines come. Called when there are no more lines for now. */
  rest?(): EventDraft[];
}
