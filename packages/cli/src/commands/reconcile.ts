/** `audit reconcile`: finds tool calls that stand only in this trail or only in the host's own files. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { LoggedCall, ToolCall } from "@sealtrail/trail/reconcile";
import { defineCommand, type Program } from "../command.js";
import type { Context } from "../context.js";
import { jobNotes, keepNotes } from "../due/note.js";
import { CliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { HOST_SETTINGS, type HookHost, isHookHost } from "../hook/hosts.js";
import { withTrail } from "../open.js";
import { type Compared, compareLogs, filesToTakeIn, LOG_SOURCES, openclawLedger } from "../reconciling.js";
import { clean, columns, count, localTimeZone, plural } from "../text.js";
import { time } from "../values.js";

/** So many of each list are printed for people; JSON has them all. */
const shown = 20;

/** Compares. With `--take-in`, takes the files in and compares again. */
async function reconcileLogs(
  context: Context,
  program: Program,
  host: HookHost,
  options: { since: string | undefined; files: readonly string[]; takeIn: boolean },
): Promise<number> {
  const { since, takeIn } = options;
  const compare = () =>
    withTrail(context, { readOnly: true }, (trail) =>
      compareLogs(context, trail, host, { since, ...(options.files.length === 0 ? {} : { files: options.files }) }),
    );
  let found = await compare();
  const taken: string[] = [];
  if (takeIn) {
    const quiet = { ...context.io, stdout: { ...context.io.stdout, write: () => {} } };
    for (const file of filesToTakeIn(found)) {
      const argv = ["ingest", LOG_SOURCES[host], file, "--db", context.db, "--quiet"];
      const code = await program.run(argv, quiet);
      if (code === EXIT.ok || code === EXIT.data) taken.push(file);
    }
    if (taken.length > 0) found = await compare();
  }
  const differ = found.missing.length + found.withoutOutcome.length;
  const exit = differ === 0 ? EXIT.ok : EXIT.failed;
  // The recorded result of the last comparison is outdated: the next audit due compares again.
  if (differ === 0 && options.files.length === 0) {
    const kept = jobNotes(context.db);
    keepNotes(
      context,
      kept.filter(({ job }) => job !== "reconcile"),
    );
  }
  if (context.json) await context.object({ ...found, takenIn: taken });
  else await printLogs(context, found, taken);
  return exit;
}

async function printLogs(context: Context, found: Compared, taken: readonly string[]): Promise<void> {
  const { bold, green, red, yellow } = context.color;
  const { host, missing, withoutOutcome } = found;
  const differ = missing.length + withoutOutcome.length;
  const rows = (calls: readonly LoggedCall[]) => [
    ...columns(
      calls
        .slice(0, shown)
        .map(({ at, toolName, outcome, file, line }) => [
          `  ${at === undefined ? "no time" : localTimeZone(at)}`,
          clean(toolName),
          outcome ?? "no end yet",
          `${clean(file)}:${line}`,
        ]),
    ),
    ...(calls.length > shown ? [`  and ${count(calls.length - shown)} more`] : []),
  ];
  await context.lines([
    `${HOST_SETTINGS[host].name}: ${plural(found.calls, "call")} in ${plural(found.files, "file")}, ${differ === 0 ? green("all on record") : red(`${count(differ)} not on record in full`)}`,
    `  compared since ${localTimeZone(found.since)}`,
    ...(missing.length > 0 ? [bold("not on record"), ...rows(missing)] : []),
    ...(withoutOutcome.length > 0 ? [bold("on record without their end"), ...rows(withoutOutcome)] : []),
    ...(found.unread.length > 0
      ? [yellow(`  ${plural(found.unread.length, "file")} could not be read, the first ${clean(found.unread[0]!)}`)]
      : []),
    ...taken.map((file) => `  took in ${clean(file)}`),
  ]);
  if (differ > 0 && taken.length === 0) await context.note(`to take them in: audit reconcile ${host} --take-in`);
}

export const command = defineCommand({
  about:
    "Compares the trail's tool calls with what the host wrote itself: transcripts of Claude Code, rollouts of Codex, OpenClaw's own audit ledger. Only the time is compared that both sides reach back to.",
  positionals: { host: { about: "the agent host", required: true, choices: ["openclaw", "claude-code", "codex"] } },
  options: {
    file: {
      kind: "values",
      hint: "file",
      about: "a transcript or rollout (default: the host's own, written since the hook first ran)",
    },
    "take-in": { kind: "flag", about: "ingest the files that hold a call which the trail lacks, or the end of one" },
    ledger: {
      kind: "value",
      hint: "file",
      about: "OpenClaw's database (default: state/openclaw.sqlite in its state folder)",
    },
    since: { kind: "value", hint: "time", about: "only calls from then on (or 2h, 7d ago)" },
  },
  exits: {
    [EXIT.failed]: "some differ",
    [EXIT.missing]: "no trail, no ledger, or no such file",
  },
  notes: [
    "Calls through /tools/invoke and of unknown tools are in the trail alone: the host's ledger leaves them out.",
  ],
  examples: [
    ["audit reconcile openclaw --since 7d", "what one side missed in a week"],
    ["audit reconcile claude-code --take-in", "and take in what is missing"],
  ],
  async run(args, context, program) {
    const { cwd } = context.io;
    const since = args.since === undefined ? undefined : time(args.since, "--since", context.io.now());
    if (isHookHost(args.host)) {
      if (args.ledger !== undefined) throw usage("--ledger is OpenClaw's", "name files with --file");
      const files = args.file.map((file) => resolve(cwd, file));
      const gone = files.find((file) => !existsSync(file));
      if (gone !== undefined) throw new CliError("no-file", EXIT.missing, `${gone}: no such file`, "check the path");
      return reconcileLogs(context, program, args.host, { since, files, takeIn: args["take-in"] });
    }
    if (args.file.length > 0 || args["take-in"]) {
      throw usage(
        "--file and --take-in are for claude-code and codex",
        "OpenClaw's ledger holds no contents to take in",
      );
    }
    const ledger = args.ledger === undefined ? openclawLedger(context) : resolve(cwd, args.ledger);
    if (ledger === undefined || !existsSync(ledger)) {
      throw new CliError(
        "no-ledger",
        EXIT.missing,
        `no ledger${ledger ? ` at ${ledger}` : ""}`,
        "name it with --ledger",
      );
    }
    return withTrail(context, { readOnly: true }, async (trail) => {
      const { reconcileOpenclaw } = await import("@sealtrail/trail/reconcile");
      const options = { now: context.io.now(), ...(since !== undefined && { since }) };
      const found = reconcileOpenclaw(trail, ledger, options);
      const differ = found.onlyTrail.length + found.onlyLedger.length + found.disagree.length;
      const exit = differ === 0 ? EXIT.ok : EXIT.failed;
      if (context.json) {
        await context.object({ ledger, ...found, since: found.since ?? null });
        return exit;
      }
      const { bold, green, red } = context.color;
      const rows = (calls: readonly (ToolCall & { why?: string })[]) => [
        ...columns(
          calls
            .slice(0, shown)
            .map((call) => [
              `  ${localTimeZone(call.at)}`,
              clean(call.toolName),
              call.outcome,
              call.sequence === undefined ? "" : `event ${call.sequence}`,
              clean(call.why ?? call.sessionKey ?? ""),
            ]),
        ),
        ...(calls.length > shown ? [`  and ${count(calls.length - shown)} more`] : []),
      ];
      await context.lines([
        `${plural(found.both, "call")} in both, ${differ === 0 ? green("none differ") : red(`${count(differ)} differ`)}`,
        ...(found.since === undefined
          ? ["  one of the two has no calls"]
          : [`  compared since ${localTimeZone(found.since)}`]),
        ...(found.onlyTrail.length > 0 ? [bold("in the trail only"), ...rows(found.onlyTrail)] : []),
        ...(found.onlyLedger.length > 0 ? [bold("in the host's ledger only"), ...rows(found.onlyLedger)] : []),
        ...(found.disagree.length > 0
          ? [bold("denied by one side only"), ...rows(found.disagree.map((d) => d.trail))]
          : []),
        ...(found.expected.length > 0 ? [bold("in the trail only, as expected"), ...rows(found.expected)] : []),
      ]);
      return exit;
    });
  },
});
