/** `audit hook uninstall`: removes the hook from a host's settings, and records that. */
import { defineCommand } from "../command.js";
import { agreed, canAsk } from "../confirm.js";
import { EXIT } from "../exit.js";
import { HOOK_HOSTS, HOST_SETTINGS, type HookHost } from "../hook/hosts.js";
import { uninstallPlan } from "../hook/install.js";
import { isChange } from "../hook/settings-file.js";
import { SCOPE_OPTIONS, scopeOf, showChange } from "./hook-install.js";

export const command = defineCommand({
  about:
    "Takes the hook out of a host's settings; where nothing else changed since, they are as before, byte for byte. Recording of that host ends with it, so it asks first, and it goes on record.",
  positionals: { host: { about: "the agent host", required: true, choices: HOOK_HOSTS } },
  options: SCOPE_OPTIONS,
  exits: {
    [EXIT.data]: "the settings can't be read; nothing was changed",
    [EXIT.interrupted]: "the answer was no; nothing was changed",
  },
  notes: [
    "Without a terminal and without --yes nothing is removed: it shows the change, warns on stderr, puts system.hook_removal_refused on record and ends with 0. A coding agent must not end its own recording unseen. A script gives --yes, and can see in the JSON that dryRun is false.",
  ],
  examples: [["audit hook uninstall codex --yes", "record no further Codex session"]],
  async run(args, context) {
    const host = args.host as HookHost;
    const scope = scopeOf(args);
    const plan = uninstallPlan(context, host, scope);
    const { change } = plan;
    const changes = isChange(change);
    const refused = changes && !args.yes && !args["dry-run"] && !canAsk(context);
    const only = args["dry-run"] || refused;
    if (!context.json && (only || !args.yes)) await showChange(context, change, "would change");
    if (refused) {
      await plan.refuse();
      await context.warn("nothing was removed: there is no terminal to ask on, and no --yes");
    } else if (!only) {
      const question = `Take ${HOST_SETTINGS[host].name}'s hook out? Nothing of it is recorded from then on.`;
      if (changes && !(await agreed(context, args.yes, question, "take it out"))) {
        await context.note("nothing was changed");
        return EXIT.interrupted;
      }
      await plan.run();
      if (!context.json && args.yes) await showChange(context, change, "changed");
    }
    if (context.json) await context.object({ host, scope, dryRun: only, ...change });
    return EXIT.ok;
  },
});
