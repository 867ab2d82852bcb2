/**
 * How each host's hook stands, for `audit status`: whether it is installed, can run, may run and has run. Reads the
 * hosts' settings and a note beside the trail; runs nothing and asks nobody.
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type Seen, seenOf } from "@sealtrail/trail/marker";
import { readNote, timeIn } from "../beside.js";
import { hostFiles } from "./host-files.js";
import { HOOK_HOSTS, HOST_SETTINGS, type HookHost } from "./hosts.js";
import { missingProgram, trailOf } from "./program.js";
import { type Place, SCOPES, type Scope, settingsFile } from "./scopes.js";
import { ourEntries, parseSettings, type Settings } from "./settings.js";
import { codexConfigFile, switchedOff, textOf } from "./switches.js";
import { codexTrust } from "./trust.js";

export type Standing =
  | "recording"
  | "installed, never seen"
  /** Its program, Node or the launcher is missing. */
  | "program gone"
  /** By a setting of the host. */
  | "switched off"
  /** Codex runs it only once the user has trusted it, as it stands now. */
  | "not trusted"
  /** The host writes sessions, and its hook has not run meanwhile. */
  | "silent"
  /** It ran once, and is in no settings any more. */
  | "taken out"
  | "another trail"
  | "settings unreadable";

export interface HookState {
  readonly host: HookHost;
  readonly scope: Scope;
  readonly path: string;
  readonly state: Standing;
  /** What is wrong, in a sentence without a stop; null where nothing is. */
  readonly why: string | null;
  readonly hint: string | null;
  readonly firstSeenAt: string | null;
  readonly lastSeenAt: string | null;
  /** Events that this release would hook and the settings lack: installed by an older one, or edited by hand. */
  readonly missing: readonly string[];
}

/** States in which a person has to do something. */
export const WRONG: readonly Standing[] = [
  "program gone",
  "switched off",
  "not trusted",
  "silent",
  "settings unreadable",
];

/** A host writes its file before the hook that ends the turn, and the model may take this long in between. */
const slackMs = 15 * 60_000;
/** A session that began before the hook was installed may go on without it for this long. */
const neverSeenMs = 24 * 3_600_000;

interface Around extends Place {
  readonly db: string;
  readonly now: number;
}

interface Found {
  readonly scope: Scope;
  readonly path: string;
  readonly settings: Settings | undefined;
  readonly commands: readonly string[];
  readonly missing: readonly string[];
}

function look(host: HookHost, scope: Scope, place: Place): Found | undefined {
  const path = settingsFile(host, scope, place);
  const text = textOf(path);
  if (text === undefined) return undefined;
  try {
    const settings = parseSettings(text, path);
    const ours = ourEntries(settings, host);
    if (ours.size === 0) return undefined;
    const missing = Object.keys(HOST_SETTINGS[host].events).filter((event) => !ours.has(event));
    return { scope, path, settings, commands: [...new Set([...ours.values()].flat())], missing };
  } catch {
    if (!text.includes(`hook ${host}`)) return undefined;
    return { scope, path, settings: undefined, commands: [], missing: [] };
  }
}

function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

type Verdict = Pick<HookState, "state" | "why" | "hint">;

async function judge(host: HookHost, found: Found, seen: Seen | undefined, around: Around): Promise<Verdict> {
  const { name } = HOST_SETTINGS[host];
  const { scope, path, settings, commands } = found;
  const again = `run audit hook install ${host}${scope === "user" ? "" : ` --${scope}`}`;
  if (settings === undefined)
    return { state: "settings unreadable", why: `${path} cannot be read`, hint: `mend it, then ${again}` };
  const here = commands.filter((command) => isHere(command, around));
  if (here.length === 0)
    return {
      state: "another trail",
      why: `${path} records into ${trailOf(commands[0] ?? "") ?? "another trail"}`,
      hint: null,
    };
  for (const command of here) {
    const gone = missingProgram(command, host);
    if (gone !== undefined)
      return {
        state: "program gone",
        why: `${name}'s hook would run ${gone}, which is not there or cannot run`,
        hint: again,
      };
  }
  const off = await switchedOff(host, scope, around);
  if (off !== undefined)
    return {
      state: "switched off",
      why: `${off.setting} in ${off.path} switches ${name}'s hooks off`,
      hint: "take it out there",
    };
  const last = seen === undefined ? 0 : Date.parse(seen.lastAt);
  if (host === "codex" && scope !== "managed") {
    const trust = await codexTrust(settings, path, around);
    // With --dangerously-bypass-hook-trust a hook runs without trust. It has run since the last change, so it can run.
    const ranSince = last > Math.max(changedAt(path), changedAt(codexConfigFile(around)));
    if (trust === "switched off by name")
      return {
        state: "switched off",
        why: `${name}'s hook is switched off under hooks.state`,
        hint: "start codex and switch it on under /hooks",
      };
    if (trust !== "trusted" && !ranSince)
      return {
        state: "not trusted",
        why: `${name}'s hook was ${trust}, so it does not run`,
        hint: "start codex and approve it under /hooks",
      };
  }
  return silentOr(host, found, seen, around, again);
}

function isHere(command: string, { db, env, home }: Around): boolean {
  const named = trailOf(command) || env.SEALTRAIL_DB || resolve(home, ".sealtrail", "audit.db");
  return resolve(named) === db;
}

/** Compares the hook's last run with the host's own files: where the host wrote one later, the hook is silent. */
function silentOr(host: HookHost, { path }: Found, seen: Seen | undefined, around: Around, again: string): Verdict {
  const last = seen === undefined ? changedAt(path) + neverSeenMs : Date.parse(seen.lastAt) + slackMs;
  const newest = hostFiles(host, around, last).at(-1);
  if (newest === undefined)
    return { state: seen === undefined ? "installed, never seen" : "recording", why: null, hint: null };
  return { state: "silent", ...silence(host, newest, seen, again) };
}

function silence(host: HookHost, newest: { path: string; at: number }, seen: Seen | undefined, again: string) {
  const since = seen === undefined ? "has never run" : `last ran ${seen.lastAt}`;
  return {
    why: `${HOST_SETTINGS[host].name}'s hook ${since}, and ${newest.path} was written ${new Date(newest.at).toISOString()}`,
    hint: `${again}; audit reconcile ${host} names what is missing`,
  };
}

/** The states of all hosts with a hook of ours, or with one that ran once. */
export async function hookStates(around: Around): Promise<HookState[]> {
  const states: HookState[] = [];
  for (const host of HOOK_HOSTS) {
    const seen = seenOf(around.db, host);
    const times = { firstSeenAt: seen?.firstAt ?? null, lastSeenAt: seen?.lastAt ?? null };
    const found = SCOPES.map((scope) => look(host, scope, around)).filter(
      // In the user's home the project's settings are the user's own.
      (one, i, all) => one !== undefined && all.findIndex((other) => other?.path === one.path) === i,
    ) as Found[];
    for (const one of found) {
      const verdict = await judge(host, one, seen, around);
      states.push({ host, scope: one.scope, path: one.path, ...verdict, ...times, missing: one.missing });
    }
    const isHereToo = states.some((state) => state.host === host && state.state !== "another trail");
    if (seen === undefined || isHereToo) continue;
    const path = settingsFile(host, "user", around);
    const newest = hostFiles(host, around, Date.parse(seen.lastAt) + slackMs).at(-1);
    const again = `run audit hook install ${host}`;
    const verdict: Verdict =
      newest === undefined
        ? { state: "taken out", why: `${HOST_SETTINGS[host].name}'s hook stands in no settings any more`, hint: again }
        : { state: "silent", ...silence(host, newest, seen, again) };
    states.push({ host, scope: "user", path, ...verdict, ...times, missing: [] });
  }
  return states;
}

/** The hook ran under a Node that is too old and found no other, so it counted its event as lost. */
export function oldNodeOf(db: string, host: HookHost): { node: string; at: string } | undefined {
  const note = readNote(db, `hook-${host}-unrecorded`);
  const at = timeIn(note?.at);
  return at === undefined ? undefined : { node: String(note?.node ?? "").slice(0, 40), at };
}
