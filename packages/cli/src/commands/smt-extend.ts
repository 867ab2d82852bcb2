/** `audit smt extend <root1> <root2>`: proof that the later tree still holds all of the earlier one; or its check. */
import { defineCommand } from "../command.js";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { INPUT_LIMIT } from "../input.js";
import { withTrail } from "../open.js";
import { bytesForPeople, columns, count, toJson } from "../text.js";
import { hash, size } from "../values.js";
import { emitResult } from "./_print-json.js";
import { verifyExtensionFile } from "./_verify-extension.js";
import { checkLiteral } from "./_wrong-file.js";

export const command = defineCommand({
  about:
    "Proves that the tree at the second root holds everything that it held at the first, unchanged. With --verify it checks such a proof instead, and opens no trail.",
  positionals: {
    root1: { required: true, about: "the earlier root" },
    root2: { required: true, about: "the later root" },
  },
  options: {
    verify: { kind: "value", hint: "json|@file|-", about: "check this proof against the two roots" },
    out: { kind: "value", hint: "file", about: "write the proof there (- is stdout)" },
    limit: { kind: "value", hint: "size", about: "the largest proof to make or to check, like 100MB (16MiB)" },
  },
  exits: {
    [EXIT.failed]: "--verify: not valid; else: the later tree lacks something of the earlier one",
    [EXIT.data]: "the proof would be larger than --limit, none is made; --verify: another kind of file",
    [EXIT.missing]: "one is no checkpoint of this trail",
  },
  examples: [
    ["audit smt extend ROOT1 ROOT2 --out extension.json", "for who kept ROOT1 and now sees ROOT2"],
    ["audit smt extend ROOT1 ROOT2 --verify @extension.json", "his check"],
  ],
  async run(args, context) {
    const older = hash(args.root1, "<root1>");
    const newer = hash(args.root2, "<root2>");
    const limit = args.limit === undefined ? INPUT_LIMIT : size(args.limit, "--limit");
    if (args.verify !== undefined) {
      if (args.out !== undefined) throw usage("--verify writes nothing", "leave out --out");
      checkLiteral(context.io, "--verify", args.verify);
      return verifyExtensionFile(context, args.verify, { previousRoot: older, root: newer }, limit);
    }
    return withTrail(context, {}, async (trail) => {
      trail.checkpoint();
      const at = { older: trail.checkpointAt({ root: older }), newer: trail.checkpointAt({ root: newer }) };
      for (const [name, answer] of [
        ["<root1>", at.older],
        ["<root2>", at.newer],
      ] as const) {
        if (!answer)
          throw new CliError(
            "no-checkpoint",
            EXIT.missing,
            `${name} is no checkpoint of this trail`,
            "audit smt root --at shows those there are",
          );
      }
      if (at.older!.checkpoint.version > at.newer!.checkpoint.version)
        throw usage("<root1> is the later one", "give the earlier root first");
      const bar = await context.progress("replaying old versions");
      const answer = trail.proveExtension(
        { root: older },
        { root: newer },
        { onReplay: (done, total) => bar.update(done, total) },
      );
      bar.stop();
      const { extension } = answer!;
      const bytes = Buffer.byteLength(toJson(extension));
      if (bytes > limit) {
        throw new CliError(
          "too-large",
          EXIT.data,
          `the proof would have ${bytesForPeople(bytes)}, over --limit (${bytesForPeople(limit)})`,
          "go by a root in between (audit smt root --at v:N), or give a larger --limit here and with --verify",
        );
      }
      if (context.json || args.out !== undefined) {
        await emitResult(context, args.out, extension);
        return EXIT.ok;
      }
      await context.lines([
        context.color.bold("extension"),
        ...columns([
          [
            "  from",
            `${older}: checkpoint ${count(answer!.older.version)}, up to sequence ${count(answer!.older.lastSequence)}`,
          ],
          [
            "  to",
            `${newer}: checkpoint ${count(answer!.newer.version)}, up to sequence ${count(answer!.newer.lastSequence)}`,
          ],
          ["  nodes", `${count(extension.nodes.length)}, ${bytesForPeople(bytes)}`],
        ]),
      ]);
      await context.note("the proof itself: --json, or --out FILE");
      return EXIT.ok;
    });
  },
});
