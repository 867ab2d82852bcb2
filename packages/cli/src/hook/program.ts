/** Whether what a hook's command line names is still there: the launcher, and what the launcher runs. Runs nothing. */
import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { launcherTargets } from "./launcher.js";

/** The words of a command line as `hookCommandLine` quotes them; undefined for a line with more shell in it than that. */
export function wordsOf(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; ) {
    const char = line[at]!;
    if (char === " ") {
      if (word !== undefined) words.push(word);
      word = undefined;
      at++;
    } else if (char === "'" || char === '"') {
      const end = line.indexOf(char, at + 1);
      if (end < 0) return undefined;
      word = (word ?? "") + line.slice(at + 1, end);
      at = end + 1;
    } else if (char === "\\") {
      word = (word ?? "") + (line[at + 1] ?? "");
      at += 2;
    } else if (/[$`;&|<>()\n]/.test(char)) {
      return undefined;
    } else {
      word = (word ?? "") + char;
      at++;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
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

/** The path that is missing, or not to be run; undefined where all is there, or it cannot be told. */
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
  return targets === undefined || isFile(targets.program) ? undefined : targets.program;
}

/** The trail that the command line names; undefined where it names none, and the host's environment decides. */
export function trailOf(command: string): string | undefined {
  const words = wordsOf(command) ?? [];
  const at = words.indexOf("--db");
  return at < 0 ? undefined : words[at + 1];
}
