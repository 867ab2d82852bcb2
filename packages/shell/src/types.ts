// What `parseShell` returns. All places are UTF-16 offsets in the text that was given to it, also those of nested scripts.

/** A part of the text: from `start` up to, not including, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** One word of a command, as the shell splits it. */
export interface Word extends Range {
  /** The word without quotes and escapes. Expansions and substitutions stand in it as they are written. */
  readonly value: string;
  /** False where an expansion, a substitution, a glob or a brace list makes the value known only at run time. */
  readonly literal: boolean;
  /** The offset of each unit of `value`, and one more for its end. */
  at(index: number): number;
}

/** `NAME=value` before a command, or as an argument of `export`, `env` and the like. */
export interface Assignment extends Range {
  readonly name: string;
  /** The value's place: without the name and the sign. */
  readonly word: Word;
}

export interface Redirection extends Range {
  readonly operator: string;
  readonly target: Word | undefined;
}

export interface Command extends Range {
  readonly assignments: readonly Assignment[];
  /** The program's name first; assignments in front of it are not here. */
  readonly words: readonly Word[];
  readonly redirections: readonly Redirection[];
  /** Whether the output of another command is its input, and the place of that one in `commands`. */
  readonly pipedFrom: number | undefined;
  /** How many scripts it stands in: 0 for the text itself, 1 for `$(...)`, `bash -c '...'` in it, and so on. */
  readonly depth: number;
}
