/** `audit info <file>`: what any of our files is and what it claims, in plain words. Checks nothing but its shape. */
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { readEvidence } from "../input.js";
import { type Described, recogniseAny } from "../recognise.js";
import { columns } from "../text.js";

async function describe(context: Context, file: string): Promise<Described> {
  // Opened and read once, because a pipe cannot be read a second time.
  const bytes = await readEvidence(context.io, file === "-" ? "-" : `@${file}`);
  const answer = await recogniseAny(bytes, file);
  if (answer.ok) return answer.found;
  const what =
    answer.code === "unknown-format" ? "has no format that this program knows" : `is none of our files: ${answer.code}`;
  throw new CliError(answer.code, EXIT.data, `${file} ${what}`, "audit help formats lists them");
}

export const command = defineCommand({
  about: "Says what a file of ours is and what it claims, in plain words. Nothing of it is checked: it says how to.",
  positionals: { file: { required: true, about: "the file, or - for stdin" } },
  options: {},
  exits: { [EXIT.data]: "none of our files" },
  examples: [["audit info proof.json", "what is this?"]],
  async run(args, context) {
    const found = await describe(context, args.file);
    if (context.json) {
      const claims = found.claims.map(([name, value]) => ({ name, value }));
      await context.object({
        file: args.file,
        format: found.format,
        what: found.what,
        claims,
        checked: false,
        check: found.check,
      });
      return EXIT.ok;
    }
    await context.lines([
      `${context.color.bold(found.what)} (${found.format})`,
      ...(found.claims.length > 0 ? ["it claims:"] : []),
      ...columns(found.claims.map(([name, value]) => [`  ${name}`, value])),
      "not checked. To check it:",
      `  ${found.check}`,
    ]);
    return EXIT.ok;
  },
});
