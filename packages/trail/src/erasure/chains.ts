// Where the chains of held sessions lead.
import type { DatabaseSync } from "node:sqlite";
import { eachRow } from "@sealtrail/smt/sqlite";

/**
 * For each event up to `to` whose chain begins at one of `starts`: its sequence, and the raw key (hex) at which the chain
 * begins.
 */
export function chainsFrom(db: DatabaseSync, starts: ReadonlySet<string>, to: number): Map<number, string> {
  const startOf = new Map<string, string>();
  const found = new Map<number, string>();
  const links = db.prepare(
    `SELECT sequence, lower(hex(rawHash)) AS key, lower(hex(chainPrev)) AS previous FROM events
     WHERE sequence <= ? ORDER BY sequence`,
  );
  for (const row of eachRow<{ sequence: number; key: string; previous: string }>(links, to)) {
    const start = startOf.get(row.previous) ?? (starts.has(row.key) ? row.key : undefined);
    if (start === undefined) continue;
    startOf.set(row.key, start);
    found.set(row.sequence, start);
  }
  return found;
}
