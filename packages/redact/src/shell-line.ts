// Whether a text is plainly a shell command, wherever it stands: one line whose first word is a program of everyday, and what
// follows is written as arguments are. Prose that begins with such a word, as in "make sure that", is none.

import { PROGRAMS as TAKING } from "./argv.js";
import { EVERYDAY } from "./programs.js";

/** Of the programs that take a secret, those that are words of a language as well. */
const WORDS = /^(?:security|net|fly|http|https|bundle|pass|set|config)$/;
const SECRET_TAKING: ReadonlySet<string> = new Set([
  ...TAKING,
  "wrangler",
  "passwd",
  "jq",
  "yq",
  "restic",
  "borg",
  "ftp",
]);
const START = /^\s{0,64}(?:[$#%] )?((?:[A-Za-z_]\w{0,63}=\S{0,256}\s{1,8}){0,8})([\w./-]{1,64})(?=\s|$)/;
/** Signs that prose has not: options, operators, expansions, paths, assignments. */
const WRITTEN = /(?:^|\s)-{1,2}[A-Za-z]|[|;&<>]|\$[({A-Za-z_]|`|(?:^|\s)[.~]?\/\w|\w=\S|(?:^|\s)['"]/;

export function looksLikeShell(text: string): boolean {
  const match = START.exec(text);
  if (match === null) return false;
  const program = match[2]!.slice(match[2]!.lastIndexOf("/") + 1);
  const isKnown =
    EVERYDAY.test(program) ||
    (SECRET_TAKING.has(program) && !WORDS.test(program)) ||
    /^\.{0,2}\//.test(match[2]!) ||
    match[1] !== "";
  return isKnown && !text.trimEnd().includes("\n") && WRITTEN.test(text.slice(0, 4_096));
}
