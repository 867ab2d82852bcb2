// Hosts that report one call from two sides.

/**
 * Whether the source is a host whose hooks and own logs both tell of the same calls, so that these are joined. A gateway's log
 * and a user's own events are the only record of a call, and many of them never tell an end.
 *
 * @public
 */
export function toldFromTwoSides(source: string): boolean {
  return source === "claude-code" || source === "codex" || source === "openclaw";
}
