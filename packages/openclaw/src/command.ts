// `openclaw sealtrail <command>`: the command line of Sealtrail under the host's own, on the plugin's trail. The installed
// program is loaded and run in this process; the plugin starts no other processes.
import { existsSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";

/** The part of the host's command parser (commander) that is used. */
export interface CommandLike {
  command(name: string): CommandLike;
  description(text: string): CommandLike;
  argument(name: string, about?: string): CommandLike;
  allowUnknownOption(): CommandLike;
  helpOption(on: boolean): CommandLike;
  action(run: (args: readonly string[]) => Promise<void>): CommandLike;
}

export const ABOUT = "Status, verification, proofs and exports of the trail (the command line of Sealtrail)";

/** The program's own file, from the setting `cli` or behind the names that npm puts on the path. */
export function programFile(
  cli: string | undefined,
  path: string | undefined,
  exists: (file: string) => boolean = existsSync,
): string | undefined {
  const named = (path ?? "")
    .split(delimiter)
    .filter(Boolean)
    .flatMap((folder) => [join(folder, "sealtrail"), join(folder, "audit")]);
  for (const file of cli === undefined ? named : [cli, ...named]) {
    if (!exists(file)) continue;
    const real = realpathSync(file);
    // Another program may have the name `audit`.
    if (/[\\/]cli[\\/]bin[\\/]audit\.js$/.test(real)) return real;
  }
  return undefined;
}

export function registerCommand(program: CommandLike, name: string, { db, cli }: { db: string; cli?: string }): void {
  program
    .command(name)
    .description(ABOUT)
    .argument("[args...]", "a command of Sealtrail and its options; none: help")
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args) => {
      const file = programFile(cli, process.env.PATH);
      if (file === undefined) {
        console.error("sealtrail: the command line is not installed: npm install -g @sealtrail/cli");
        process.exitCode = 1;
        return;
      }
      process.env.SEALTRAIL_DB = db;
      process.argv = [process.execPath, file, ...args];
      await import(pathToFileURL(file).href);
    });
}
