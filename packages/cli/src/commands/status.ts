/** `audit status`: the trail on one screen; 1 when something needs a person. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { TrailStatus } from "@sealtrail/trail";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { type JobNote, jobNotes } from "../due/note.js";
import { EXIT } from "../exit.js";
import { HOST_SETTINGS } from "../hook/hosts.js";
import { type HookState, hookStates, oldNodeOf, WRONG } from "../hook/state.js";
import { withTrail } from "../open.js";
import { timerOf } from "../setup/timer.js";
import { bytesForPeople, clean, columns, count, localTimeZone, plural } from "../text.js";
import { coverageOf, type Problem } from "./_coverage.js";
import { lastVerified, verifiedProblem, verifiedRow } from "./_last-verified.js";
import { keeping, keepingRows, openCallsRow } from "./_recording.js";
import { type AnchorState, anchorRows, anchorState } from "./anchor-status.js";
import { settingsOf } from "./init.js";

function problemsOf(status: TrailStatus): Problem[] {
  const problems: Problem[] = [];
  const add = (code: string, what: string, hint: string) => problems.push({ code, what, hint });
  if (!status.headMatches) add("head-mismatch", "the log's head is not its newest event", "run audit verify");
  if (!status.writable)
    add("read-only", "the trail cannot be written: nothing is recorded", "check mode and owner of file and folder");
  for (const { path, mode } of status.widerModes) {
    // A folder's mode is named on the screen, but an open folder of closed files shows names only.
    if (path !== dirname(status.path))
      add("wider-mode", `${path} has mode ${mode}, others may read it`, `run chmod go-rwx ${path}`);
  }
  return problems;
}

function anchorProblems(state: AnchorState): Problem[] {
  const problems: Problem[] = [];
  const add = (code: string, what: string, hint: string) => problems.push({ code, what, hint });
  if (state.keyUnusable)
    add("signing-key", state.why ?? "the signing key cannot be used", state.hint ?? "mend the key file");
  if (state.overdue)
    add("anchor-overdue", `events have waited for an anchor since ${state.oldestWithout}`, "run audit anchor now");
  if ((state.statements.rejected ?? 0) > 0)
    add("anchor-rejected", "a statement was rejected", "audit anchor list --state rejected, then audit anchor resign");
  if (state.hold !== null) add("anchor-held", state.hold, "mend that, then run audit anchor now");
  if (state.stopped !== null) add("anchor-stopped", state.stopped, "run audit verify");
  return problems;
}

const HOOK_CODES: Partial<Record<HookState["state"], string>> = {
  "program gone": "hook-program-gone",
  "switched off": "hook-switched-off",
  "not trusted": "hook-not-trusted",
  "settings unreadable": "hook-settings",
  silent: "host-silent",
};

function hookProblems(hooks: readonly HookState[], db: string): Problem[] {
  const problems: Problem[] = [];
  for (const { host, state, why, hint, lastSeenAt } of hooks) {
    if (WRONG.includes(state))
      problems.push({ code: HOOK_CODES[state] ?? "hook", what: why ?? state, hint: hint ?? "look at its settings" });
    const old = oldNodeOf(db, host);
    if (old !== undefined && (lastSeenAt === null || old.at > lastSeenAt)) {
      const what = `${HOST_SETTINGS[host].name}'s hook ran on Node ${old.node}, which cannot record, and found no newer one`;
      problems.push({ code: "hook-old-node", what, hint: "install Node 22.13 or newer" });
    }
  }
  return problems;
}

/** The timer runs every 5 minutes. */
const timerLateMs = 3_600_000;

function dueProblems(jobs: readonly JobNote[], context: Context): Problem[] {
  const problems: Problem[] = [];
  for (const { job, state, what } of jobs) {
    if (state === "bad")
      problems.push({ code: `due-${job}`, what: `audit due: ${job}: ${what}`, hint: "audit due --all" });
  }
  const last = Math.max(...jobs.map(({ at }) => Date.parse(at)));
  if (jobs.length > 0 && context.io.now() - last > timerLateMs && hasTimer(context)) {
    const what = `the timer last ran audit due ${localTimeZone(last)}`;
    problems.push({ code: "timer-stopped", what, hint: "start it again: audit setup says how" });
  }
  return problems;
}

/** A timer that `audit setup` wrote. Jobs of cron cannot be seen. */
function hasTimer({ io, db }: Context): boolean {
  const place = { home: io.home, configHome: io.env.XDG_CONFIG_HOME };
  return (["systemd", "launchd"] as const).some((kind) =>
    timerOf(kind, place, db)?.files.every(([path]) => existsSync(path)),
  );
}

/** What nothing in this program sees, said wherever the trail is summed up. */
const NOT_COVERED = [
  "events that no host handed over, and what happened before the trail was made",
  "events newer than the newest outside anchor: protected against accident only",
];

export const command = defineCommand({
  about:
    "Sums up the trail: storage, integrity as far as it is seen without a replay, tree and epochs, sources, and what is not covered.",
  positionals: {},
  options: {},
  exits: { [EXIT.failed]: "unhealthy: something needs a person, named under problems" },
  notes: ["A full check is audit verify; this one reads little and is quick."],
  examples: [["audit status --json", "for a monitor"]],
  async run(_args, context) {
    return withTrail(context, { readOnly: true }, async (trail) => {
      const status = trail.status();
      const problems = problemsOf(status);
      const { env, home, cwd } = context.io;
      const hooks = await hookStates({ env, home, cwd, db: context.db, now: context.io.now() });
      problems.push(...hookProblems(hooks, context.db));
      const verified = lastVerified(context, status.tree.tree);
      const failed = verifiedProblem(verified);
      if (failed !== undefined) problems.push(failed);
      const coverage = coverageOf(context, trail, hooks);
      problems.push(...coverage.problems);
      const due = jobNotes(context.db);
      problems.push(...dueProblems(due, context));
      const keeps = keeping(context, trail, status);
      const notCovered = [...NOT_COVERED, ...coverage.notCovered];
      const anchoring = await anchorState(context, trail);
      problems.push(...anchorProblems(anchoring));
      const healthy = problems.length === 0;
      const settings = settingsOf(context.config);
      if (context.json) {
        await context.object({
          ...status,
          healthy,
          problems,
          verified,
          due,
          openCalls: coverage.openCalls,
          degraded: coverage.degraded,
          conversations: coverage.conversations,
          keeping: keeps,
          anchoring,
          hooks,
          settings,
          notCovered,
        });
        return healthy ? EXIT.ok : EXIT.failed;
      }
      const { bold, green, red, dim } = context.color;
      const { tree } = status;
      const checkpoint = tree.checkpoint;
      const ago = status.lastEventAt ? `, newest ${localTimeZone(status.lastEventAt)}` : "";
      await context.lines([
        `${bold(status.path)}  ${healthy ? green("healthy") : red("unhealthy")}`,
        ...columns([
          ["  events", `${count(status.events)}${ago}`],
          [
            "  storage",
            `${bytesForPeople(status.fileBytes)}, WAL ${bytesForPeople(status.walBytes)}, ${bytesForPeople(status.freeBytes)} free inside`,
          ],
          ...keepingRows(keeps, status),
          ["  made", localTimeZone(status.createdAt)],
          ["  verified", verifiedRow(verified)],
          ["  open calls", openCallsRow(coverage.openCalls)],
          ...(status.widerModes.some((m) => m.path === dirname(status.path))
            ? [["  folder", "others may list it (its mode is not ours to change)"]]
            : []),
          ["  tree", tree.tree],
          [
            "  checkpoint",
            checkpoint
              ? `${checkpoint.version}, ${plural(checkpoint.leafCount, "leaf", "leaves")}, root ${checkpoint.root}`
              : "none yet",
          ],
          ["  after it", plural(tree.eventsAfter, "event")],
          ...anchorRows(anchoring),
          ["  epoch", `${count(tree.epoch)}, ${plural(tree.frozenEpochs.length, "frozen epoch")}`],
        ]),
        "",
        bold(
          status.countedEvents < status.events
            ? `sources of the newest ${count(status.countedEvents)} events`
            : "sources",
        ),
        ...(status.bySource.length === 0 ? ["  none yet: audit ingest <source> <file>"] : []),
        ...columns(
          status.bySource.map((s) => [
            `  ${clean(s.source)}`,
            plural(s.events, "event"),
            `newest ${localTimeZone(s.lastAt)}`,
          ]),
        ),
        "",
        bold("hooks"),
        ...(hooks.length === 0 ? ["  none installed: audit hook install claude-code|codex"] : []),
        ...columns(
          hooks.map((h) => [
            `  ${h.host}`,
            h.state,
            h.scope === "user" ? "" : h.scope,
            h.lastSeenAt === null ? "" : `last ran ${localTimeZone(h.lastSeenAt)}`,
            h.missing.length > 0 ? `without ${h.missing.join(", ")}: install it again` : "",
          ]),
        ),
        "",
        bold("prompts"),
        ...(coverage.conversations.length === 0 ? ["  no agent host lately"] : []),
        ...columns(
          coverage.conversations.map(({ source, state, calls, prompts }) => [
            `  ${source}`,
            state,
            `${plural(prompts, "prompt event")}, ${plural(calls, "tool call")} in 24 hours`,
          ]),
        ),
        "",
        bold("due"),
        ...(due.length === 0 ? ["  never ran: audit setup --timer installs a timer for audit due"] : []),
        ...columns(
          due.map(({ job, state, at, what }) => [
            `  ${job}`,
            state === "bad" ? red(state) : state,
            localTimeZone(at),
            clean(what),
          ]),
        ),
        "",
        bold("settings"),
        ...columns(settings.map((s) => [`  ${s.on ? green("on ") : dim("off")}`, s.name, s.about])),
        "",
        bold("not covered"),
        ...notCovered.map((text) => `  ${text}`),
        ...(healthy
          ? []
          : ["", bold("problems"), ...problems.map((p) => `  ${red(p.code)}: ${clean(p.what)}: ${clean(p.hint)}`)]),
      ]);
      return healthy ? EXIT.ok : EXIT.failed;
    });
  },
});
