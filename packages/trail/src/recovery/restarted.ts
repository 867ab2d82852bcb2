// Whether a trail stands in for one that was lost, and whether its operator has taken it into service.
import type { DatabaseSync } from "node:sqlite";
import type { JsonObject } from "@sealtrail/smt";
import { eventBySequence, listEvents } from "../log/query.js";

export interface Restarted {
  /** What the first event says of the old trail: `reason`, and what could be read of `oldTree`, `oldSequence`, `oldRoot`,
   * `oldCheckpoint`; `fileHash`, the old file's SHA-256. */
  old: JsonObject;
  /** An event of the trail accepts it. */
  accepted: boolean;
}

/** Whether this event, the trail's own, takes a restarted trail into service. */
export function accepts(metadata: JsonObject): boolean {
  return metadata.accepted === true;
}

export function restartedBy(db: DatabaseSync): Restarted | undefined {
  const first = eventBySequence(db, 1);
  if (first?.type !== "system.restarted" || first.source !== "sealtrail") return undefined;
  let accepted = false;
  for (const event of listEvents(db, { type: "system.restarted", after: 1 })) {
    accepted ||= event.source === "sealtrail" && event.metadata !== undefined && accepts(event.metadata);
  }
  return { old: first.metadata ?? {}, accepted };
}
