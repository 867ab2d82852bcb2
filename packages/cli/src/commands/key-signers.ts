/** `audit key signers`: the trail's signing keys and the versions they speak for: what a verifier is given. */
import { signingKey } from "../anchoring.js";
import { defineCommand } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { signersOf } from "../signers.js";
import { columns, count } from "../text.js";
import { emitResult } from "./_print-json.js";

export const command = defineCommand({
  about:
    "Prints the public keys and the versions that each speaks for, as sealtrail-signers/1: what whoever checks bundles needs.",
  positionals: {},
  options: { out: { kind: "value", hint: "file", about: "write it there (- is stdout)" } },
  exits: { [EXIT.missing]: "no trail, or no signing key" },
  notes: ["Hand it over by another way than the bundles: a file that brings its own signers proves nothing."],
  examples: [["audit key signers --out signers.json", "then: audit bundle verify FILE --signer @signers.json"]],
  async run(args, context) {
    return withTrail(context, { readOnly: true }, async (trail) => {
      const key = await signingKey(context);
      if (!key) throw new CliError("no-key", EXIT.missing, "there is no signing key", "audit keygen makes one");
      const signers = await signersOf(trail, key.signerId);
      if (context.json || args.out !== undefined) {
        await emitResult(context, args.out, { format: "sealtrail-signers/1", signers });
        return EXIT.ok;
      }
      await context.lines(
        columns(
          signers.map((s) => [
            s.publicKey,
            `version ${count(s.fromVersion)} ${s.untilVersion === undefined ? "and later" : `to ${count(s.untilVersion)}`}`,
          ]),
        ),
      );
      return EXIT.ok;
    });
  },
});
