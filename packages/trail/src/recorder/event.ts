// From what a source tells to an event that may be written or spooled: redacted and capped, with the keys by which it is
// recognised. Where the trail's secret is not at hand, with the traits that become keys later.
import type { EventDraft } from "@sealtrail/sources/event";
import { type PrepareOptions, prepare } from "../event/prepare.js";
import type { PreparedEvent } from "../event/prepared.js";
import type { DedupeKeys } from "../ingest/dedupe.js";
import { keyed, traitsOf } from "../ingest/traits.js";
import type { SpooledEvent } from "../spool/entry.js";

export interface EventOptions extends PrepareOptions {
  /** A hook tells it as it happens: a call id that is seen again after its outcome names another call. */
  readonly live?: boolean;
}

/** Throws a TypeError where the draft's type is not `category.action` of a known category. */
export function eventOf(draft: EventDraft, options: EventOptions, keys: DedupeKeys): PreparedEvent;
export function eventOf(draft: EventDraft, options: EventOptions): SpooledEvent;
export function eventOf(draft: EventDraft, options: EventOptions, keys?: DedupeKeys): SpooledEvent {
  const event: SpooledEvent = prepare(draft, options);
  if (draft.fromLog === true) event.fromLog = true;
  else if (options.live === true) event.live = true;
  if (draft.yields !== undefined) event.yields = draft.yields;
  const traits = traitsOf(draft, event.live === true);
  if (keys !== undefined) return keyed(event, traits, keys);
  event.traits = traits;
  return event;
}

/** The event with keys in the place of its traits, for an append. */
export function withKeys({ traits, ...event }: SpooledEvent, keys: DedupeKeys): PreparedEvent {
  if (traits === undefined) return event;
  const ready = keyed(event, traits, keys);
  // A prompt that Claude Code tells by hooks in two settings files is marked `repeated`. It keeps the key that the line of the
  // session file has as well.
  const isPrompt = event.source === "claude-code" && event.type === "prompt.input" && event.live === true;
  if (isPrompt && ready.dedupeBy === "identity") ready.dedupeBy = "moment";
  return ready;
}
