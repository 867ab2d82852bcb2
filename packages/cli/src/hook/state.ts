/** Which hosts have our hook in their settings, for `audit status`: installed is not yet recorded. */
import { readFileSync } from "node:fs";
import { HOOK_HOSTS, HOST_SETTINGS, type HookHost } from "./hosts.js";
import { ourEntries, parseSettings } from "./settings.js";

export interface HookState {
  readonly host: HookHost;
  readonly path: string;
  readonly state: "installed, never seen" | "recording" | "settings unreadable";
  /** Events that this release would hook and the settings lack: installed by an older one, or edited by hand. */
  readonly missing: readonly string[];
}

/** @param seen sources that the trail holds events of */
export function hookStates(
  place: { env: Readonly<Record<string, string | undefined>>; home: string },
  seen: ReadonlySet<string>,
): HookState[] {
  const states: HookState[] = [];
  for (const host of HOOK_HOSTS) {
    const { settingsPath, events } = HOST_SETTINGS[host];
    const path = settingsPath(place);
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch {
      continue; // no settings, no hook
    }
    try {
      const ours = ourEntries(parseSettings(text, path), host);
      if (ours.size === 0) continue;
      const missing = Object.keys(events).filter((event) => !ours.has(event));
      states.push({ host, path, state: seen.has(host) ? "recording" : "installed, never seen", missing });
    } catch {
      if (text.includes(`hook ${host}`)) states.push({ host, path, state: "settings unreadable", missing: [] });
    }
  }
  return states;
}
