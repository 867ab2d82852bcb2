// What the host's configuration says of this plugin. It holds tokens and keys: single settings are read, nothing is kept.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export const PLUGIN_ID = "sealtrail";

export function at(value: unknown, ...names: readonly string[]): unknown {
  let found = value;
  for (const name of names) {
    const is = typeof found === "object" && found !== null && Object.hasOwn(found, name);
    found = is ? (found as Record<string, unknown>)[name] : undefined;
  }
  return found;
}

export function hasConversationAccess(config: unknown): boolean {
  return at(config, "plugins", "entries", PLUGIN_ID, "hooks", "allowConversationAccess") === true;
}

/** Regular expressions of the operator's own, which the host masks in its logs. */
export function hostPatterns(config: unknown): readonly string[] {
  const patterns = at(config, "logging", "redactPatterns");
  return Array.isArray(patterns) ? patterns.filter((pattern): pattern is string => typeof pattern === "string") : [];
}

export type Removal = "uninstalled" | "disabled" | "unloaded";

/** In words; the host switches a plugin off first when it uninstalls it, and only then takes its settings away. */
export const REMOVED: Readonly<Record<Removal, string>> = {
  uninstalled: "the plugin is uninstalled",
  disabled: "the plugin is switched off, or is being uninstalled",
  unloaded: "the plugin is unloaded",
};

/** Why the host has let go of the plugin, by the configuration as it stands now. */
export function removalOf(env: Readonly<Record<string, string | undefined>>): Removal {
  const state = env.OPENCLAW_STATE_DIR || join(env.OPENCLAW_HOME || homedir(), ".openclaw");
  let config: unknown;
  try {
    config = JSON.parse(readFileSync(env.OPENCLAW_CONFIG_PATH || join(state, "openclaw.json"), "utf8"));
  } catch {
    return "unloaded"; // written by hand, with comments, or not there
  }
  const entry = at(config, "plugins", "entries", PLUGIN_ID);
  if (entry === undefined) return "uninstalled";
  const allow = at(config, "plugins", "allow");
  const deny = at(config, "plugins", "deny");
  const off =
    at(entry, "enabled") === false ||
    at(config, "plugins", "enabled") === false ||
    // An empty list allows every plugin.
    (Array.isArray(allow) && allow.length > 0 && !allow.includes(PLUGIN_ID)) ||
    (Array.isArray(deny) && deny.includes(PLUGIN_ID));
  return off ? "disabled" : "unloaded";
}
