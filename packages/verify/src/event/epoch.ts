// The epochs of a log (formats.md, section 2).

/** An event's epoch: a counter that moves whenever the stretch of time differs from the previous event's, in either
 * direction, so that a clock that jumps costs one epoch and nothing else. `previous` is absent for the first event. */
export function epochAfter(
  previous: { epoch: number; timestamp: number } | undefined,
  timestamp: number,
  epochDurationMs: number,
): number {
  if (previous === undefined) return 0;
  const moved = Math.floor(timestamp / epochDurationMs) !== Math.floor(previous.timestamp / epochDurationMs);
  return moved ? previous.epoch + 1 : previous.epoch;
}
