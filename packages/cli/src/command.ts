/** The shape of a command: what it takes, declared once (parser, help, completion and reference are made from it), and what it does. */
import type { Context } from "./context.js";
import type { Io } from "./io.js";

export interface Flag {
  readonly kind: "flag";
  readonly about: string;
}
export interface Value {
  readonly kind: "value";
  /** What stands after the option in the help: `--at <version>`. */
  readonly hint: string;
  readonly about: string;
  readonly choices?: readonly string[];
}
/** An option that may be given several times. */
export interface Values {
  readonly kind: "values";
  readonly hint: string;
  readonly about: string;
}
export type Option = Flag | Value | Values;
export type Options = Readonly<Record<string, Option>>;

export interface Positional {
  readonly about: string;
  readonly required: boolean;
  readonly choices?: readonly string[];
  /** The choices are only the usual values, for help and completion; the command checks the value itself. */
  readonly open?: true;
}
export type Positionals = Readonly<Record<string, Positional>>;

export type Arguments<O extends Options, P extends Positionals> = {
  readonly [K in keyof O]: O[K] extends Flag ? boolean : O[K] extends Values ? readonly string[] : string | undefined;
} & { readonly [K in keyof P]: P[K] extends { required: true } ? string : string | undefined };

export interface Command<O extends Options = Options, P extends Positionals = Positionals> {
  /** One or two sentences under the usage line. */
  readonly about: string;
  readonly positionals: P;
  readonly options: O;
  /** Exit codes beside 0 that this command may end with for a reason of its own, and what they mean here. */
  readonly exits: Readonly<Record<number, string>>;
  /** Further lines of help, before the examples. */
  readonly notes?: readonly string[];
  readonly examples: readonly (readonly [command: string, about: string])[];
  run(args: Arguments<O, P>, context: Context, program: Program): Promise<number>;
}

/** A command in the table of all of them. Its own file is loaded when it runs. */
export interface Entry {
  readonly words: readonly string[];
  readonly group: string;
  readonly summary: string;
  load(): Promise<Command>;
}

/** `audit` itself, for the commands that tell of the others or run them. */
export interface Program {
  readonly table: readonly Entry[];
  /** Resolves with the exit code, never rejects. */
  run(argv: readonly string[], io: Io): Promise<number>;
}

/** Keeps the literal types of options and positionals, so that `run` gets typed arguments. */
export function defineCommand<const O extends Options, const P extends Positionals>(
  command: Command<O, P>,
): Command<O, P> {
  return command;
}

/** Options that every command takes. */
export const GLOBAL_OPTIONS = {
  db: { kind: "value", hint: "file", about: "the trail (SEALTRAIL_DB; else ~/.sealtrail/audit.db)" },
  tree: { kind: "value", hint: "id", about: "the tree; a trail has one, and another one is refused" },
  json: { kind: "flag", about: "one JSON object (or one a line) on stdout, errors too" },
  quiet: { kind: "flag", about: "no notes and no progress on stderr" },
  help: { kind: "flag", about: "show this" },
} as const satisfies Options;
