/** `audit smt freeze`: closes ended epochs: puts it on record, keeps their last version, drops what was superseded. */

import type { Trail } from "@sealtrail/trail";
import type { SealedEpoch } from "@sealtrail/trail/log";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { openOutFile, refuseOwnFile } from "../outfile.js";
import { columns, count, plural } from "../text.js";
import { span, whole } from "../values.js";

function epochsOf(trail: Trail, epoch: number | undefined, olderThanMs: number | undefined): SealedEpoch[] {
  if (epoch === undefined) return trail.freezableEpochs(olderThanMs === undefined ? {} : { olderThanMs });
  const found = trail.epoch(epoch);
  if (found) return [found];
  throw new CliError(
    "no-epoch",
    EXIT.missing,
    `epoch ${epoch} has not ended, or there is none`,
    "audit smt trees shows the open one, which is never frozen",
  );
}

async function writeArchive(context: Context, trail: Trail, epoch: SealedEpoch, name: string): Promise<void> {
  await refuseOwnFile(context.io, name, context.db);
  const out = openOutFile(context.io, name);
  try {
    for (const line of trail.archive(epoch)) out.write(`${line}\n`);
    out.commit();
  } catch (error) {
    out.abandon();
    throw error;
  }
}

export const command = defineCommand({
  about:
    "Freezes epochs that have ended (without an option: all of them). That is put on record, and node versions superseded inside them are dropped. Roots never change, and every proof stays possible.",
  positionals: {},
  options: {
    epoch: { kind: "value", hint: "n", about: "only this epoch" },
    "older-than": { kind: "value", hint: "span", about: "only those whose last event is so old, like 7d" },
    archive: {
      kind: "value",
      hint: "file",
      about: "write each epoch's archive first; {epoch} in the name stands for its number",
    },
  },
  exits: { [EXIT.missing]: "no such epoch, or it has not ended" },
  examples: [
    [
      "audit smt freeze --older-than 1d --archive epoch-{epoch}.jsonl",
      "archive, then freeze, what is older than a day",
    ],
  ],
  async run(args, context) {
    const epoch = args.epoch === undefined ? undefined : whole(args.epoch, "--epoch");
    const age = args["older-than"] === undefined ? undefined : span(args["older-than"], "--older-than");
    if (epoch !== undefined && age !== undefined)
      throw usage("--epoch and --older-than both choose", "give one of them");
    return withTrail(context, {}, async (trail) => {
      trail.checkpoint();
      const epochs = epochsOf(trail, epoch, age);
      if (args.archive !== undefined && epochs.length > 1 && !args.archive.includes("{epoch}")) {
        throw usage(
          `${epochs.length} epochs do not go into one archive`,
          "put {epoch} into the file's name, or choose with --epoch",
        );
      }
      const frozen = [];
      for (const one of epochs) {
        const archive = args.archive?.replaceAll("{epoch}", String(one.epoch));
        if (archive !== undefined) await writeArchive(context, trail, one, archive);
        const done = trail.freeze(one);
        frozen.push({ ...done, previousRoot: one.before?.root ?? "0".repeat(64), archive: archive ?? null });
      }
      if (context.json) await context.object({ frozen });
      else {
        await context.lines([
          frozen.length === 0
            ? "no epoch to freeze"
            : `${context.color.bold("frozen")} ${plural(frozen.length, "epoch")}`,
          ...columns(
            frozen.map((f) => [
              `  ${count(f.epoch)}`,
              `sequence ${f.firstSequence} to ${f.lastSequence}`,
              `${plural(f.nodesDropped, "node")} dropped${f.recorded ? "" : ", was frozen already"}`,
              `root ${f.root}`,
            ]),
          ),
        ]);
        for (const f of frozen) {
          if (f.archive !== null) {
            await context.note(
              `wrote ${f.archive}: audit smt verify-archive ${f.archive} --root ${f.root} --previous-root ${f.previousRoot}`,
            );
          }
        }
      }
      return EXIT.ok;
    });
  },
});
