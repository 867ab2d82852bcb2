/**
 * Checks whether the programs that a hook's command line names still exist: the launcher, and the programs that it runs. Runs
 * nothing.
 */
import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { parseShell } from "@sealtrail/shell";
import { isLauncher, launcherTargets } from "./launcher.js";

/** The words of one plain command; undefined for a line with more shell in it than that. */
function wordsOf(line: string): string[] | undefined {
  const { commands, opaque } = parseShell(line);
  const [command, ...others] = commands;
  if (command === undefined || others.length > 0 || opaque !== undefined) return undefined;
  if (command.assignments.length + command.redirections.length > 0) return undefined;
  return command.words.every((word) => word.literal) ? command.words.map((word) => word.value) : undefined;
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** The path that is missing, not executable, or a launcher of ours that was written over; undefined where all is well, or it is not known. */
export function missingProgram(command: string, host: string): string | undefined {
  const words = wordsOf(command);
  if (words === undefined) return undefined;
  const end = words.findIndex((word, i) => word === "hook" && words[i + 1] === host);
  const [program, ...files] = words.slice(0, Math.max(0, end));
  if (program === undefined || !isAbsolute(program)) return undefined;
  if (!canRun(program)) return program;
  const gone = files.find((file) => isAbsolute(file) && !isFile(file));
  if (gone !== undefined) return gone;
  const targets = files.length === 0 ? launcherTargets(program) : undefined;
  // Our own launcher, emptied or written over: it runs, and records nothing.
  if (targets === undefined && files.length === 0 && isLauncher(program)) return program;
  return targets === undefined || isFile(targets.program) ? undefined : targets.program;
}

/** The trail that the command line names; undefined where it names none, and the host's environment decides. */
export function trailOf(command: string): string | undefined {
  const words = wordsOf(command) ?? [];
  const at = words.indexOf("--db");
  return at < 0 ? undefined : words[at + 1];
}
