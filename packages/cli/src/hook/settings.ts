/**
 * Our entries in a host's settings: found, added, taken out. Works on the parsed text alone; whatever else stands in
 * the settings comes back as it was (numbers in their own spelling, order, indentation).
 */
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";

export type Settings = Record<string, unknown>;

interface HookEntry {
  type: "command";
  command: string;
  timeout: number;
}

function unreadable(path: string, what: string): CliError {
  return new CliError("settings", EXIT.data, `${path}: ${what}`, "mend it first; nothing was changed");
}

/** `JSON.rawJSON` keeps a number as it is spelled: the settings are not ours to round. */
const exact = JSON as typeof JSON & { rawJSON(text: string): unknown; isRawJSON(value: unknown): boolean };

function isRecord(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !exact.isRawJSON(value);
}

function keepNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" && context?.source !== undefined ? exact.rawJSON(context.source) : value;
}

function isGroup(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { hooks = [] } = value;
  return Array.isArray(hooks) && hooks.every(isRecord);
}

export function parseSettings(text: string, path: string): Settings {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""), keepNumber as (key: string, value: unknown) => unknown);
  } catch {
    throw unreadable(path, "not JSON");
  }
  if (!isRecord(value)) throw unreadable(path, "not a JSON object");
  const { hooks } = value;
  if (hooks === undefined) return value;
  if (!isRecord(hooks)) throw unreadable(path, "its hooks are not an object");
  for (const [event, groups] of Object.entries(hooks)) {
    const fits = Array.isArray(groups) && groups.every(isGroup);
    if (!fits) throw unreadable(path, `its hooks for ${event} are not a list`);
  }
  return value;
}

/** In the indentation and with the last line feed that the text had. */
export function printSettings(settings: Settings, like: string | undefined): string {
  const indent = /^[\t ]+(?=")/m.exec(like ?? "")?.[0] ?? "  ";
  const end = like === undefined || like.endsWith("\n") ? "\n" : "";
  return `${JSON.stringify(settings, null, indent)}${end}`;
}

export const LAUNCHER_NAME = "sealtrail-hook";

/** Our command is recognised by its last words, whatever folder it was installed in. */
export function isOurs(command: unknown, host: string): boolean {
  if (typeof command !== "string") return false;
  return new RegExp(`(?:audit\\.js|${LAUNCHER_NAME})['"]? hook ${host}(?: --db .+)?$`).test(command);
}

function groupsOf(settings: Settings, event: string): Settings[] {
  return ((settings.hooks as Settings | undefined)?.[event] ?? []) as Settings[];
}

/** The commands of ours that stand there, by event. */
export function ourEntries(settings: Settings, host: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const event of Object.keys((settings.hooks as Settings | undefined) ?? {})) {
    const commands = groupsOf(settings, event)
      .flatMap((group) => (group.hooks ?? []) as Settings[])
      .map((hook) => hook.command)
      .filter((command) => isOurs(command, host));
    if (commands.length > 0) found.set(event, commands as string[]);
  }
  return found;
}

/** The settings without our entries; groups, lists and the `hooks` object that only held them go too. */
export function withoutOurs(settings: Settings, host: string): Settings {
  const hooks = settings.hooks as Settings | undefined;
  if (hooks === undefined) return settings;
  const kept: Settings = {};
  for (const [event, all] of Object.entries(hooks)) {
    const groups = all as Settings[];
    const left = groups
      .map((group) => ({ group, hooks: ((group.hooks ?? []) as Settings[]).filter((h) => !isOurs(h.command, host)) }))
      .filter(({ group, hooks }) => hooks.length > 0 || ((group.hooks ?? []) as Settings[]).length === 0)
      .map(({ group, hooks }) => (hooks.length === (group.hooks as Settings[])?.length ? group : { ...group, hooks }));
    if (left.length > 0 || groups.length === 0) kept[event] = left;
  }
  const { hooks: _, ...rest } = settings;
  if (Object.keys(kept).length === 0 && Object.keys(hooks).length > 0) return rest;
  return { ...settings, hooks: kept };
}

/** The settings with exactly one entry of ours at each of the events, after what stands there. */
export function withOurs(
  settings: Settings,
  host: string,
  command: string,
  events: Readonly<Record<string, number>>,
): Settings {
  const cleared = withoutOurs(settings, host);
  const hooks = { ...((cleared.hooks as Settings | undefined) ?? {}) };
  for (const [event, timeout] of Object.entries(events)) {
    const entry: HookEntry = { type: "command", command, timeout };
    hooks[event] = [...((hooks[event] as unknown[] | undefined) ?? []), { hooks: [entry] }];
  }
  return { ...cleared, hooks };
}
