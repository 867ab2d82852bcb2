/** `audit keygen [file]`: a signing key in a file of its owner's only; never printed. */
import { dirname, resolve } from "node:path";
import { defaultKeyFile } from "../anchoring.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { makeFolders } from "../outfile.js";
import { columns } from "../text.js";

export const command = defineCommand({
  about:
    "Makes a signing key (file mode 0600) and prints its public key only. Without a file name it is signing.key beside the trail, where it is found; anchoring on the ledger file is on from then.",
  positionals: { file: { required: false, about: "where to; name it with signingKeyFile in config.json" } },
  options: {},
  exits: { [EXIT.exists]: "there is a key already; it was left alone" },
  notes: ["Give the public key to whoever is to check bundles, by another way than the bundles themselves."],
  examples: [["audit keygen", "then: audit anchor now"]],
  async run(args, context) {
    const { generateKeyFile } = await import("@sealtrail/anchor");
    const file = args.file === undefined ? defaultKeyFile(context) : resolve(context.io.cwd, args.file);
    makeFolders(dirname(file), 0o700);
    const { signerId } = generateKeyFile(file, (n) => context.io.random(n));
    if (context.json) await context.object({ file, publicKey: signerId });
    else {
      await context.lines([
        context.color.bold("made a signing key"),
        ...columns([
          ["  file", file],
          ["  public key", signerId],
        ]),
      ]);
    }
    return EXIT.ok;
  },
});
