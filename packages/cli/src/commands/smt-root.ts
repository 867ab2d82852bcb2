/** `audit smt root`: catches up, makes a checkpoint, prints its root; or an older checkpoint's. */
import type { CheckpointAnswer } from "@sealtrail/trail";
import { defineCommand } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { columns, count, localTimeZone } from "../text.js";
import { moment } from "../values.js";

export const NOT_CURRENT = "the trail cannot be written, so this is of its last checkpoint; newer events are not in it";

export const command = defineCommand({
  about:
    "Prints the root that commits to every event so far. What was not checkpointed yet is, first: a printed root is always a recorded one.",
  positionals: {},
  options: {
    at: {
      kind: "value",
      hint: "moment",
      about: "v:12 that version, s:340 the oldest that covers that event, or the newest made by a time",
    },
  },
  exits: { [EXIT.missing]: "no trail, no events, or no checkpoint at that moment" },
  examples: [
    ["audit smt root", "note it down outside of this machine"],
    ["audit smt root --at s:340 --json", "the root that first covered event 340"],
  ],
  async run(args, context) {
    const at = args.at === undefined ? undefined : moment(args.at, "--at", context.io.now());
    return withTrail(context, { readOnly: at !== undefined && "version" in at }, async (trail) => {
      const answer: CheckpointAnswer | undefined = at === undefined ? trail.checkpoint() : trail.checkpointAt(at);
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
      const { checkpoint } = answer;
      if (at === undefined && !answer.current) await context.warn(`old: ${NOT_CURRENT}`);
      const { tree, root, leafCount, version, lastSequence } = checkpoint;
      if (context.json) {
        await context.object({
          tree,
          root,
          leafCount,
          version,
          lastSequence,
          epoch: checkpoint.epoch,
          createdAt: checkpoint.createdAt,
          current: answer.current,
        });
        return EXIT.ok;
      }
      await context.lines([
        context.color.bold(root),
        ...columns([
          ["  tree", tree],
          ["  version", `${count(version)}, made ${localTimeZone(checkpoint.createdAt)}`],
          ["  leaves", `${count(leafCount)}, two an event, up to sequence ${count(lastSequence)}`],
        ]),
      ]);
      return EXIT.ok;
    });
  },
});
