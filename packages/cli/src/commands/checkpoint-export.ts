/** `audit checkpoint export`: what an auditor keeps, away from this machine. */
import { defineCommand } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { columns, count, localTimeZone } from "../text.js";
import { openOutboxReadOnly } from "./_outbox.js";
import { emitResult } from "./_print-json.js";
import { KEPT_FORMAT } from "./_trusted.js";
import { NOT_CURRENT } from "./smt-root.js";

export const command = defineCommand({
  about:
    "Catches up, makes a checkpoint and exports it, with the newest anchor and its checkpoint. Keep it away from this machine: audit verify --known-checkpoint compares a trail with it.",
  positionals: {},
  options: { out: { kind: "value", hint: "file", about: "write it there (- is stdout)" } },
  exits: { [EXIT.missing]: "no trail, or no events" },
  examples: [
    ["audit checkpoint export --out checkpoint.json", "then: audit verify --known-checkpoint @checkpoint.json"],
  ],
  async run(args, context) {
    return withTrail(context, {}, async (trail) => {
      const answer = trail.checkpoint();
      if (!answer)
        throw new CliError("no-events", EXIT.missing, "the trail has no events", "audit ingest takes some in");
      if (!answer.current) await context.warn(`old: ${NOT_CURRENT}`);
      const { anchorPartOf } = await import("@sealtrail/anchor/outbox");
      const row = (await openOutboxReadOnly(trail)).covering(1, "newest");
      const anchored = row && trail.checkpointAt({ version: row.version })?.checkpoint;
      const anchor = row && anchorPartOf(row);
      const { checkpoint } = answer;
      const kept = { format: KEPT_FORMAT, checkpoint, anchored: anchored ?? null, anchor: anchor ?? null };
      if (context.json || args.out !== undefined) {
        await emitResult(context, args.out, kept);
        return EXIT.ok;
      }
      await context.lines([
        context.color.bold(checkpoint.root),
        ...columns([
          [
            "  checkpoint",
            `${count(checkpoint.version)} of tree ${checkpoint.tree}, made ${localTimeZone(checkpoint.createdAt)}`,
          ],
          ["  covers", `${count(checkpoint.lastSequence)} events`],
          [
            "  anchored",
            anchored ? `checkpoint ${count(anchored.version)}, on ${row.target} (${row.state})` : "nothing yet",
          ],
        ]),
      ]);
      await context.note("to keep it: --out FILE");
      return EXIT.ok;
    });
  },
});
