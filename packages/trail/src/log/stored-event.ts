// An event as it stands in the log, as callers see it: hashes in hex, metadata parsed, no salts, no content.
import type { JsonObject } from "@sealtrail/smt/formats";
import type { FieldsWith, HashedValue } from "@sealtrail/verify/event";

/** An event as it is in the log. @public */
export type StoredEvent = KeptFields & {
  /** Absent where the event lacks them, and after an erasure. Hashes in hex; `contentLength` in bytes before the cap. */
  [Name in Exclude<FieldsWith<{ hashed: true }>, keyof KeptFields>]?: HashedValue<Name>;
};

interface KeptFields {
  /** From 1, no gaps: the trail's order. */
  sequence: number;
  /** UUIDv7. */
  id: string;
  /** ISO 8601, UTC, milliseconds. */
  createdAt: string;
  /** `category.action`. */
  type: string;
  category: string;
  rawHash: string;
  censoredHash: string;
  /** Raw key of the event before; of the first, the genesis hash. */
  previousHash: string;
  /** Raw key of the previous event with the same source and session; `null` where there is none. */
  chainPrev: string | null;
  /** The payload was erased or pruned: everything below is gone for good. */
  destroyed?: true;
  epoch?: number;
  metadata?: JsonObject;
}

/**
 * All filters must match. Times are the host's own where an event has one (`occurredAt`), else `createdAt`; both ends included.
 *
 * @public
 */
export interface EventQuery {
  /** Only the newest n that match; they come oldest first all the same. */
  last?: number;
  /** One type or several, any of which will do. `tool.*` stands for every type of a category. At most 100. */
  type?: string | readonly string[];
  category?: string;
  session?: string;
  /** Only events that asked for a tool call of which no outcome is on record. */
  open?: true;
  /** ISO 8601. */
  since?: string;
  until?: string;
  /** Only sequences from here on. */
  after?: number;
}
