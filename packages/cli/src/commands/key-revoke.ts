/** `audit key revoke <file>`: the old key counts no more, from the version on at which it may have become known. */
import { defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { whole } from "../values.js";
import { changeKey } from "./_key-change.js";

export const command = defineCommand({
  about:
    "For a signing key that others may have: from a version on it counts no more, and another one does. The change is signed by both keys and put on record.",
  positionals: { file: { required: true, about: "the new key's file (audit keygen FILE makes one)" } },
  options: {
    "from-version": {
      kind: "value",
      hint: "n",
      about: "the first version that the old key no longer speaks for (default: the next one)",
    },
  },
  exits: { [EXIT.missing]: "no trail, or no key to revoke" },
  notes: [
    "What was anchored before on an outside network stays proven by the network's time; tell those who check about the new list yourself.",
    "What the old key signed for that version and later ones shows nothing any more; audit verify notes it (retired-signer).",
  ],
  examples: [["audit key revoke new.key --from-version 40", "the old key may be known since version 40"]],
  run: (args, context) =>
    changeKey(
      context,
      "revocation",
      args.file,
      args["from-version"] === undefined ? undefined : whole(args["from-version"], "--from-version", 1),
    ),
});
