/** `audit reconcile openclaw`: tool calls that one of the two ledgers lacks, this trail or the host's own. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ToolCall } from "@sealtrail/trail";
import { defineCommand } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { withTrail } from "../open.js";
import { clean, columns, count, localTimeZone, plural } from "../text.js";
import { time } from "../values.js";

/** So many of each list are printed for people; JSON has them all. */
const shown = 20;

export const command = defineCommand({
  about:
    "Compares the trail's tool calls with OpenClaw's own audit ledger, by the hash of the call's id, over the time that both reach back to.",
  positionals: { host: { about: "the agent host", required: true, choices: ["openclaw"] } },
  options: {
    ledger: {
      kind: "value",
      hint: "file",
      about: "the host's database (default: state/openclaw.sqlite in its state folder)",
    },
    since: { kind: "value", hint: "time", about: "only calls from then on (or 2h, 7d ago)" },
  },
  exits: {
    [EXIT.bad]: "some differ",
    [EXIT.missing]: "no trail, or no ledger",
  },
  notes: [
    "Calls through /tools/invoke and of unknown tools are in the trail alone: the host's ledger leaves them out.",
  ],
  examples: [["audit reconcile openclaw --since 7d", "what one side missed in a week"]],
  async run(args, context) {
    const { env, home, cwd } = context.io;
    const state = env.OPENCLAW_STATE_DIR || join(env.OPENCLAW_HOME || home, ".openclaw");
    const ledger = args.ledger === undefined ? join(state, "state", "openclaw.sqlite") : resolve(cwd, args.ledger);
    if (!existsSync(ledger)) {
      throw new CliError("no-ledger", EXIT.missing, `no ledger at ${ledger}`, "name it with --ledger");
    }
    const since = args.since === undefined ? undefined : time(args.since, "--since", context.io.now());
    return withTrail(context, { readOnly: true }, async (trail) => {
      const { reconcileOpenclaw } = await import("@sealtrail/trail");
      const options = { now: context.io.now(), ...(since !== undefined && { since }) };
      const found = reconcileOpenclaw(trail, ledger, options);
      const differ = found.onlyTrail.length + found.onlyLedger.length + found.disagree.length;
      const exit = differ === 0 ? EXIT.ok : EXIT.bad;
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
