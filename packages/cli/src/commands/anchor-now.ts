/** `audit anchor now`: signs what waits, sends what is signed. What timers run. */
import type { DrainReport } from "@sealtrail/anchor";
import { tellReports } from "../anchoring.js";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { EXIT } from "../exit.js";
import { freezeOld } from "../freezing.js";
import { clean, count, localTime, plural } from "../text.js";
import { withAnchoring } from "./_anchor-sign.js";

export function drainLines(report: DrainReport): string[] {
  return [
    ...report.failures.map((text) => `  failed: ${clean(text)}`),
    ...report.held.map((text) => `  on hold: ${clean(text)}`),
    ...report.off.map((text) => `  off: ${clean(text)}`),
    ...(report.waitUntil === undefined ? [] : [`  nothing is sent before ${localTime(report.waitUntil)}`]),
    ...(report.busy > 0 ? ["  another process is sending right now"] : []),
  ];
}

/** 75 as long as something waits and time will help; 1 where a person has to act. */
export function drainExit(report: DrainReport): number {
  if (report.rejected > 0 || report.held.length > 0 || report.off.length > 0) return EXIT.failed;
  return report.waiting > 0 ? EXIT.retryLater : EXIT.ok;
}

export const command = defineCommand({
  about: "Checkpoints and signs what no anchor covers yet, then sends everything that waits, in order.",
  positionals: {},
  options: { due: { kind: "flag", about: "sign only when it is due (by count or time); send what waits anyway" } },
  exits: {
    [EXIT.failed]: "rejected, on hold or off: needs a person",
    [EXIT.retryLater]: "the network is down: signed and kept, and sent next time",
    [EXIT.permission]: "anchoring is off: no signing key, or no account",
  },
  notes: ["It can be run as often as you like: what was signed once is sent as the same bytes until it is settled."],
  examples: [["audit anchor now --quiet", "from a timer, every few minutes"]],
  async run(args, context: Context) {
    return withAnchoring(context, async (trail, { outbox, signer, target, policy }) => {
      const { check, drain, signCheckpoint } = await import("@sealtrail/anchor");
      const signed = signCheckpoint(trail, outbox, signer, { asked: !args.due, policy });
      const clock = () => context.io.now();
      const report = await drain([outbox], target, { clock, release: true });
      if (target.network !== "ledger" && report.failures.length === 0) await check([outbox], target, { clock });
      await tellReports(context, trail, outbox);
      const frozen = freezeOld(context, trail);
      if (frozen > 0) await context.note(`froze ${plural(frozen, "epoch")} that ended long ago`);
      if (context.json) {
        await context.object({
          network: target.network,
          signed: signed?.row.version ?? null,
          ...report,
          waitUntil: report.waitUntil ?? null,
        });
      } else if (!context.quiet || drainExit(report) !== EXIT.ok) {
        const { bold } = context.color;
        await context.lines([
          `${bold(target.network)}: ${signed ? `checkpoint ${count(signed.row.version)} signed` : "nothing new to sign"}, ${plural(report.anchored, "statement")} anchored, ${count(report.waiting)} waiting, ${count(report.rejected)} rejected`,
          ...drainLines(report),
        ]);
      }
      return drainExit(report);
    });
  },
});
