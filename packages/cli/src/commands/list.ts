/** `audit list`: recent events, oldest first. */
import { defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { clean, columns, fit, localTime } from "../text.js";
import { time, whole } from "../values.js";

const DEFAULT_LAST = 20;
/** Lines that are aligned together; a long list is printed as it is read. */
const PAGE = 500;

export const command = defineCommand({
  about: "Lists events, oldest first. Without --last, --since or --until the newest 20.",
  positionals: {},
  options: {
    last: { kind: "value", hint: "n", about: "only the newest n that match" },
    type: { kind: "value", hint: "type", about: "only this type, like tool.denied" },
    category: { kind: "value", hint: "category", about: "only this category, like tool" },
    session: { kind: "value", hint: "id", about: "only this session" },
    since: { kind: "value", hint: "time", about: "from then on: ISO 8601, a date, or 2h for two hours ago" },
    until: { kind: "value", hint: "time", about: "up to then" },
  },
  exits: {},
  notes: ["Times are the trail's own (createdAt). Descriptions are shown without control characters."],
  examples: [
    ["audit list --type tool.denied --since 1d", "what was denied since yesterday"],
    ["audit list --last 1000 --json", "a line of JSON an event, for scripts"],
  ],
  async run(args, context) {
    const now = context.io.now();
    const since = args.since === undefined ? undefined : time(args.since, "--since", now);
    const until = args.until === undefined ? undefined : time(args.until, "--until", now);
    const bounded = since !== undefined || until !== undefined;
    const last = args.last === undefined ? (bounded ? undefined : DEFAULT_LAST) : whole(args.last, "--last");
    const query = {
      ...(last === undefined ? {} : { last }),
      ...(args.type === undefined ? {} : { type: args.type }),
      ...(args.category === undefined ? {} : { category: args.category }),
      ...(args.session === undefined ? {} : { session: args.session }),
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
    };
    return withTrail(context, { readOnly: true }, async (trail) => {
      const { stdout } = context.io;
      const width = stdout.isTerminal ? stdout.columns : Number.POSITIVE_INFINITY;
      let page: string[][] = [];
      let none = true;
      const flush = async () => {
        await context.lines(columns(page).map((line) => fit(line, width)));
        page = [];
      };
      for (const event of trail.events(query)) {
        none = false;
        if (context.json) await context.object({ ...event, sessionId: event.sessionId ?? null });
        else {
          const text = event.destroyed ? "(erased)" : (event.description ?? "");
          page.push([String(event.sequence), localTime(event.createdAt), clean(event.type), clean(text)]);
          if (page.length === PAGE) await flush();
        }
      }
      await flush();
      if (none) await context.note("no events match");
      return EXIT.ok;
    });
  },
});
