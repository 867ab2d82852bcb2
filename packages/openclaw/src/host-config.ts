// Reads settings for this plugin from the host's configuration. It holds tokens and keys, so only single settings are read and
// nothing is kept.
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

/** The operator's regular expressions, by which the host masks its logs. */
export function hostPatterns(config: unknown): readonly string[] {
  const patterns = at(config, "logging", "redactPatterns");
  return Array.isArray(patterns) ? patterns.filter((pattern): pattern is string => typeof pattern === "string") : [];
}

export type Removal = "uninstalled" | "disabled" | "unloaded";

/**
 * Texts for people. When the host uninstalls a plugin, it first switches it off and then removes its settings, so "disabled"
 * may be either.
 */
export const REMOVED: Readonly<Record<Removal, string>> = {
  uninstalled: "the plugin is uninstalled",
  disabled: "the plugin is switched off, or is being uninstalled",
  unloaded: "the plugin is unloaded",
};

/** Why the host stopped the plugin, according to its present configuration. */
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
