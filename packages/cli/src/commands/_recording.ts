/** Further lines of `audit status`: calls without an end, contents that did not come in whole, prompts, size and age. */

import type { Trail, TrailStatus } from "@sealtrail/trail";
import type { Conversation } from "@sealtrail/trail/log";
import type { Context } from "../context.js";
import { bytesForPeople, count, localTimeZone, plural } from "../text.js";
import { DAY_MS, FLOOR_MS } from "./_retention.js";

/** A call without an outcome for this long is probably not running any more. */
const openAfterMs = 10 * 60_000;
const mostOpen = 10_000;

export interface OpenCalls {
  /** Asked for more than 10 minutes ago, without an outcome on record. At most 10,000 are counted. */
  readonly calls: number;
  /** Of the oldest of them. */
  readonly oldestAt: string | null;
}

export function openCalls(trail: Trail, now: number): OpenCalls {
  let calls = 0;
  let oldestAt: string | null = null;
  const latest = new Date(now - openAfterMs).toISOString();
  for (const { createdAt } of trail.openCalls()) {
    if (createdAt >= latest) break;
    oldestAt ??= createdAt;
    if (++calls >= mostOpen) break;
  }
  return { calls, oldestAt };
}

export interface Talk extends Conversation {
  /** `silent`: tool calls and no prompt in 24 hours. `idle`: neither. `off`: the host does not hand prompts over. */
  readonly state: "on" | "off" | "silent" | "idle";
}

/**
 * For each agent host among the sources: whether prompts were recorded beside tool calls in the last 24 hours.
 * @param off hosts whose settings leave prompts out
 */
export function conversations(trail: Trail, off: ReadonlySet<string>): Talk[] {
  return trail.conversations().map(({ source, calls, prompts }) => {
    const without = off.has(source) ? "off" : calls > 0 ? "silent" : "idle";
    return { source, state: prompts > 0 ? "on" : without, calls, prompts };
  });
}

export interface Keeping {
  /** `retentionMaxBytes`; null without a rule. */
  readonly maxBytes: number | null;
  /** Time of the oldest event that still has its payload, not counting the trail's own events. */
  readonly oldestAt: string | null;
  /**
   * When `audit due` will prune next: for an age rule, when the oldest event reaches the age; for a size rule, now. Null where
   * no rule applies.
   */
  readonly nextPruneAt: string | null;
}

export function keeping(context: Context, trail: Trail, status: TrailStatus): Keeping {
  const { retentionMaxAgeDays, retentionMaxBytes, retentionFloorDays } = context.config;
  const oldestAt = trail.firstOfHosts(0, { withPayload: true }) ?? null;
  const floor = retentionFloorDays === undefined ? FLOOR_MS : retentionFloorDays * DAY_MS;
  const oldest = oldestAt === null ? Number.NaN : Date.parse(oldestAt);
  const times: number[] = [];
  if (retentionMaxAgeDays !== undefined) times.push(oldest + Math.max(floor, retentionMaxAgeDays * DAY_MS));
  if (retentionMaxBytes !== undefined && status.fileBytes - status.freeBytes > retentionMaxBytes)
    times.push(oldest + floor);
  const next = Math.min(...times.filter((time) => !Number.isNaN(time)));
  return {
    maxBytes: retentionMaxBytes ?? null,
    oldestAt,
    nextPruneAt: Number.isFinite(next) ? new Date(Math.max(next, context.io.now())).toISOString() : null,
  };
}

export function keepingRows({ maxBytes, oldestAt, nextPruneAt }: Keeping, status: TrailStatus): string[][] {
  const used = status.fileBytes - status.freeBytes;
  const cap =
    maxBytes === null
      ? "no cap (retentionMaxBytes)"
      : `${bytesForPeople(used)} of ${bytesForPeople(maxBytes)}, ${count(Math.round((100 * used) / Math.max(1, maxBytes)))} %`;
  return [
    ["  size", cap],
    ["  oldest", oldestAt === null ? "no event with a payload" : localTimeZone(oldestAt)],
    ["  next prune", nextPruneAt === null ? "no rule prunes anything" : localTimeZone(nextPruneAt)],
  ];
}

export function openCallsRow({ calls, oldestAt }: OpenCalls): string {
  if (calls === 0 || oldestAt === null) return "none";
  return `${plural(calls, "call")} without an end on record, oldest ${localTimeZone(oldestAt)}: audit list --open`;
}
