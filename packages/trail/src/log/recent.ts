// What the newest events say of the recording itself: losses, and whether prompts come in beside tool calls.
import type { DatabaseSync } from "node:sqlite";

/** Number of newest events that are read, because reading the whole log would take too long. */
const recentEvents = 10_000;
const dayMs = 24 * 3_600_000;

export interface Degraded {
  /** `system.degraded` events, by their reason. */
  readonly reason: string;
  readonly events: number;
  readonly lastAt: string;
}

/** The newest reason first, at most 20. */
export function degradedLately(db: DatabaseSync, last: number): Degraded[] {
  const rows = db
    .prepare(
      `SELECT coalesce(CASE WHEN json_valid(metadata) THEN metadata ->> '$.reason' END, 'unknown') AS reason,
              count(*) AS events, max(createdAt) AS lastAt
       FROM events WHERE sequence > ? AND type = 'system.degraded' GROUP BY 1 ORDER BY 3 DESC LIMIT 20`,
    )
    .all(last - recentEvents);
  return rows.map(({ reason, events, lastAt }) => ({
    reason: String(reason).slice(0, 80),
    events: Number(events),
    lastAt: String(lastAt),
  }));
}

/** Of the last 24 hours. */
export interface Conversation {
  readonly source: string;
  /** Tool calls that an agent made. OpenClaw also reports calls without one, which belong to no prompt. */
  readonly calls: number;
  readonly prompts: number;
}

/** For each agent host among the sources. */
export function conversationsLately(db: DatabaseSync, last: number, now: number): Conversation[] {
  const since = new Date(now - dayMs).toISOString();
  // Node 22.13 binds no numbered parameters.
  const rows = db
    .prepare(
      `SELECT source, sum(type = 'tool.invoked' AND createdAt >= ? AND (runId IS NOT NULL OR source <> 'openclaw')) AS calls,
              sum(category = 'prompt' AND createdAt >= ?) AS prompts
       FROM events WHERE sequence > ? AND source IN ('openclaw', 'claude-code', 'codex') GROUP BY source ORDER BY source`,
    )
    .all(since, since, last - recentEvents);
  return rows.map(({ source, calls, prompts }) => ({
    source: String(source),
    calls: Number(calls),
    prompts: Number(prompts),
  }));
}
