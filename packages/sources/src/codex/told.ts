// The result of a line of the session log: events, or the reason why it is skipped.
import type { EventDraft, Sealable } from "../event/draft.js";
import { fallbackType } from "../shared/fallback-type.js";
import { type Fields, field } from "../shared/fields.js";

export const ORIGIN = "rollout";

export type Told = EventDraft[] | { skipped: string };

/** Says the same as another line of this file. */
export const AGAIN = { skipped: "says-again-what-another-line-says" } as const;
/** Settings of the host, which are no events. */
export const CONTEXT = { skipped: "context-of-the-host" } as const;
export const COPIED = { skipped: "copied-from-another-session" } as const;

/** Where in the log the reader is. */
export interface Here {
  /** Whose lines these are: the file's own session, or the one that they were copied from. */
  readonly session: string | undefined;
  readonly turn: string | undefined;
  readonly model: string | undefined;
  /** The turn that a line names, else the one that is at work. */
  turnOf(payload: Fields): string | undefined;
}

/**
 * An event for a line of a kind that is not known, from a newer version. Its scalars and objects are kept under their own
 * names; of lists only the length.
 */
export function unknown(kind: string, payload: Fields): EventDraft {
  const metadata: Record<string, unknown> = { hook: kind };
  const sealable: Record<string, Sealable> = {};
  for (const name of Object.keys(payload).slice(0, 200)) {
    if (name === "type" || name === "encrypted_content" || name === "internal_chat_message_metadata_passthrough")
      continue;
    const value = field(payload, name);
    if (Array.isArray(value)) metadata[`${name}_count`] = value.length;
    else {
      metadata[name] = value;
      sealable[name] = ["prompt", "args", "result"];
    }
  }
  return {
    type: fallbackType(kind === "" ? "item" : kind),
    description: kind === "" ? "item" : kind,
    metadata,
    sealable,
  };
}
