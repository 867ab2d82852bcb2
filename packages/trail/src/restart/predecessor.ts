// What a trail says of its own beginning: whether it stands in the place of another, and whether somebody accepted that.
import type { DatabaseSync } from "node:sqlite";
import type { JsonObject } from "@sealtrail/smt/formats";
import { eachRow } from "@sealtrail/smt/sqlite";

export interface Begun {
  /** Of the trail before, as far as its first event could say. */
  metadata: JsonObject;
  createdAt: string;
  /** Sequence of the event that took this trail into service; undefined while nobody has. */
  acceptedAt: number | undefined;
}

/** Metadata of ours are at most 64 KiB. Longer ones are not read, because their values could fill the memory. */
const shortMetadata = "iif(octet_length(metadata) <= 1048576, metadata, NULL) AS metadata";

/** Undefined for a trail that was begun with `audit init`. */
export function predecessorOf(db: DatabaseSync): Begun | undefined {
  const first = db
    .prepare(
      `SELECT createdAt, ${shortMetadata} FROM events WHERE sequence = 1 AND type = 'system.restarted' AND source = 'sealtrail'`,
    )
    .get() as { createdAt: string; metadata: string | null } | undefined;
  if (first === undefined) return undefined;
  const accepted = db.prepare(
    `SELECT sequence, ${shortMetadata} FROM events
     WHERE sequence > 1 AND type = 'system.restarted' AND source = 'sealtrail' ORDER BY sequence`,
  );
  let acceptedAt: number | undefined;
  for (const row of eachRow<{ sequence: number; metadata: string | null }>(accepted)) {
    if (parsed(row.metadata).accepted !== true) continue;
    acceptedAt = row.sequence;
    break;
  }
  return { metadata: parsed(first.metadata), createdAt: first.createdAt, acceptedAt };
}

function parsed(text: string | null): JsonObject {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}
