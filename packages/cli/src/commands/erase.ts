/** `audit erase`: destroys what one event, or a whole session, said; the leaves and every proof stay. */

import type { Trail } from "@sealtrail/trail";
import type { EraseTarget } from "@sealtrail/trail/log";
import { defineCommand } from "../command.js";
import { agreed } from "../confirm.js";
import type { Context } from "../context.js";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { redactedReason } from "../system-event.js";
import { clean, count, plural } from "../text.js";
import { EVENT_ABOUT, eventNamed } from "./_event.js";
import { recordedSession } from "./_filters.js";

const OUT_OF_REACH = [
  "exports, bundles and archives that were handed out",
  "live sinks and what reads them",
  "the host's own transcripts and logs",
  "backups and snapshots of the trail's file",
  "copies of the lines it came from: taken in again from elsewhere they come back (the same file, also grown or renamed, adds nothing)",
];

async function targetOf(
  context: Context,
  trail: Trail,
  { event, session }: { event: string | undefined; session: string | undefined },
): Promise<EraseTarget> {
  if (session !== undefined) return { session: (await recordedSession(context, trail, session)) ?? session };
  return { sequences: [eventNamed(trail, event!).sequence] };
}

export const command = defineCommand({
  about:
    "Destroys the salts and everything that an event (or each event of a session) said. Id, time, type and leaves stay, so every proof still holds; what was said can never be shown again. That it was erased goes on record.",
  positionals: { event: { required: false, about: EVENT_ABOUT } },
  options: {
    session: { kind: "value", hint: "id", about: "every event of this session" },
    reason: { kind: "value", hint: "text", about: "goes on record" },
    "dry-run": { kind: "flag", about: "only say what would go" },
    yes: { kind: "flag", about: "do not ask; needed where there is no terminal" },
  },
  exits: {
    [EXIT.missing]: "no such event or session",
    [EXIT.permission]: "under a legal hold, or the trail's own event: those are never erased",
    [EXIT.usage]: "no terminal to ask on, and no --yes; nothing was erased",
  },
  notes: [`It cannot reach: ${OUT_OF_REACH.join("; ")}.`],
  examples: [["audit erase 12 --yes --reason 'request of 3 May'", "what event 12 said, without being asked"]],
  async run(args, context) {
    if ((args.event === undefined) === (args.session === undefined)) {
      throw usage(
        args.event === undefined ? "there is nothing to erase" : "an event and --session both choose",
        "give an event, or --session",
      );
    }
    return withTrail(context, {}, async (trail) => {
      const target = await targetOf(context, trail, args);
      const found = trail.erasable(target);
      const none =
        found.sequences.length === 0 &&
        found.alreadyGone === 0 &&
        found.refused.length === 0 &&
        found.held.length === 0;
      if (none)
        throw new CliError(
          "no-session",
          EXIT.missing,
          `no events of session ${args.session}`,
          "audit list --json shows sessions",
        );
      if (found.refused.length > 0 && found.sequences.length === 0) {
        throw new CliError(
          "own-event",
          EXIT.permission,
          `event ${found.refused[0]} is the trail's own`,
          "system events are never erased",
        );
      }
      if (found.held.length > 0 && !args["dry-run"]) {
        throw new CliError(
          "under-hold",
          EXIT.permission,
          `${plural(found.held.length, "event is", "events are")} under a legal hold, the first ${found.held[0]}: nothing was erased`,
          "audit retention status shows the holds",
        );
      }
      if (args["dry-run"]) {
        if (context.json) await context.object({ dryRun: true, ...found, outOfReach: OUT_OF_REACH });
        else
          await context.line(
            `would erase ${plural(found.sequences.length, "event")}; ${count(found.alreadyGone)} are gone already, ${count(found.held.length)} under hold`,
          );
        return EXIT.ok;
      }
      const question = `Erase what ${plural(found.sequences.length, "event")} said? It cannot be undone.`;
      if (found.sequences.length > 0 && !(await agreed(context, args.yes, question, "erase it"))) {
        await context.note("nothing was erased");
        return EXIT.interrupted;
      }
      const report = trail.erase(target, await redactedReason(context, args.reason));
      if (context.json) {
        await context.object({ dryRun: false, ...report, outOfReach: OUT_OF_REACH });
        return EXIT.ok;
      }
      const { bold, yellow } = context.color;
      await context.lines([
        `${bold("erased")} what ${plural(report.erased, "event")} said; ${count(report.alreadyGone)} were gone already`,
        ...report.answeredBy.map((sequence) => `  on record as event ${count(sequence)}`),
        ...(report.walEmptied
          ? []
          : [yellow("  another process keeps the write-ahead log busy: old pages stand in it until it is emptied")]),
        "  not reached:",
        ...OUT_OF_REACH.map((text) => `    ${clean(text)}`),
      ]);
      return EXIT.ok;
    });
  },
});
