/** When an anchor is due, by the configuration. Hooks load this file, so it loads nothing that signs or sends. */
import { type AnchorPolicy, DEFAULT_POLICY } from "@sealtrail/anchor/policy";

/** Members of `config.json`; an absent one stands for the default. */
export interface Thresholds {
  readonly anchorEveryEvents?: number | undefined;
  readonly anchorEverySeconds?: number | undefined;
  readonly anchorTimerMinEvents?: number | undefined;
  readonly maxAnchorDelaySeconds?: number | undefined;
}

export function anchorPolicyOf(config: Thresholds): AnchorPolicy {
  const { anchorEveryEvents, anchorEverySeconds, anchorTimerMinEvents, maxAnchorDelaySeconds } = config;
  const ms = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000);
  return {
    everyEvents: anchorEveryEvents ?? DEFAULT_POLICY.everyEvents,
    everyMs: ms(anchorEverySeconds) ?? DEFAULT_POLICY.everyMs,
    timerMinEvents: anchorTimerMinEvents ?? DEFAULT_POLICY.timerMinEvents,
    maxAnchorDelayMs: ms(maxAnchorDelaySeconds) ?? DEFAULT_POLICY.maxAnchorDelayMs,
  };
}
