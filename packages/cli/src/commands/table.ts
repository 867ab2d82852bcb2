/** Every command, once: its words, what it is for in a line, and where it is. A command's own file is loaded when it runs. */
import type { Command } from "../command.js";

export interface Entry {
  readonly words: readonly string[];
  readonly group: string;
  readonly summary: string;
  load(): Promise<Command>;
}

function entry(group: string, words: string, summary: string, load: () => Promise<{ command: unknown }>): Entry {
  // Each file exports its command with its own argument types; from here on they are all `Command`.
  return { group, words: words.split(" "), summary, load: async () => (await load()).command as Command };
}

const OTHER = "Other";

export const TABLE: readonly Entry[] = [
  entry(OTHER, "completion", "completion for bash, zsh or fish", () => import("./completion.js")),
  entry(OTHER, "help", "help on a command, exit codes, environment or formats", () => import("./help.js")),
];
