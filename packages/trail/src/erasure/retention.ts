// Retention: payloads that are old enough, or too many, pruned by policy; never what is younger than the floor or under hold.
import type { DatabaseSync } from "node:sqlite";
import { eachRow, reclaim } from "@sealtrail/smt/sqlite";
import { rewriteDedupe } from "./dedupe-table.js";
import { type DestroyContext, destroy, emptyWal } from "./destroy.js";
import { activeHolds, heldBy } from "./holds.js";

export const dayMs = 86_400_000;

export interface RetentionPolicy {
  /** Prune what is older. */
  maxAgeMs?: number;
  /** Prune the oldest until the file holds no more than this. */
  maxBytes?: number;
  /** Nothing younger is pruned, whatever the rules say. Default 183 days. */
  floorMs?: number;
}

export const defaultFloorMs = 183 * dayMs;

export interface RetentionReport {
  /** Events whose payload went. */
  pruned: number;
  /** Old enough, and kept by a hold. */
  held: number;
  /** Sequences of the `system.retention` events that answer for it. */
  answeredBy: number[];
  /** False where another process kept the write-ahead log busy: old pages stand there until it is emptied. */
  walEmptied: boolean;
}

/** What a run at this moment would prune, by each rule. */
export function prunable(
  db: DatabaseSync,
  policy: RetentionPolicy,
  now: number,
): { byAge: number[]; bySize: number[]; held: number } {
  const { maxAgeMs, maxBytes, floorMs = defaultFloorMs } = policy;
  for (const [name, value] of Object.entries({ maxAgeMs, maxBytes, floorMs })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0))
      throw new RangeError(`${name}: a count expected`);
  }
  let held = 0;
  const holds = activeHolds(db);
  const youngerThan = (age: number) => new Date(now - age).toISOString();
  const payload = `ifnull(length(content), 0) + ifnull(octet_length(metadata), 0) + ifnull(octet_length(description), 0) + 200`;
  const rows = db.prepare(
    `SELECT sequence, createdAt, ${payload} AS bytes FROM events
     WHERE createdAt <= ? AND metadata IS NOT NULL AND category <> 'system' ORDER BY sequence`,
  );
  const oldest = youngerThan(floorMs);
  const aged = maxAgeMs === undefined ? "" : youngerThan(Math.max(maxAgeMs, floorMs));
  let excess = maxBytes === undefined ? 0 : usedBytes(db) - maxBytes;
  const byAge: number[] = [];
  const bySize: number[] = [];
  if (maxAgeMs === undefined && excess <= 0) return { byAge, bySize, held };
  const isHeld = heldBy(db, holds, Number.MAX_SAFE_INTEGER);
  for (const row of eachRow<{ sequence: number; createdAt: string; bytes: number }>(rows, oldest)) {
    const wanted = row.createdAt <= aged || excess > 0;
    if (!wanted) continue;
    if (isHeld(row.sequence)) {
      held++;
      continue;
    }
    excess -= row.bytes;
    (row.createdAt <= aged ? byAge : bySize).push(row.sequence);
  }
  return { byAge, bySize, held };
}

/** `cover` makes a checkpoint of all that is in the log. */
export function prune(
  context: DestroyContext,
  policy: RetentionPolicy,
  { now, cover }: { now: number; cover: () => void },
): RetentionReport {
  const { db } = context;
  const { byAge, bySize, held } = prunable(db, policy, now);
  const { maxAgeMs, maxBytes, floorMs = defaultFloorMs } = policy;
  const report: RetentionReport = { pruned: 0, held, answeredBy: [], walEmptied: true };
  const rules = [
    { sequences: byAge, metadata: { action: "prune", rule: "age", floorMs, maxAgeMs: maxAgeMs ?? 0 } },
    { sequences: bySize, metadata: { action: "prune", rule: "size", floorMs, maxBytes: maxBytes ?? 0 } },
  ];
  if (byAge.length + bySize.length > 0) cover();
  for (const { sequences, metadata } of rules) {
    const done = destroy(
      context,
      sequences,
      { type: "system.retention", description: "payloads pruned by policy", metadata },
      notHeld(db),
    );
    report.pruned += done.destroyed;
    report.answeredBy.push(...done.answeredBy);
  }
  if (report.pruned > 0) {
    rewriteDedupe(db);
    reclaim(db);
    report.walEmptied = emptyWal(db);
  }
  return report;
}

/** Asked inside each transaction: a hold that came in since the choice was made counts. */
export function notHeld(db: DatabaseSync): (sequences: readonly number[]) => readonly number[] {
  const inForce = () =>
    activeHolds(db)
      .map((hold) => hold.id)
      .join();
  const known = inForce();
  return (sequences) => {
    if (inForce() === known) return sequences;
    const isHeld = heldBy(db, activeHolds(db), sequences.at(-1) ?? 0);
    return sequences.filter((sequence) => !isHeld(sequence));
  };
}

function usedBytes(db: DatabaseSync): number {
  const pragma = (name: string) => Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0);
  return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
}
