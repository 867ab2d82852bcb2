/** `audit retention hold`: a legal hold on a session or a range. */

import type { Trail } from "@sealtrail/trail";
import type { HoldTarget } from "@sealtrail/trail/log";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { redactedReason } from "../system-event.js";
import { whole } from "../values.js";
import { EVENT_ABOUT, eventNamed } from "./_event.js";
import { recordedSession } from "./_filters.js";

function checkChosen(args: Record<"session" | "range" | "event", string | undefined>): void {
  const chosen = (["session", "range", "event"] as const).filter((name) => args[name] !== undefined);
  if (chosen.length === 1) return;
  throw usage(
    chosen.length === 0 ? "there is nothing to hold" : `--${chosen.join(" and --")} each choose`,
    "give one of --session, --range and --event",
  );
}

function rangeOf(text: string): HoldTarget {
  const [, first, last] = /^#?(\d+)(?:-#?(\d+))?$/.exec(text) ?? [];
  if (first === undefined) throw usage("--range is no range", "write it like --range 100-200");
  const from = whole(first, "--range", 1);
  const to = last === undefined ? from : whole(last, "--range", 1);
  if (to < from) throw usage("--range ends before it begins", "write it like --range 100-200");
  return { range: [from, to] };
}

async function targetOf(
  context: Context,
  trail: Trail,
  { event, session }: { event: string | undefined; session: string | undefined },
): Promise<HoldTarget> {
  if (session !== undefined) return { session: (await recordedSession(context, trail, session)) ?? session };
  const { sequence } = eventNamed(trail, event!);
  return { range: [sequence, sequence] };
}

export const command = defineCommand({
  about:
    "Keeps a session (also what is still to come of it), an event or a range of sequences from being erased or pruned, until it is released. A hold goes on record; of a session it names the first event's key only.",
  positionals: {},
  options: {
    session: { kind: "value", hint: "id", about: "everything of this session" },
    range: { kind: "value", hint: "first-last", about: "these sequences" },
    event: { kind: "value", hint: "event", about: `this event: ${EVENT_ABOUT}` },
    reason: { kind: "value", hint: "text", about: "goes on record" },
  },
  exits: { [EXIT.missing]: "no such session or events" },
  examples: [
    [
      "audit retention hold --session agent:main:main --reason 'case 12'",
      "the id that it prints is what audit retention release wants",
    ],
  ],
  async run(args, context) {
    checkChosen(args);
    const range = args.range === undefined ? undefined : rangeOf(args.range);
    return withTrail(context, {}, async (trail) => {
      const target = range ?? (await targetOf(context, trail, args));
      let hold: ReturnType<typeof trail.hold>;
      try {
        hold = trail.hold(target, await redactedReason(context, args.reason));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new CliError(
          "nothing-to-hold",
          EXIT.missing,
          error.message.replace(/^\w+: /, ""),
          "audit list --json shows sessions and sequences",
        );
      }
      if (context.json) await context.object(hold);
      else {
        const what = hold.firstEvents.length > 0 ? "1 session" : hold.ranges.map(([a, b]) => `${a}-${b}`).join(", ");
        await context.lines([
          `${context.color.bold("hold")} ${hold.id} on ${what}, on record as event ${hold.sequence}`,
          ...(hold.firstEvents.length > 0
            ? ["  it keeps the session in all sources, what is still to come included"]
            : []),
        ]);
      }
      return EXIT.ok;
    });
  },
});
