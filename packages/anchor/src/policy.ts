/**
 * When a checkpoint is due for anchoring, and when anchoring is overdue. Pure: the caller counts, the clock is given.
 * For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */

export interface AnchorPolicy {
  /** Events since the last signed checkpoint that make the next one due. */
  everyEvents: number;
  /** So long after the last signed checkpoint it is due, if there is one event at least that is not `system.*`. */
  everyMs: number;
  /** By time it is due only with so many events that are not `system.*`; once the oldest is overdue, with any. */
  timerMinEvents: number;
  /** An event that no anchor covers may be so old. */
  maxAnchorDelayMs: number;
}

export const DEFAULT_POLICY: AnchorPolicy = {
  everyEvents: 100,
  everyMs: 300_000,
  timerMinEvents: 1,
  maxAnchorDelayMs: 3_600_000,
};

/** The events after the last one for which a statement was signed. */
export interface Unsigned {
  events: number;
  /** Of these, those that are not `system.*`: the trail's own events never trigger an anchor, they ride along. */
  hostEvents: number;
  /** `createdAt` of the oldest host event among them, ms; undefined without one. */
  oldestAt: number | undefined;
}

/** A time so far ahead is no matter of rounding, or of two processes. */
const AHEAD_MS = 60_000;

/** Why a statement should be signed now; undefined where it should not. An idle trail anchors nothing. */
export function anchorDue(
  unsigned: Unsigned,
  now: number,
  policy: AnchorPolicy = DEFAULT_POLICY,
): "count" | "timer" | undefined {
  if (unsigned.hostEvents === 0) return undefined;
  if (unsigned.events >= policy.everyEvents) return "count";
  const { hostEvents, oldestAt } = unsigned;
  if (oldestAt === undefined) return undefined;
  // A time that lies ahead was written by a clock that has been set back since: how old the event is, nobody knows.
  const age = oldestAt > now + AHEAD_MS ? Number.POSITIVE_INFINITY : now - oldestAt;
  if (age < policy.everyMs) return undefined;
  return hostEvents >= policy.timerMinEvents || age >= policy.maxAnchorDelayMs ? "timer" : undefined;
}

/** How long the oldest event that no anchor covers has been waiting beyond what is allowed; undefined where it has not. */
export function overdueBy(
  oldestUnanchoredAt: number | undefined,
  now: number,
  policy: AnchorPolicy = DEFAULT_POLICY,
): number | undefined {
  if (oldestUnanchoredAt === undefined) return undefined;
  const over = now - oldestUnanchoredAt - policy.maxAnchorDelayMs;
  return over > 0 ? over : undefined;
}
