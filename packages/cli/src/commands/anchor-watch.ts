/** `audit anchor watch`: keeps signing, sending and looking up until it is stopped. */
import { signerNow, tellReports } from "../anchoring.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { freezeOld } from "../freezing.js";
import { count } from "../text.js";
import { span } from "../values.js";
import { withAnchoring } from "./_anchor-sign.js";
import { drainLines } from "./anchor-now.js";

export const command = defineCommand({
  about:
    "Signs what is due, sends what waits, looks up what was accepted, again and again until Ctrl-C. When it stops it signs what is left.",
  positionals: {},
  options: { every: { kind: "value", hint: "span", about: "pause between two rounds (30s)" } },
  exits: { [EXIT.permission]: "anchoring is off", [EXIT.interrupted]: "stopped by Ctrl-C" },
  examples: [["audit anchor watch", "where a long-running process is welcome; else a timer with audit anchor now"]],
  async run(args, context) {
    const intervalMs = args.every === undefined ? 30_000 : Math.max(1000, span(args.every, "--every"));
    return withAnchoring(context, async (trail, { outbox, signer, target, policy }) => {
      const { signCheckpoint, watch } = await import("@sealtrail/anchor");
      const signal = context.io.interrupt();
      await context.note(`anchoring on ${target.network}; Ctrl-C stops`);
      await watch([outbox], target, {
        signal,
        intervalMs,
        clock: () => context.io.now(),
        before: async () => {
          signCheckpoint(trail, outbox, await signerNow(context, signer), { policy });
        },
        after: async ({ drained, checked }) => {
          await tellReports(context, trail, outbox);
          freezeOld(context, trail);
          if (context.json) {
            await context.object({
              network: target.network,
              drained: { ...drained, waitUntil: drained.waitUntil ?? null },
              checked: checked ?? null,
            });
          } else if (drained.anchored > 0 || drained.failures.length > 0 || (checked?.finalized ?? 0) > 0) {
            const final = checked ? `, ${count(checked.finalized)} became final` : "";
            await context.lines([
              `${count(drained.anchored)} anchored, ${count(drained.waiting)} waiting${final}`,
              ...drainLines(drained),
            ]);
          }
        },
      });
      // The host may give seconds only: sign and store, the next round sends.
      signCheckpoint(trail, outbox, await signerNow(context, signer), { asked: true, policy });
      return signal.reason === "SIGTERM" ? EXIT.ok : EXIT.interrupted;
    });
  },
});
