// Notices that no prompts come in: the host's conversation hooks are off or broken.
import type { Trail } from "@sealtrail/trail";

export const SILENT = "conversation-hooks-silent";

/**
 * A warning for the host's log where an agent called tools in the last 24 hours and no prompt came in: the conversation hooks are off
 * or broken. Undefined where that is on record already. Of trouble with the file `tick` takes care.
 */
export function silence(trail: Trail, now: number): string | undefined {
  try {
    const { calls = 0, prompts = 0 } = trail.conversations().find(({ source }) => source === "openclaw") ?? {};
    const dayAgo = new Date(now - 24 * 3_600_000).toISOString();
    const isKnown = trail.degradedLately().some(({ reason, lastAt }) => reason === SILENT && lastAt > dayAgo);
    if (calls === 0 || prompts > 0 || isKnown) return undefined;
    trail.record("system.degraded", {
      description: "tool calls come in and no prompts: the host's conversation hooks are off or silent",
      metadata: { reason: SILENT, calls, hours: 24, host: "openclaw" },
    });
    return `${calls} tool calls in 24 h and no prompt: conversation hooks are off or silent (openclaw sealtrail status)`;
  } catch {
    return undefined;
  }
}
