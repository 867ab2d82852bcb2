/** `audit due`: does all regular jobs whose time has come. Run by a timer. */
import { existsSync } from "node:fs";
import { defineCommand } from "../command.js";
import { JOB_NAMES, type JobState, runJob } from "../due/jobs.js";
import { isDue, type JobNote, jobNotes, keepNotes } from "../due/note.js";
import { EXIT } from "../exit.js";
import { noTrail } from "../open.js";
import { clean, columns } from "../text.js";

const EXITS: Record<JobState, number> = { done: EXIT.ok, off: EXIT.ok, later: EXIT.retryLater, bad: EXIT.failed };

export const command = defineCommand({
  about:
    "Does what is due: takes in what waits in the spool, keeps the hooks' launcher right, signs and sends anchors, compares the trail with the hosts' own files every hour, and prunes by the rules in config.json once a day. Each job has a line in audit status.",
  positionals: {},
  options: { all: { kind: "flag", about: "every job, due or not" } },
  exits: {
    [EXIT.failed]: "a job failed, or found what needs a person",
    [EXIT.retryLater]: "the network is down, or the trail was busy; the next run goes on",
    [EXIT.missing]: "no trail",
  },
  notes: ["audit setup --timer has it run every 5 minutes. Nothing else needs a timer."],
  examples: [["audit due --quiet", "from a timer, every few minutes"]],
  async run(args, context) {
    if (!existsSync(context.db)) throw noTrail(context);
    const before = jobNotes(context.db);
    const notes: JobNote[] = [];
    const ran: JobNote[] = [];
    for (const job of JOB_NAMES) {
      const now = context.io.now();
      const last = before.find((note) => note.job === job);
      if (!args.all && last !== undefined && !isDue(job, before, now)) {
        notes.push(last);
        continue;
      }
      const note = { job, at: new Date(now).toISOString(), ...(await runJob(job, context)) };
      notes.push(note);
      ran.push(note);
    }
    keepNotes(context, notes);
    const codes = ran.map(({ state }) => EXITS[state]);
    const exit = codes.includes(EXIT.failed) ? EXIT.failed : Math.max(EXIT.ok, ...codes);
    if (context.json) await context.object({ jobs: ran });
    else if (!context.quiet || exit !== EXIT.ok) {
      const { green, red, yellow, dim } = context.color;
      const paint = { done: green, off: dim, later: yellow, bad: red };
      await context.lines(columns(ran.map(({ job, state, what }) => [job, paint[state](state), clean(what)])));
    }
    return exit;
  },
});
