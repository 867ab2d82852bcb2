/** `audit hook uninstall`: takes the hook out of a host's settings again. */
import { defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { HOOK_HOSTS, type HookHost } from "../hook/hosts.js";
import { uninstallHook } from "../hook/settings-file.js";
import { clean } from "../text.js";

export const command = defineCommand({
  about:
    "Takes the hook out of a host's settings; where nothing else changed since, they are as before, byte for byte.",
  positionals: { host: { about: "the agent host", required: true, choices: HOOK_HOSTS } },
  options: {},
  exits: { [EXIT.data]: "the settings can't be read; nothing was changed" },
  examples: [["audit hook uninstall codex", "record no further Codex session"]],
  async run(args, context) {
    const host = args.host as HookHost;
    const change = uninstallHook(context, host);
    if (context.json) {
      await context.object({ host, ...change });
      return EXIT.ok;
    }
    const { bold, red } = context.color;
    await context.lines([
      `${bold(change.removed.length === 0 ? "unchanged" : "changed")} ${clean(change.path)}`,
      ...change.removed.map((line) => red(`  - ${clean(line)}`)),
    ]);
    return EXIT.ok;
  },
});
