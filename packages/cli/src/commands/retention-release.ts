/** `audit retention release <hold>`: ends a legal hold; that goes on record. */
import { defineCommand } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";

export const command = defineCommand({
  about: "Ends a legal hold. What it kept can be erased and pruned again; the release goes on record.",
  positionals: { hold: { required: true, about: "the hold's id, as audit retention status shows it" } },
  options: { reason: { kind: "value", hint: "text", about: "goes on record" } },
  exits: { [EXIT.missing]: "no such hold in force" },
  examples: [["audit retention release 0123456789abcdef --reason 'case closed'", "end it"]],
  async run(args, context) {
    return withTrail(context, {}, async (trail) => {
      const sequence = trail.release(args.hold, args.reason === undefined ? {} : { reason: args.reason });
      if (sequence === undefined)
        throw new CliError(
          "no-hold",
          EXIT.missing,
          `no hold ${args.hold} is in force`,
          "audit retention status shows those that are",
        );
      if (context.json) await context.object({ hold: args.hold, sequence });
      else await context.line(`${context.color.bold("released")} ${args.hold}, on record as event ${sequence}`);
      return EXIT.ok;
    });
  },
});
