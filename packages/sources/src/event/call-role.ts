// What a tool event says of its call: that it was asked for, how it ended, or something in between.

/** What an event says of its tool call: that it was asked for, something in between, or how it ended. */
export type CallRole = "asked" | "step" | "outcome";

export function callRole(type: string): CallRole | undefined {
  switch (type) {
    case "tool.invoked":
      return "asked";
    case "tool.result":
    case "tool.denied":
    case "tool.cancelled":
    case "tool.unknown":
      return "outcome";
    default:
      return type.startsWith("tool.") ? "step" : undefined;
  }
}

/**
 * Whether the source is a host whose hooks and own logs both tell of the same calls, so that these are joined. A gateway's log
 * and a user's own events are the only record of a call, and many of them never tell an end.
 */
export function toldFromTwoSides(source: string): boolean {
  return source === "claude-code" || source === "codex" || source === "openclaw";
}
