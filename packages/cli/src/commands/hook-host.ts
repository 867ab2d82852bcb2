/** `audit hook claude-code|codex`, for whoever asks what it is or puts options before it; hosts come in by hook/main.ts. */
import { type Command, defineCommand } from "../command.js";
import { EXIT } from "../exit.js";
import { HOST_SETTINGS, type HookHost } from "../hook/hosts.js";
import { readStdin } from "../input.js";

export function hookCommand(host: HookHost): Command {
  const { name } = HOST_SETTINGS[host];
  return defineCommand({
    about: `Records one hook payload of ${name}, read from stdin. Prints nothing and ends with 0 whatever happens, because the agent waits for it.`,
    positionals: {},
    options: {},
    exits: {},
    notes: [`Nobody types it: audit hook install ${host} writes it into the host's settings.`],
    examples: [[`audit hook ${host} < payload.json`, "what the host does"]],
    async run(_args, { db, io }) {
      try {
        const { recordPayload } = await import("../hook/record.js");
        recordPayload(host, await readStdin(io), { db, env: io.env, now: () => io.now() });
      } catch {
        // There is nobody to tell: stdout and stderr belong to the agent.
      }
      return EXIT.ok;
    },
  });
}
