import type { Trail } from "@sealtrail/trail";
import type { Told } from "./model.ts";

/** The events whose word can be read. */
export function toldBy(trail: Trail): Told[] {
  const told: Told[] = [];
  for (const event of trail.events()) {
    if (event.destroyed === true || event.category === "system") continue;
    const word = /said-\d+-\d+-/.exec(`${event.description} ${JSON.stringify(event.metadata)}`)?.[0];
    if (word === undefined) continue;
    const { sequence, sessionId: session, createdAt } = event;
    told.push({ word, sequence, session, createdAt: Date.parse(createdAt) });
  }
  return told;
}
