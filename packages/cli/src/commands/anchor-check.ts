/** `audit anchor check`: looks accepted anchors up on the network, until they are final and proven. */
import type { CheckReport } from "@sealtrail/anchor";
import { tellReports } from "../anchoring.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { clean, count, localTime } from "../text.js";
import { withAnchoring } from "./_anchor-sign.js";

export const command = defineCommand({
  about:
    "Looks up on the network what was accepted and is not final yet, checks the network's own proof, and keeps it.",
  positionals: {},
  options: {},
  exits: {
    [EXIT.failed]: "the network lost some: they are queued again",
    [EXIT.retryLater]: "the network is down",
    [EXIT.permission]: "anchoring is off",
  },
  examples: [["audit anchor check", "is it final?"]],
  async run(_args, context) {
    return withAnchoring(context, async (trail, { outbox, target }) => {
      const { check } = await import("@sealtrail/anchor");
      const none: CheckReport = { finalized: 0, pending: 0, lost: 0, busy: 0, failures: [] };
      const report =
        target.network === "ledger"
          ? none
          : await check([outbox], target, { clock: () => context.io.now(), all: true });
      await tellReports(context, trail, outbox);
      const waitUntil = report.waitUntil ?? null;
      if (context.json) await context.object({ network: target.network, ...report, waitUntil });
      else {
        await context.lines([
          `${context.color.bold(target.network)}: ${count(report.finalized)} became final, ${count(report.pending)} not yet, ${count(report.lost)} lost`,
          ...report.failures.map((text) => `  failed: ${clean(text)}`),
          ...(waitUntil === null ? [] : [`  nothing is asked before ${localTime(waitUntil)}`]),
          ...(target.network === "ledger" ? ["  a ledger file is final at once: there is nothing to look up"] : []),
        ]);
      }
      if (report.lost > 0) return EXIT.failed;
      return report.failures.length > 0 ? EXIT.retryLater : EXIT.ok;
    });
  },
});
