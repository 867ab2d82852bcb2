// Notices that no prompts come in: where the host gives tool calls but no prompt for a day, its conversation hooks are off or
// broken.
import type { Trail } from "@sealtrail/trail";

const dayMs = 24 * 3_600_000;
/** Newest events that are looked at. */
const mostEvents = 50_000;

export const SILENT = "conversation-hooks-silent";

/**
 * Number of agents' tool calls in the last 24 h; undefined where there was a prompt or no call, or a warning is on record
 * already.
 */
export function silentCalls(trail: Trail, now: number): number | undefined {
  const rows = trail.database
    .prepare(
      `SELECT type, count(*) AS n, max(CASE WHEN instr(metadata, ?) > 0 THEN 1 ELSE 0 END) AS said FROM events
       WHERE sequence > ? AND createdAt > ? AND (type = 'system.degraded' OR source = 'openclaw')
         AND (type IN ('prompt.input', 'system.degraded') OR (type = 'tool.invoked' AND runId IS NOT NULL))
       GROUP BY type`,
    )
    .all(`"reason":"${SILENT}"`, trail.lastSequence - mostEvents, new Date(now - dayMs).toISOString()) as unknown as {
    type: string;
    n: number;
    said: number;
  }[];
  const of = (type: string) => rows.find((row) => row.type === type);
  if (of("prompt.input") !== undefined || of("system.degraded")?.said === 1) return undefined;
  return of("tool.invoked")?.n;
}
