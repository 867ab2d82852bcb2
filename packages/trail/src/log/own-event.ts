// The trail's own voice: `system.*` events. Nothing in them comes from a host, so they need no redaction.
import { type JsonObject, jcs } from "@sealtrail/smt/formats";
import type { PreparedEvent } from "../event/prepared.js";
import type { Random } from "./random.js";

/**
 * Events that decide something. They are only ever appended where they happen: never taken from a spool, whatever source it
 * names, and never with a dedupe key.
 */
export const DECIDING: ReadonlySet<string> = new Set([
  "system.anchor",
  "system.clock_changed",
  "system.erasure",
  "system.freeze",
  "system.key_changed",
  "system.restarted",
  "system.retention",
]);

export interface OwnEvent {
  description: string;
  metadata: JsonObject;
  random: Random;
}

export function ownEvent(type: `system.${string}`, { description, metadata, random }: OwnEvent): PreparedEvent {
  return {
    type,
    category: "system",
    source: "sealtrail",
    description,
    metadata: jcs(metadata),
    contentSalt: random(32),
  };
}
