/**
 * The program that hosts are given to run: a small shell script under `~/.sealtrail/bin`, which stays where it is when
 * Node or this package moves. It names both, is rewritten when they change, looks for another Node where the one it
 * names is gone, and counts the event as lost where nothing can run. It prints nothing and ends with 0.
 */
import { mkdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import type { Io } from "../io.js";
import { writeOutFile } from "../outfile.js";
import { version } from "../version.js";
import { LAUNCHER_NAME } from "./settings.js";

export interface Targets {
  readonly node: string;
  readonly program: string;
}

export function launcherFile(home: string): string {
  return join(home, ".sealtrail", "bin", LAUNCHER_NAME);
}

/** Whether the path is where `audit hook install` puts a launcher, in whichever home. */
export function isLauncher(path: string): boolean {
  return basename(path) === LAUNCHER_NAME && dirname(path).endsWith(join(".sealtrail", "bin"));
}

/** This Node and this program. Throws where the program stands in a cache that npm empties. */
export function ownTargets(): Targets {
  const program = realpathSync(fileURLToPath(new URL("../../bin/audit.js", import.meta.url)));
  if (/[\\/]_npx[\\/]/.test(program)) {
    throw new CliError(
      "npx-cache",
      EXIT.permission,
      "this audit runs out of npx's cache, which npm empties: a hook would end with it",
      "npm install -g @sealtrail/cli, then run it again",
    );
  }
  return { node: process.execPath, program };
}

/** For a POSIX shell, always in quotes: `launcherTargets` reads it back. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

export function launcherText({ node, program }: Targets): string {
  return `#!/bin/sh
# Runs "audit hook" for an agent host. Written by "audit hook install", rewritten by "audit due" when Node or the
# program has moved. It prints nothing and ends with 0, because an agent waits for it.
# sealtrail ${version()}
node=${quoted(node)}
program=${quoted(program)}

# An event that cannot be recorded is counted beside the trail; "audit status" and the next writer tell of it.
lost() {
  cat >/dev/null 2>&1
  db=\${SEALTRAIL_DB:-$HOME/.sealtrail/audit.db}
  while [ $# -gt 0 ]; do
    case $1 in
    --db) db=$2 ;;
    --db=*) db=\${1#--db=} ;;
    esac
    shift
  done
  umask 077
  [ -d "$db.spool" ] || mkdir "$db.spool" 2>/dev/null
  # Writing into a pipe that nobody reads would not end.
  note=$db.spool/lost
  [ ! -e "$note" ] || [ -f "$note" ] || note=$note-$$
  { printf x >>"$note"; } 2>/dev/null
  exit 0
}

new_enough() {
  [ -x "$1" ] && "$1" -e 'var v = process.versions.node.split("."); process.exit(+v[0] > 22 || (+v[0] === 22 && +v[1] > 12) ? 0 : 1)' </dev/null >/dev/null 2>&1
}

if [ ! -f "$program" ]; then
  found=$(command -v sealtrail 2>/dev/null) || lost "$@"
  "$found" "$@" >/dev/null 2>&1 || lost "$@"
  exit 0
fi
if [ ! -x "$node" ]; then
  node=
  for other in "$(command -v node 2>/dev/null)" /usr/local/bin/node /opt/homebrew/bin/node /usr/bin/node \\
    "$HOME"/.volta/bin/node "$HOME"/.nvm/versions/node/*/bin/node "$HOME"/.asdf/installs/nodejs/*/bin/node \\
    "$HOME"/.local/share/mise/installs/node/*/bin/node "$HOME"/.local/share/fnm/node-versions/*/installation/bin/node; do
    if new_enough "$other"; then
      node=$other
      break
    fi
  done
  [ -n "$node" ] || lost "$@"
fi
"$node" "$program" "$@" 2>/dev/null || lost "$@"
exit 0
`;
}

/** Writes the launcher where it is not what it should be. True when it changed. */
export function writeLauncher(io: Io, path: string, targets: Targets): boolean {
  const text = launcherText(targets);
  try {
    if (readFileSync(path, "utf8") === text && (statSync(path).mode & 0o111) !== 0) return false;
  } catch {
    // Not there yet.
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeOutFile(io, path, text, { mode: 0o755 });
  return true;
}

/** What a launcher of ours runs; undefined for any other file. */
export function launcherTargets(path: string): Targets | undefined {
  let text: string;
  try {
    if (statSync(path).size > 65_536) return undefined;
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  const value = (name: string) =>
    new RegExp(`^${name}='((?:[^'\\n]|'\\\\'')*)'$`, "m").exec(text)?.[1]?.replaceAll("'\\''", "'");
  const node = value("node");
  const program = value("program");
  return node === undefined || program === undefined ? undefined : { node, program };
}
