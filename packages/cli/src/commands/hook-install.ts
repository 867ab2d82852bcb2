/** `audit hook install`: has a host run `audit hook` at each of its events. */
import { defineCommand } from "../command.js";
import { agreed, canAsk } from "../confirm.js";
import type { Context } from "../context.js";
import { usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { HOOK_HOSTS, HOST_SETTINGS, type HookHost } from "../hook/hosts.js";
import { installPlan } from "../hook/install.js";
import type { Scope } from "../hook/scopes.js";
import { type Change, isChange } from "../hook/settings-file.js";
import { switchedOff } from "../hook/switches.js";
import { clean } from "../text.js";

export const SCOPE_OPTIONS = {
  project: { kind: "flag", about: "in the settings of the project in this folder, for whoever works there" },
  managed: { kind: "flag", about: "in the settings that an administrator manages, for every user of this machine" },
  "dry-run": { kind: "flag", about: "only show the change" },
  yes: { kind: "flag", about: "do not ask" },
} as const;

export function scopeOf(args: { readonly project: boolean; readonly managed: boolean }): Scope {
  if (args.project && args.managed) throw usage("--project and --managed both choose", "give one of them");
  return args.managed ? "managed" : args.project ? "project" : "user";
}

export async function showChange(context: Context, change: Change, verb: string): Promise<void> {
  const { bold, green, red } = context.color;
  await context.lines([
    `${bold(isChange(change) ? verb : "unchanged")} ${clean(change.path)}`,
    ...change.removed.map((line) => red(`  - ${clean(line)}`)),
    ...change.added.map((line) => green(`  + ${clean(line)}`)),
  ]);
}

/**
 * The trail that the hook's command line names. A hook that other users run too names none, unless the caller named one, so
 * that each user records into their own trail.
 */
function trailNamed(context: Context, scope: Scope): string | undefined {
  return scope === "user" || !context.isUsualTrail ? context.db : undefined;
}

export const command = defineCommand({
  about:
    "Writes the hook into a host's own settings and shows what was added; on a terminal it asks first. Everything else in them stays; audit hook uninstall takes it out again. The host runs a launcher under ~/.sealtrail/bin, which finds Node and this program also after an upgrade.",
  positionals: { host: { about: "the agent host", required: true, choices: HOOK_HOSTS } },
  options: SCOPE_OPTIONS,
  exits: {
    [EXIT.data]: "the settings can't be read; nothing was changed",
    [EXIT.permission]: "this audit runs out of npx's cache, or the settings are not yours to write",
    [EXIT.interrupted]: "the answer was no; nothing was changed",
  },
  notes: ["A hook never stops the agent: what can't be recorded is kept beside the trail and taken in later."],
  examples: [["audit hook install claude-code", "record every Claude Code session of this user"]],
  async run(args, context) {
    const host = args.host as HookHost;
    const scope = scopeOf(args);
    const { name, afterwards } = HOST_SETTINGS[host];
    const plan = installPlan(context, host, scope, trailNamed(context, scope));
    const { change, launcher } = plan;
    const needsTrust = afterwards !== undefined && scope !== "managed";
    const asks = isChange(change) && !args.yes && canAsk(context);
    if (asks || args["dry-run"]) {
      if (!context.json) await showChange(context, change, "would change");
    }
    if (!args["dry-run"]) {
      if (asks && !(await agreed(context, false, `Change ${name}'s settings like this?`, "install it"))) {
        await context.note("nothing was changed");
        return EXIT.interrupted;
      }
      const recorded = await plan.run();
      if (recorded === "no-trail") await context.note(`there is no trail at ${context.db} yet: audit init makes one`);
    }
    if (context.json) {
      const dryRun = args["dry-run"];
      await context.object({ host, scope, dryRun, ...change, launcher, trustNeeded: needsTrust });
      return EXIT.ok;
    }
    if (!asks && !args["dry-run"]) await showChange(context, change, "changed");
    const undo = `audit hook uninstall ${host}${scope === "user" ? "" : ` --${scope}`}`;
    await context.note(`${name} reads its settings when a session starts; undo: ${undo}`);
    if (needsTrust) await context.warn(afterwards);
    const off = await switchedOff(host, scope, context.io);
    if (off !== undefined)
      await context.warn(
        `${off.setting} in ${off.path} switches the hook off: nothing is recorded before it is taken out`,
      );
    return EXIT.ok;
  },
});
