/** `audit list`: recent events, oldest first. */
import type { StoredEvent } from "@sealtrail/trail";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { clean, columns, count, fit, localTime } from "../text.js";
import { whole } from "../values.js";
import { FILTER_NOTE, FILTERS, filterOf, timesOf } from "./_filters.js";

const DEFAULT_LAST = 20;
/** Lines that are aligned together; a long list is printed as it is read. */
const PAGE = 500;
/** In a narrower terminal lines are not cut to its width; the terminal wraps them. */
const LEAST_WIDTH = 40;

export const command = defineCommand({
  about:
    "Lists events, oldest first: sequence, time, session, type, description. Without --last, --since or --until the newest 20; what is left out is said.",
  positionals: {},
  options: {
    last: { kind: "value", hint: "n", about: "only the newest n that match; 0 for all" },
    ...FILTERS,
    open: { kind: "flag", about: "only tool calls of which no outcome is on record" },
  },
  exits: { [EXIT.missing]: "no such trail or session" },
  notes: [
    FILTER_NOTE,
    "Descriptions are shown without control characters. On a terminal, lines are cut to its width and long session ids are shortened.",
  ],
  examples: [
    ["audit list --type tool.denied --since yesterday", "what was denied since yesterday"],
    ["audit list --open", "calls that were asked for and have not ended, as far as the trail knows"],
    ["audit list --last 1000 --json", "a line of JSON an event, for scripts"],
  ],
  async run(args, context) {
    const { stdout } = context.io;
    const bounded = args.since !== undefined || args.until !== undefined;
    const asked = args.last === undefined ? undefined : whole(args.last, "--last");
    const last = asked ?? (bounded ? 0 : DEFAULT_LAST);
    const times = timesOf(args, context.io.now());
    return withTrail(context, { readOnly: true }, async (trail) => {
      const filter = {
        ...(await filterOf(context, trail, args, times)),
        ...(args.open ? { open: true as const } : {}),
      };
      const width = stdout.isTerminal && stdout.columns >= LEAST_WIDTH ? stdout.columns : Number.POSITIVE_INFINITY;
      const row = rowOf(width, args.session === undefined);
      let page: string[][] = [];
      let shown = 0;
      const flush = async () => {
        await context.lines(columns(page).map((line) => fit(line, width)));
        page = [];
      };
      for (const event of trail.events(last === 0 ? filter : { ...filter, last })) {
        shown++;
        if (context.json) await context.object({ ...event, sessionId: event.sessionId ?? null });
        else {
          page.push(row(event));
          if (page.length === PAGE) await flush();
        }
      }
      await flush();
      if (shown === 0) await context.note("no events match");
      // A warning and not a note, so that even with --quiet nobody takes a part of the list for all of it.
      const all = asked === undefined && shown === last ? trail.count(filter) : shown;
      if (all > shown) await context.warn(`the newest ${count(shown)} of ${count(all)} are shown: --last 0 shows all`);
      return EXIT.ok;
    });
  },
});

/** Cells of a line. The session has a column unless the list is of one session only. */
function rowOf(width: number, withSession: boolean): (event: StoredEvent) => string[] {
  const most = width === Number.POSITIVE_INFINITY ? width : Math.max(8, Math.min(20, Math.floor(width / 8)));
  return (event) => {
    const text = event.destroyed ? "(erased)" : (event.description ?? "");
    const session = withSession ? [event.sessionId === undefined ? "-" : short(clean(event.sessionId), most)] : [];
    const at = localTime(event.occurredAt ?? event.createdAt);
    return [String(event.sequence), at, ...session, clean(event.type), clean(text)];
  };
}

/** Shortens a UUID to its beginning, which `--session` accepts. Other long ids keep both ends, because many begin alike. */
function short(id: string, most: number): string {
  const characters = [...id];
  if (characters.length <= most) return id;
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(id)) return id.slice(0, 8);
  const head = Math.ceil((most - 1) / 2);
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - (most - 1 - head)).join("")}`;
}
