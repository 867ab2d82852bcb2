// Which words of a command are scripts themselves: what `bash -c`, `eval`, `ssh host` and their like run.
// Takes too many rather than too few: whoever asks wants to see what may run.
import type { FoundCommand } from "./collect.js";

const SHELLS = new Set(["sh", "bash", "zsh", "dash", "ksh", "mksh", "ash", "fish", "rbash", "csh", "tcsh"]);
/** Every argument that could be a script is one. */
const RUNNERS = new Set(["eval", "trap", "watch", "ssh", "parallel", "tmux", "screen", "rsh", "at", "batch", "entr"]);
/** Those take a script behind `-c` or `--command`. */
const WITH_OPTION = new Set(["su", "runuser", "script", "flock", "sg", "newgrp", "pkexec", "nix-shell", "nix", "wsl"]);
const MOST_WORDS = 4_096;

/** Whether a word names a shell: `bash`, `/bin/sh`. @public */
export function isShell(word: string): boolean {
  return SHELLS.has(nameOf(word));
}

/** The last part of a program's path, without `.exe`. @public */
export function nameOf(word: string): string {
  const slash = Math.max(word.lastIndexOf("/"), word.lastIndexOf("\\"));
  const name = slash < 0 ? word : word.slice(slash + 1);
  return name.length > 64 ? "" : name.replace(/\.exe$/i, "");
}

/** Indexes of the command's words that are scripts. @public */
export function scriptWords(words: readonly { readonly value: string }[]): number[] {
  const found = new Set<number>();
  let runner = false;
  const count = Math.min(words.length, MOST_WORDS);
  for (let i = 0; i < count; i++) {
    const value = words[i]!.value;
    if (runner && i > 0 && maybeScript(value)) found.add(i);
    if (value.length > 64 || value.startsWith("-")) continue;
    const name = nameOf(value);
    if (RUNNERS.has(name)) runner = true;
    if (SHELLS.has(name) || WITH_OPTION.has(name)) {
      const script = behindOption(words, i + 1, SHELLS.has(name));
      if (script !== undefined) found.add(script);
    }
  }
  return [...found];
}

/** The word behind `-c`, `-lc`, `--command`, or the one that `--command=` holds. */
function behindOption(
  words: readonly { readonly value: string }[],
  from: number,
  isShellName: boolean,
): number | undefined {
  for (let i = from; i < Math.min(words.length, from + 64); i++) {
    const value = words[i]!.value;
    if (value === "--command" || /^[-+][A-Za-z]{0,8}c[A-Za-z]{0,8}$/.test(value)) {
      // More options may stand between: `bash -c -e 'script'`.
      let script = i + 1;
      while (script < words.length && /^[-+][A-Za-z-]{1,20}$/.test(words[script]!.value)) script++;
      return script < words.length ? script : undefined;
    }
    if (isShellName && !/^[-+]/.test(value) && !/^[-+]o$/i.test(words[i - 1]!.value)) return undefined;
  }
  return undefined;
}

/** Whether a text may be more than one word of a shell. */
function maybeScript(value: string): boolean {
  return /[\s;&|<>`$()]/.test(value);
}

/** Whether the command reads a script from its input: a shell that was given none, or `ssh host`. */
export function readsScript(command: FoundCommand): boolean {
  const { words } = command;
  for (let i = 0; i < Math.min(words.length, 64); i++) {
    const value = words[i]!.value;
    if (isShell(value)) return behindOption(words, i + 1, true) === undefined;
    if (i === 0 && nameOf(value) === "ssh") return true;
  }
  return false;
}
