// The trail's own voice: `system.*` events. Nothing in them comes from a host, so they need no redaction.
import { type JsonObject, jcs } from "@sealtrail/smt/formats";
import type { PreparedEvent } from "../event/prepared.js";
import type { Random } from "./random.js";

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
