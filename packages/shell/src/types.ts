// What `parseShell` returns. All places are UTF-16 offsets in the text that was given to it, also those of nested scripts.

/** A part of the text: from `start` up to, not including, `end`. @public */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** One word, as the shell splits it. @public */
export interface Word extends Range {
  /** The word without quotes and escapes. Expansions and substitutions stand in it as they are written. */
  readonly value: string;
  /** False where an expansion, a substitution, a glob, a brace list or a tilde makes the value known only at run time. */
  readonly literal: boolean;
  /** Whether the word is itself a script whose commands are listed too, as in `bash -c '...'`. */
  readonly isScript: boolean;
  /** The place in the text of unit `index` of `value`; for `value.length`, of the end of its last piece. */
  at(index: number): number;
}

/** `NAME=value` in front of a command, or as an argument of `export` and the like. @public */
export interface Assignment extends Range {
  readonly name: string;
  /** What stands behind the sign; absent where that is an array. */
  readonly value: Word | undefined;
}

/** A redirection of a command's input or output. @public */
export interface Redirection extends Range {
  /** As written: `>`, `>>`, `<`, `<<`, `<<<`, ... */
  readonly operator: string;
  /** The file, or the text of a `<<<`. */
  readonly target: Word | undefined;
  /** The body of a here-document. */
  readonly body: Range | undefined;
}

/** One command of a script, with its words, assignments and redirections. @public */
export interface Command extends Range {
  readonly assignments: readonly Assignment[];
  /** The program first. `NAME=value` behind the program is a word here as well. */
  readonly words: readonly Word[];
  readonly redirections: readonly Redirection[];
  /** Index in `Script.commands` of the command whose output it reads. */
  readonly pipedFrom: number | undefined;
  /** How many scripts it stands in: 0 for the text itself, 1 for `$(...)` or `bash -c '...'` in it, and so on. */
  readonly depth: number;
}

/** Why a text could not be read wholly: what is returned then is what a simpler reading found. @public */
export type Opaque = "syntax" | "size" | "depth" | "budget";

/** The commands of a text, and the places of everything in it that matters for masking. @public */
export interface Script {
  /** All simple commands, also those in substitutions and nested scripts, each list in the order of the text. */
  readonly commands: readonly Command[];
  /** All words: those of commands, assignments, redirections, loops and patterns. */
  readonly words: readonly Word[];
  /** `$(...)`, `` `...` ``, `<(...)` and `>(...)`, signs included. */
  readonly substitutions: readonly Range[];
  /** Bodies of here-documents that are no scripts. */
  readonly bodies: readonly Range[];
  /** The first reason why the reading is not whole; absent when it is. */
  readonly opaque: Opaque | undefined;
}

/** Bounds on the work for one text. @public */
export interface Limits {
  /** UTF-16 units of the text; a longer one is opaque. 65,536 */
  readonly size?: number;
  /** Scripts in one another. 8 */
  readonly depth?: number;
  /** UTF-16 units of all nested scripts together. 262,144 */
  readonly nested?: number;
}
