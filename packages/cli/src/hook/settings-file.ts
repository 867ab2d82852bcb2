/**
 * The settings file of a host: read, written whole or not at all, and put back byte for byte by `uninstall` where
 * nobody has changed it since `install`, which keeps the text from before beside it.
 */
import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, statSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Context } from "../context.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import { writeOutFile } from "../outfile.js";
import { HOST_SETTINGS, type HookHost } from "./hosts.js";
import { ourEntries, parseSettings, printSettings, type Settings, withOurs, withoutOurs } from "./settings.js";

/** What a file that was not there before is kept as. */
const ABSENT = "";

export interface Change {
  readonly path: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

function earlierPath(path: string): string {
  return `${path}.before-sealtrail`;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && !lstatSync(path, { throwIfNoEntry: false })) return undefined;
    if (code === "ENOENT") {
      throw new CliError("settings", EXIT.data, `${path} is a link to nothing`, "mend it first; nothing was changed");
    }
    throw error;
  }
}

function save(context: Context, path: string, text: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  // Settings are often links into a folder of dotfiles: they stay links.
  writeOutFile(context.io, there ? realpathSync(path) : path, text, { mode: (there?.mode ?? 0o600) & 0o777 });
}

function lines(settings: Settings, host: HookHost): string[] {
  return [...ourEntries(settings, host)].flatMap(([event, commands]) => commands.map((c) => `${event}: ${c}`));
}

function changeOf(path: string, before: Settings, after: Settings, host: HookHost): Change {
  const had = lines(before, host);
  const has = lines(after, host);
  return {
    path,
    added: has.filter((line) => !had.includes(line)),
    removed: had.filter((line) => !has.includes(line)),
  };
}

/**
 * The text that `save` will write, and its difference in `change`, line by line. Nothing is written before `save` is called.
 */
export interface Plan {
  readonly change: Change;
  save(): void;
}

export function planInstall(context: Context, host: HookHost, path: string, command: string): Plan {
  const text = read(path);
  const before = text === undefined ? {} : parseSettings(text, path);
  const after = withOurs(before, host, command, HOST_SETTINGS[host].events);
  const change = changeOf(path, before, after, host);
  return {
    change,
    save() {
      if (!isChange(change)) return;
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      // A second install keeps the backup from before the first.
      if (ourEntries(before, host).size === 0) save(context, earlierPath(path), text ?? ABSENT);
      save(context, path, printSettings(after, text));
    },
  };
}

export function planUninstall(context: Context, host: HookHost, path: string): Plan {
  const text = read(path);
  if (text === undefined) return { change: { path, added: [], removed: [] }, save() {} };
  const before = parseSettings(text, path);
  const after = withoutOurs(before, host);
  const change = changeOf(path, before, after, host);
  return {
    change,
    save() {
      if (!isChange(change)) return;
      const kept = earlierPath(path);
      const earlier = existsSync(kept) ? readFileSync(kept, "utf8") : undefined;
      if (earlier === ABSENT && Object.keys(after).length === 0) unlinkSync(path);
      else if (earlier && sameSettings(earlier, after, path)) save(context, path, earlier);
      else save(context, path, printSettings(after, text));
      if (earlier !== undefined) unlinkSync(kept);
    },
  };
}

export function isChange({ added, removed }: Change): boolean {
  return added.length + removed.length > 0;
}

/** True when taking our entries out gives what stood there before they came; empty lists of hooks say nothing. */
function sameSettings(earlier: string, after: Settings, path: string): boolean {
  const plain = (value: Settings): unknown => {
    const { hooks = {}, ...rest } = JSON.parse(JSON.stringify(value)) as Settings;
    const kept = Object.entries(hooks as Record<string, unknown[]>).filter(([, groups]) => groups.length > 0);
    return { ...rest, hooks: Object.fromEntries(kept) };
  };
  try {
    return isDeepStrictEqual(plain(parseSettings(earlier, path)), plain(after));
  } catch {
    return false;
  }
}
