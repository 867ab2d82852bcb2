// The events after a sequence, counted for the triggers: how many, how many not the trail's own, and since when. Looks at
// no event's content.
import type { DatabaseSync } from "node:sqlite";
import type { Unsigned } from "../policy.js";

/** `after`: `outbox.signedUpTo()` for what waits for a signature, `outbox.anchoredUpTo()` for what no anchor covers yet. */
export function eventsAfter(db: DatabaseSync, after: number): Unsigned {
  const counted = db.prepare("SELECT count(*) AS n FROM events WHERE sequence > ?").get(after) as { n: number };
  const host = db
    .prepare("SELECT count(*) AS n, min(createdAt) AS at FROM events WHERE sequence > ? AND category <> 'system'")
    .get(after) as { n: number; at: string | null };
  return { events: counted.n, hostEvents: host.n, oldestAt: host.at === null ? undefined : Date.parse(host.at) };
}
