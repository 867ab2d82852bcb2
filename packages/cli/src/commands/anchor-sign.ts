/** `audit anchor sign`: checkpoints and signs, sends nothing. What a hook starts when an anchor is due. */
import { rmSync } from "node:fs";
import { anchorPlan, signingOf } from "../anchoring.js";
import { defineCommand } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { signingMark } from "../hook/sign-when-due.js";
import { withTrail } from "../open.js";
import { count } from "../text.js";

export const command = defineCommand({
  about:
    "Checkpoints and signs when an anchor is due, and sends nothing: audit anchor now, or a timer, does. Asks no network.",
  positionals: {},
  options: { all: { kind: "flag", about: "whatever waits, due or not" } },
  exits: {
    [EXIT.retryLater]: "the account is not known yet: audit anchor now asks for it",
    [EXIT.permission]: "anchoring is off",
  },
  examples: [["audit anchor sign --all", "before the machine is shut down"]],
  async run(args, context) {
    return withTrail(context, {}, async (trail) => {
      try {
        const plan = await anchorPlan(context);
        if (!plan.on) throw new CliError("anchoring-off", EXIT.permission, plan.why, plan.hint);
        const { signCheckpoint } = await import("@sealtrail/anchor");
        const { outbox, policy, signer } = await signingOf(context, trail, plan);
        const signed = signCheckpoint(trail, outbox, signer, { asked: args.all, policy });
        const version = signed?.row.version ?? null;
        if (context.json) await context.object({ network: plan.anchor, signed: version });
        else
          await context.line(
            version === null ? "nothing is due" : `${plan.anchor}: checkpoint ${count(version)} signed`,
          );
        return EXIT.ok;
      } finally {
        rmSync(signingMark(context.db), { force: true });
      }
    });
  },
});
