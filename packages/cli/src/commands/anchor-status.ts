/** `audit anchor status`: where anchoring stands: key, place, queue, breaker, alarms. */
import type { Trail } from "@sealtrail/trail";
import { anchorPolicyOf } from "../anchor-policy.js";
import { type AnchorPlan, anchorPlan } from "../anchoring.js";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { clean, columns, count, localTime, plural } from "../text.js";
import { openOutboxReadOnly } from "./_outbox.js";

export interface AnchorState {
  readonly on: boolean;
  /** Why it is off. */
  readonly why: string | null;
  /** There is a signing key, and it cannot be read or used: a person must act. */
  readonly keyUnusable: boolean;
  readonly hint: string | null;
  readonly network: string | null;
  /** Public. */
  readonly publicKey: string | null;
  readonly statements: Readonly<Record<string, number>>;
  /** The last event that an anchor covers; 0 without one. */
  readonly anchoredUpTo: number;
  /** Statements that were accepted since midnight, by this machine's clock. */
  readonly anchoredToday: number;
  /** The network's hash of the newest one; null where there is none. */
  readonly newestHash: string | null;
  readonly eventsWithout: number;
  /** Of the oldest event that no anchor covers; `system.*` events wait for the next one and do not count. */
  readonly oldestWithout: string | null;
  readonly overdue: boolean;
  readonly breaker: { state: string; failures: number; until: string | null; lastFailure: string | null };
  readonly hold: string | null;
  readonly stopped: string | null;
  readonly alarms: readonly string[];
}

/** When the first host's event was recorded that no anchor covers, in ms. One look-up: no count over a log of any size. */
export function oldestWithout(trail: Trail, anchoredUpTo: number): number | undefined {
  const first = trail.firstOfHosts(anchoredUpTo);
  return first === undefined ? undefined : Date.parse(first);
}

/** More than fit into a day at one every 5 minutes. */
const mostToday = 1_000;

/** Reads the outbox; asks nobody. */
export async function anchorState(context: Context, trail: Trail): Promise<AnchorState> {
  const { Breaker } = await import("@sealtrail/anchor/outbox");
  const { overdueBy } = await import("@sealtrail/anchor/policy");
  const outbox = await openOutboxReadOnly(trail);
  const plan = await planOrFault(context);
  const now = context.io.now();
  const anchoredUpTo = outbox.anchoredUpTo();
  const oldest = oldestWithout(trail, anchoredUpTo);
  const ever = outbox.signedUpTo() > 0;
  const late = plan.on || ever ? overdueBy(oldest, now, anchorPolicyOf(context.config)) : undefined;
  const accepted = outbox.rows({ states: ["accepted", "finalized"], last: mostToday });
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const breaker = new Breaker(outbox.breaker(), { clock: () => now, random: () => 0 }).status();
  return {
    on: plan.on,
    why: plan.on ? null : plan.why,
    keyUnusable: "keyUnusable" in plan,
    hint: plan.on ? null : plan.hint,
    network: plan.on ? plan.anchor : null,
    publicKey: plan.on ? plan.key.signerId : null,
    statements: outbox.counts(),
    anchoredUpTo,
    anchoredToday: accepted.filter(({ acceptedAt }) => (acceptedAt ?? 0) >= midnight).length,
    newestHash: accepted.findLast(({ target }) => target !== "ledger")?.hash ?? null,
    eventsWithout: trail.lastSequence - anchoredUpTo,
    oldestWithout: oldest === undefined ? null : new Date(oldest).toISOString(),
    overdue: late !== undefined,
    breaker: {
      state: breaker.state,
      failures: breaker.failures,
      until: breaker.until === undefined ? null : new Date(breaker.until).toISOString(),
      lastFailure: breaker.lastFailure ?? null,
    },
    hold: outbox.hold()?.message ?? null,
    stopped: outbox.off() ?? null,
    alarms: outbox.unacknowledged().map((report) => report.message),
  };
}

/** A key that cannot be used stops signing. The rest of the status is shown all the same. */
async function planOrFault(context: Context): Promise<AnchorPlan | (AnchorPlan & { on: false; keyUnusable: true })> {
  const { KeyError } = await import("@sealtrail/anchor/keys");
  try {
    return await anchorPlan(context);
  } catch (error) {
    if (!(error instanceof KeyError || (error instanceof Error && "errno" in error))) throw error;
    const why = `the signing key cannot be used: ${error.message}`;
    return { on: false, why, hint: "mend the key file, or name another with signingKeyFile", keyUnusable: true };
  }
}

export function anchorRows(state: AnchorState): string[][] {
  const { statements: s, breaker } = state;
  const rows: string[][] = [
    ["  anchoring", state.on ? `on: ${state.network}` : clean(state.why ?? "off")],
    ["  anchored", state.anchoredUpTo === 0 ? "nothing yet" : `up to sequence ${count(state.anchoredUpTo)}`],
    [
      "  today",
      `${plural(state.anchoredToday, "anchor")}${state.newestHash === null ? "" : `, newest network hash ${clean(state.newestHash)}`}`,
    ],
    [
      "  without",
      `${plural(state.eventsWithout, "event")}${state.oldestWithout ? `, oldest ${localTime(state.oldestWithout)}` : ""}${state.overdue ? ": overdue" : ""}`,
    ],
    [
      "  statements",
      `${count((s.accepted ?? 0) + (s.finalized ?? 0))} anchored (${count(s.finalized ?? 0)} final), ${count((s.queued ?? 0) + (s.sent ?? 0))} waiting, ${count(s.rejected ?? 0)} rejected`,
    ],
  ];
  if (breaker.state !== "closed" || breaker.failures > 0) {
    const until = breaker.until === null ? "" : `, nothing is sent before ${localTime(breaker.until)}`;
    rows.push([
      "  breaker",
      `${breaker.state}, ${plural(breaker.failures, "failure")}${until}${breaker.lastFailure ? `: ${clean(breaker.lastFailure)}` : ""}`,
    ]);
  }
  if (state.hold !== null) rows.push(["  on hold", clean(state.hold)]);
  if (state.stopped !== null) rows.push(["  stopped", clean(state.stopped)]);
  return rows;
}

export const command = defineCommand({
  about:
    "Shows where anchoring stands: key, place, what is covered, what waits, the circuit breaker, alarms. Asks no network.",
  positionals: {},
  options: {},
  exits: { [EXIT.failed]: "something needs a person: the key cannot be used, overdue, rejected, on hold or stopped" },
  examples: [["audit anchor status --json", "for a monitor"]],
  async run(_args, context) {
    return withTrail(context, { readOnly: true }, async (trail) => {
      const state = await anchorState(context, trail);
      const bad =
        state.keyUnusable ||
        state.overdue ||
        state.hold !== null ||
        state.stopped !== null ||
        (state.statements.rejected ?? 0) > 0;
      if (context.json) await context.object(state);
      else {
        await context.lines([
          ...columns([...anchorRows(state), ...(state.publicKey === null ? [] : [["  public key", state.publicKey]])]),
          ...state.alarms.map((text) => `  alarm: ${clean(text)}`),
          ...(state.hint === null ? [] : [`  to do: ${clean(state.hint)}`]),
        ]);
      }
      return bad ? EXIT.failed : EXIT.ok;
    });
  },
});
