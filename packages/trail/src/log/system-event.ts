// The trail's own voice: `system.*` events. Nothing in them comes from a host, so they need no redaction.
import { type JsonObject, jcs } from "@sealtrail/smt/formats";
import type { PreparedEvent } from "../event/prepared.js";
import type { Random } from "./random.js";

export interface SystemEvent {
  description: string;
  metadata: JsonObject;
  random: Random;
}

export function systemEvent(type: `system.${string}`, { description, metadata, random }: SystemEvent): PreparedEvent {
  return {
    type,
    category: "system",
    source: "sealtrail",
    description,
    metadata: jcs(metadata),
    contentSalt: random(32),
  };
}
