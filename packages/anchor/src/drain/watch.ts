// Drain and check for as long as the process runs (`audit anchor watch`). The pause between two passes is the interval,
// or what the breaker asks for, with some jitter so that many hosts do not come back at the same moment.
import type { Outbox } from "../outbox/outbox.js";
import { type CheckReport, check } from "./check.js";
import { type DrainReport, drain } from "./drain.js";
import type { DrainOptions, Target } from "./target.js";

export interface WatchPass {
  drained: DrainReport;
  checked?: CheckReport;
}

export async function watch(
  outboxes: readonly Outbox[],
  target: Target,
  options: DrainOptions & {
    intervalMs?: number;
    /** Before each pass: sign what is due. */
    before?: () => void | Promise<void>;
    after?: (pass: WatchPass) => void | Promise<void>;
  } = {},
): Promise<void> {
  const { signal, clock = Date.now, random = Math.random, intervalMs = 30_000 } = options;
  const sleep = options.sleep ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  while (!signal?.aborted) {
    await options.before?.();
    const pass: WatchPass = { drained: await drain(outboxes, target, options) };
    if (target.network !== "ledger" && !signal?.aborted) pass.checked = await check(outboxes, target, options);
    await options.after?.(pass);
    if (signal?.aborted) return;
    const until = Math.max(pass.drained.waitUntil ?? 0, pass.checked?.waitUntil ?? 0);
    const wait = Math.max(intervalMs, until - clock()) * (1 + 0.1 * random());
    await Promise.race([sleep(wait), aborted(signal)]);
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
}
