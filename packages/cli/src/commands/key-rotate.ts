/** `audit key rotate <file>`: another signing key from the next version on. */
import { defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { changeKey } from "./_key-change.js";

export const command = defineCommand({
  about: "Signs with another key from the next version on. The change is signed by both keys and put on record.",
  positionals: { file: { required: true, about: "the new key's file (audit keygen FILE makes one)" } },
  options: {},
  exits: { [EXIT.missing]: "no trail, or no key to change" },
  notes: ["A running audit anchor watch signs with the new key from its next round on."],
  examples: [["audit keygen new.key && audit key rotate new.key", "once a year, or when somebody leaves"]],
  run: (args, context) => changeKey(context, "rotation", args.file, undefined),
});
