/**
 * Settings of the hosts that keep a hook from running although it is installed. Read as the hosts do: for Claude Code
 * code.claude.com/docs/en/settings and its own merge order, for Codex developers.openai.com/codex/hooks.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { HOST_SETTINGS, type HookHost } from "./hosts.js";
import { managedFolder, type Place, projectFolder, type Scope } from "./scopes.js";

export interface Switch {
  readonly path: string;
  /** The name of the setting, such as `disableAllHooks`. */
  readonly setting: string;
}

type Settings = Record<string, unknown>;

const mostBytes = 1 << 22;
const mostDropIns = 100;

function isRecord(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined where the file cannot be read: the host itself reports that. */
export function textOf(path: string): string | undefined {
  try {
    const there = statSync(path);
    return there.isFile() && there.size <= mostBytes ? readFileSync(path, "utf8") : undefined;
  } catch {
    return undefined;
  }
}

function jsonIn(path: string): Settings {
  try {
    const value: unknown = JSON.parse((textOf(path) ?? "{}").replace(/^\uFEFF/, ""));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

async function tomlIn(path: string): Promise<Settings> {
  const text = textOf(path);
  if (text === undefined) return {};
  try {
    const { parse } = await import("smol-toml");
    return parse(text) as Settings;
  } catch {
    return {};
  }
}

function managedFiles(folder: string): string[] {
  const dropIns = join(folder, "managed-settings.d");
  let names: string[] = [];
  try {
    names = readdirSync(dropIns)
      .filter((name) => name.endsWith(".json"))
      .sort()
      .slice(0, mostDropIns);
  } catch {
    // No drop-ins.
  }
  return [join(folder, "managed-settings.json"), ...names.map((name) => join(dropIns, name))];
}

function claudeSwitch(scope: Scope, place: Place): Switch | undefined {
  for (const path of managedFiles(managedFolder("claude-code", place))) {
    const { disableAllHooks, allowManagedHooksOnly, strictPluginOnlyCustomization: strict } = jsonIn(path);
    if (disableAllHooks === true) return { path, setting: "disableAllHooks" };
    if (scope === "managed") continue;
    if (allowManagedHooksOnly === true) return { path, setting: "allowManagedHooksOnly" };
    if (strict === true || (Array.isArray(strict) && strict.includes("hooks")))
      return { path, setting: "strictPluginOnlyCustomization" };
  }
  // Managed hooks can only be switched off by managed settings.
  if (scope === "managed") return undefined;
  const project = projectFolder("claude-code", place);
  // The first file with the setting decides.
  const paths = [
    join(project, "settings.local.json"),
    join(project, "settings.json"),
    HOST_SETTINGS["claude-code"].settingsPath(place),
  ];
  for (const path of paths) {
    const { disableAllHooks } = jsonIn(path);
    if (disableAllHooks === true) return { path, setting: "disableAllHooks" };
    if (disableAllHooks === false) return undefined;
  }
  return undefined;
}

/** `hooks`, and the older name of the same switch. */
function featureOff(config: Settings): string | undefined {
  const { features } = config;
  if (!isRecord(features)) return undefined;
  if (features.hooks === false) return "[features] hooks = false";
  return features.hooks === undefined && features.codex_hooks === false ? "[features] codex_hooks = false" : undefined;
}

export function codexConfigFile(place: Place): string {
  return join(dirname(HOST_SETTINGS.codex.settingsPath(place)), "config.toml");
}

async function codexSwitch(scope: Scope, place: Place): Promise<Switch | undefined> {
  const system = managedFolder("codex", place);
  const requirements = join(system, "requirements.toml");
  const required = await tomlIn(requirements);
  const forced = featureOff(required);
  if (forced !== undefined) return { path: requirements, setting: forced };
  if (scope !== "managed" && required.allow_managed_hooks_only === true)
    return { path: requirements, setting: "allow_managed_hooks_only" };
  const paths = [
    join(projectFolder("codex", place), "config.toml"),
    codexConfigFile(place),
    join(system, "config.toml"),
  ];
  for (const path of paths) {
    const config = await tomlIn(path);
    const off = featureOff(config);
    if (off !== undefined) return { path, setting: off };
    if (isRecord(config.features) && config.features.hooks === true) return undefined;
  }
  return undefined;
}

/** The setting that keeps the host from running a hook of this scope; undefined where there is none. */
export async function switchedOff(host: HookHost, scope: Scope, place: Place): Promise<Switch | undefined> {
  return host === "codex" ? codexSwitch(scope, place) : claudeSwitch(scope, place);
}

/** For each hook of Codex, by its key: the hash that the user trusted, and whether the hook is switched off by name. */
export async function codexHookStates(place: Place): Promise<Map<string, { trusted?: string; off: boolean }>> {
  const states = new Map<string, { trusted?: string; off: boolean }>();
  const { hooks } = await tomlIn(codexConfigFile(place));
  const state = isRecord(hooks) && isRecord(hooks.state) ? hooks.state : {};
  for (const [key, value] of Object.entries(state)) {
    if (!isRecord(value)) continue;
    const trusted = typeof value.trusted_hash === "string" ? { trusted: value.trusted_hash } : {};
    states.set(key, { ...trusted, off: value.enabled === false });
  }
  return states;
}
