/** The hosts whose settings take our hook: where the settings stand and which of their events are recorded. */
import { join } from "node:path";

export const HOOK_HOSTS = ["claude-code", "codex"] as const;
export type HookHost = (typeof HOOK_HOSTS)[number];

interface Place {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

interface HostSettings {
  readonly name: string;
  settingsPath(place: Place): string;
  /** Events with the seconds that the host may wait for the hook. */
  readonly events: Readonly<Record<string, number>>;
  /** What the user has to do before the host runs the hook; undefined where nothing is left to do. */
  readonly afterwards: string | undefined;
}

const PATIENCE = 10;

function each(names: string): Record<string, number> {
  return Object.fromEntries(names.split(" ").map((name) => [name, PATIENCE]));
}

export const HOST_SETTINGS: Readonly<Record<HookHost, HostSettings>> = {
  "claude-code": {
    name: "Claude Code",
    settingsPath: ({ env, home }) => join(env.CLAUDE_CONFIG_DIR || join(home, ".claude"), "settings.json"),
    // Each of these was tried with the real host: a hook that prints nothing does not change what the host does. Left out:
    // PostToolBatch, which repeats the events of its calls; WorktreeCreate and WorktreeRemove, where the host leaves the work
    // to the hook; hooks that come many times a second (MessageDisplay, FileChanged, CwdChanged, InstructionsLoaded); and hooks
    // that were not tried yet.
    events: each(
      "SessionStart SessionEnd UserPromptSubmit PreToolUse PostToolUse PostToolUseFailure PermissionRequest " +
        "PermissionDenied Stop StopFailure SubagentStart SubagentStop PreCompact PostCompact ConfigChange " +
        "UserPromptExpansion Notification Setup PreModelSwitch PostModelSwitch",
    ),
    afterwards: undefined,
  },
  codex: {
    name: "Codex",
    settingsPath: ({ env, home }) => join(env.CODEX_HOME || join(home, ".codex"), "hooks.json"),
    events: {
      ...each(
        "SessionStart UserPromptSubmit PreToolUse PostToolUse PermissionRequest Stop SubagentStart SubagentStop " +
          "PreCompact PostCompact",
      ),
      // Codex cuts a longer one down to 3 s and says so at every start.
      SessionEnd: 3,
    },
    afterwards: "Codex runs a new hook only after you have trusted it: start codex and approve it under /hooks",
  },
};

export function isHookHost(text: string | undefined): text is HookHost {
  return HOOK_HOSTS.some((host) => host === text);
}
