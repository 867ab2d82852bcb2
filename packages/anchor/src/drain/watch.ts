// Drain and check for as long as the process runs (`audit anchor watch`). The pause between two passes is the interval,
// or what the breaker asks for, with some jitter so that many hosts do not come back at the same moment.
import type { Outbox } from "../outbox/outbox.js";
import { type CheckReport, check } from "./check.js";
import { type DrainReport, drain } from "./drain.js";
import type { DrainOptions, Target } from "./target.js";

export interface WatchPass {
  drained: DrainReport;
  /** Absent for the ledger file, which is final at once. */
  checked?: CheckReport;
}

export interface WatchOptions extends DrainOptions {
  intervalMs?: number;
  /** Before each pass: sign what is due. */
  before?: () => void | Promise<void>;
  after?: (pass: WatchPass) => void | Promise<void>;
}

const JITTER = 0.1;

/** Returns when `signal` is aborted, after the call that is under way; the pause ends at once. @public */
export async function watch(outboxes: readonly Outbox[], target: Target, options: WatchOptions = {}): Promise<void> {
  const { signal, clock = Date.now, random = Math.random, intervalMs = 30_000 } = options;
  const sleep = options.sleep ?? ((ms: number) => pause(ms, signal));
  while (!signal?.aborted) {
    await options.before?.();
    const pass: WatchPass = { drained: await drain(outboxes, target, options) };
    if (target.network !== "ledger" && !signal?.aborted) pass.checked = await check(outboxes, target, options);
    await options.after?.(pass);
    if (signal?.aborted) return;
    const until = Math.max(pass.drained.waitUntil ?? 0, pass.checked?.waitUntil ?? 0);
    await sleep(Math.max(intervalMs, until - clock()) * (1 + JITTER * random()));
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}
