// Codex runs a model's command by a shell: `/bin/bash -lc 'npm test'` where the model asked for `npm test`.
import { isShell, parseShell } from "@sealtrail/shell";

/** The script of a command line that is one shell with one script; undefined for any other. */
export function shellScript(line: string): string | undefined {
  const [outer, ...others] = parseShell(line).commands.filter(({ depth }) => depth === 0);
  if (outer === undefined || others.length > 0 || outer.assignments.length + outer.redirections.length > 0)
    return undefined;
  const [shell, option, script, ...more] = outer.words;
  if (script === undefined || more.length > 0 || !isShell(shell!.value) || !/^-[a-z]{0,5}c$/.test(option!.value))
    return undefined;
  return script.literal || script.isScript ? script.value : undefined;
}
