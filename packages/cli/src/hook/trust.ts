/**
 * Codex runs a hook only when the user trusted exactly this one: its configuration keeps a hash for each, under the file's
 * path, the event and two positions. The hash is defined in codex-rs/hooks/src/engine/discovery.rs, version 0.169.
 */
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Place } from "./scopes.js";
import { isOurs, type Settings } from "./settings.js";
import { codexHookStates } from "./switches.js";

export type Trust = "trusted" | "never trusted" | "changed since it was trusted" | "switched off by name";

/** `PreToolUse` as it stands in the key: `pre_tool_use`. */
const snake = (event: string): string => event.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

/** Members in the order of their names, because the hash covers JSON with sorted keys. */
export function codexHookHash(event: string, hook: { command: string; timeout: number }, matcher?: string): string {
  const identity = {
    event_name: snake(event),
    hooks: [{ async: false, command: hook.command, timeout: hook.timeout, type: "command" }],
    ...(matcher === undefined ? {} : { matcher }),
  };
  return `sha256:${createHash("sha256").update(JSON.stringify(identity)).digest("hex")}`;
}

function resolved(path: string): string {
  try {
    return join(realpathSync(dirname(path)), "hooks.json");
  } catch {
    return path;
  }
}

/** The worst state of our hooks in this file. Do not call it for managed files, which need no trust. */
export async function codexTrust(settings: Settings, path: string, place: Place): Promise<Trust> {
  const states = await codexHookStates(place);
  const found = new Set<Trust>();
  const hooks = (settings.hooks ?? {}) as Record<string, { matcher?: unknown; hooks?: Record<string, unknown>[] }[]>;
  for (const [event, groups] of Object.entries(hooks)) {
    for (const [i, group] of groups.entries()) {
      for (const [j, hook] of (group.hooks ?? []).entries()) {
        if (!isOurs(hook.command, "codex")) continue;
        const suffix = `${snake(event)}:${i}:${j}`;
        const state = states.get(`${path}:${suffix}`) ?? states.get(`${resolved(path)}:${suffix}`);
        if (state?.off) found.add("switched off by name");
        else if (state?.trusted === undefined) found.add("never trusted");
        else {
          const matcher = typeof group.matcher === "string" ? group.matcher : undefined;
          const timeout = Math.max(1, Number(JSON.stringify(hook.timeout ?? 600)) || 600);
          const now = codexHookHash(event, { command: String(hook.command), timeout }, matcher);
          found.add(state.trusted === now ? "trusted" : "changed since it was trusted");
        }
      }
    }
  }
  const order: Trust[] = ["switched off by name", "changed since it was trusted", "never trusted"];
  return order.find((trust) => found.has(trust)) ?? "trusted";
}
