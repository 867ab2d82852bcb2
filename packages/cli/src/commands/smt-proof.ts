/** `audit smt proof <hash>`: proves that a leaf is in the tree, or that it is not. */
import { defineCommand } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { columns, count, localTimeZone } from "../text.js";
import { hash, moment } from "../values.js";
import { NOT_CURRENT } from "./smt-root.js";

export const command = defineCommand({
  about:
    "Makes an inclusion proof when the hash is a leaf's key (rawHash or censoredHash), else an exclusion proof. What was not checkpointed yet is, first.",
  positionals: { hash: { required: true, about: "the key: 64 hex characters" } },
  options: {
    at: { kind: "value", hint: "moment", about: "against an older checkpoint: v:12, s:340 or a time" },
    root: { kind: "value", hint: "hex", about: "against the checkpoint that has this root" },
    "no-record": { kind: "flag", about: "without the leaf's record: nothing of its place in the log is shown" },
    out: { kind: "value", hint: "file", about: "write it there (- is stdout)" },
  },
  exits: { [EXIT.missing]: "no trail, no events, or no checkpoint at that moment" },
  notes: [
    'An exclusion proof answers for this exact key, never for "this did not happen".',
    "With its record a proof shows the event's id and time, its place in the log, and opaque links to its other leaf and its session's previous event.",
  ],
  examples: [
    ["audit smt proof HASH --json > proof.json", "for whoever is to check it (HASH: a rawHash of audit list --json)"],
  ],
  async run(args, context) {
    const key = hash(args.hash, "<hash>");
    if (args.at !== undefined && args.root !== undefined)
      throw new CliError("usage", EXIT.usage, "--at and --root both choose the checkpoint", "give one of them");
    const at =
      args.root !== undefined
        ? { root: hash(args.root, "--root") }
        : args.at !== undefined
          ? moment(args.at, "--at", context.io.now())
          : undefined;
    return withTrail(context, {}, async (trail) => {
      const answer = trail.prove(Buffer.from(key, "hex"), at === undefined ? {} : { at });
      if (!answer) {
        throw at === undefined
          ? new CliError("no-events", EXIT.missing, "the trail has no events", "audit ingest takes some in")
          : new CliError(
              "no-checkpoint",
              EXIT.missing,
              "no checkpoint at that moment",
              "audit smt trees shows what there is",
            );
      }
      const { proof: made, checkpoint, event } = answer;
      const { record, ...rest } = made;
      const proof = args["no-record"] || record === undefined ? rest : made;
      if (at === undefined && !answer.current) await context.warn(`old: ${NOT_CURRENT}`);
      if (args.out !== undefined && args.out !== "-") {
        const { writeOutFile } = await import("../outfile.js");
        writeOutFile(context.io, args.out, `${JSON.stringify(proof)}\n`, { trail: context.db });
        await context.note(`wrote ${args.out}`);
        return EXIT.ok;
      }
      if (context.json || args.out === "-") {
        await context.object(proof);
        return EXIT.ok;
      }
      const { bold } = context.color;
      const included = proof.type === "inclusion";
      const said = event
        ? `leaf of event ${count(event.sequence)}, ${event.type}`
        : included
          ? "a leaf"
          : "no leaf has this key";
      await context.lines([
        `${bold(proof.type)}: ${said}`,
        ...columns([
          ["  key", proof.key],
          ...(proof.value === undefined ? [] : [["  value", proof.value]]),
          ["  root", proof.root],
          ["  checkpoint", `${count(checkpoint.version)}, made ${localTimeZone(checkpoint.createdAt)}`],
          ["  depth", `${proof.depth}, ${proof.siblings.length} siblings`],
        ]),
      ]);
      await context.note("the proof itself: --json, or --out FILE");
      return EXIT.ok;
    });
  },
});
