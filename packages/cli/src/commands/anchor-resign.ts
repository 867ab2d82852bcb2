/** `audit anchor resign <version>`: a new statement for a checkpoint whose old one was rejected. */
import { tellReports } from "../anchoring.js";
import { defineCommand } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { whole } from "../values.js";
import { withAnchoring } from "./_anchor-sign.js";

export const command = defineCommand({
  about:
    "Makes a new statement of a checkpoint whose statement was rejected, after the network has said that it does not know the old one. audit anchor now sends it.",
  positionals: {
    version: { required: true, about: "the checkpoint's version (audit anchor list shows rejected ones)" },
  },
  options: {},
  exits: {
    [EXIT.failed]: "there is nothing to make anew: it is on its way, accepted, or unknown",
    [EXIT.missing]: "no such checkpoint",
    [EXIT.retryLater]: "the network is down, or another process is sending",
    [EXIT.permission]: "anchoring is off, or goes to the ledger file",
  },
  examples: [["audit anchor resign 12", "then: audit anchor now"]],
  async run(args, context) {
    const version = whole(args.version, "<version>", 1);
    return withAnchoring(context, async (trail, { outbox, signer, target }) => {
      const { resign } = await import("@sealtrail/anchor/outbox");
      if (target.network === "ledger")
        throw new CliError("ledger", EXIT.permission, "a ledger file rejects nothing", "anchor resign is for networks");
      const checkpoint = trail.checkpointAt({ version })?.checkpoint;
      if (!checkpoint)
        throw new CliError(
          "no-checkpoint",
          EXIT.missing,
          `there is no checkpoint ${version}`,
          "audit anchor list shows what there is",
        );
      const result = await resign(outbox, checkpoint, signer, target, { clock: () => context.io.now() });
      await tellReports(context, trail, outbox);
      if (!result.ok) {
        const later = result.code === "network-down" || result.code === "busy" || result.code === "waiting";
        throw new CliError(
          result.code,
          later ? EXIT.retryLater : EXIT.failed,
          result.message,
          later ? "try again later" : "audit anchor list shows its state",
        );
      }
      const { row, replaced } = result;
      if (context.json) await context.object({ version, hash: row.hash, replaced });
      else await context.line(`checkpoint ${version}: new statement ${row.hash} in place of ${replaced}`);
      return EXIT.ok;
    });
  },
});
