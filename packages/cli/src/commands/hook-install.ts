/** `audit hook install`: has a host run `audit hook` at each of its events. */
import { defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { hookCommandLine } from "../hook/command-line.js";
import { HOOK_HOSTS, HOST_SETTINGS, type HookHost } from "../hook/hosts.js";
import { installHook } from "../hook/settings-file.js";
import { clean } from "../text.js";

export const command = defineCommand({
  about:
    "Writes the hook into a host's own settings and shows what was added. Everything else in them stays; audit hook uninstall takes it out again.",
  positionals: { host: { about: "the agent host", required: true, choices: HOOK_HOSTS } },
  options: {},
  exits: { [EXIT.data]: "the settings can't be read; nothing was changed" },
  notes: ["A hook never stops the agent: what can't be recorded is kept beside the trail and taken in later."],
  examples: [["audit hook install claude-code", "record every Claude Code session of this user"]],
  async run(args, context) {
    const host = args.host as HookHost;
    const { name, afterwards } = HOST_SETTINGS[host];
    const change = installHook(context, host, hookCommandLine(host, context.db));
    if (context.json) {
      await context.object({ host, ...change, trustNeeded: afterwards !== undefined });
      return EXIT.ok;
    }
    const { bold, green, red } = context.color;
    const nothing = change.added.length === 0 && change.removed.length === 0;
    await context.lines([
      `${bold(nothing ? "unchanged" : "changed")} ${clean(change.path)}`,
      ...change.removed.map((line) => red(`  - ${clean(line)}`)),
      ...change.added.map((line) => green(`  + ${clean(line)}`)),
    ]);
    await context.note(`${name} reads its settings when a session starts; undo: audit hook uninstall ${host}`);
    if (afterwards !== undefined) await context.warn(afterwards);
    return EXIT.ok;
  },
});
