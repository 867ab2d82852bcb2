/**
 * A command's own arguments, by yargs, strictly: unknown options, missing or doubled values and stray words are usage
 * errors. Two traps of yargs 18 are kept out: a positional `-` arrives empty, and words behind `--` are lost to
 * positionals. Both travel behind a NUL, which no real argument can hold.
 */
import yargs from "yargs";
import {
  type Arguments,
  type Command,
  GLOBAL_OPTIONS,
  type Option,
  type Options,
  type Positionals,
} from "./command.js";
import type { GlobalArguments } from "./context.js";
import { type CliError, StrayWordError, usage } from "./errors.js";
import { nearest } from "./text.js";

const MARK = "\0";

function protect(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  const before = end < 0 ? argv : argv.slice(0, end);
  const after = end < 0 ? [] : argv.slice(end + 1);
  return [...before.map((word) => (word === "-" ? MARK + word : word)), ...after.map((word) => MARK + word)];
}

const unprotect = (word: string): string => (word.startsWith(MARK) ? word.slice(MARK.length) : word);

/** `audit smt proof <hash>` */
export function synopsis(words: readonly string[], positionals: Positionals): string {
  const parts = Object.entries(positionals).map(([name, p]) => (p.required ? `<${name}>` : `[${name}]`));
  return ["audit", ...words, ...parts].join(" ");
}

type Parsed = GlobalArguments & Record<string, string | boolean | readonly string[] | undefined>;

export function parseArguments<O extends Options, P extends Positionals>(
  words: readonly string[],
  command: Command<O, P>,
  argv: readonly string[],
): { args: Arguments<O, P>; globals: GlobalArguments } {
  const options: Record<string, Option> = { ...command.options, ...GLOBAL_OPTIONS };
  const name = ["audit", ...words].join(" ");
  const hint = `${name} --help shows how`;
  for (const word of argv) {
    if (word === "--") break;
    if (word.includes(MARK)) throw usage("an argument holds a NUL", hint);
    const [option] = /^--[^=]+(?==)/.exec(word) ?? [];
    if (option && options[option.slice(2)]?.kind === "flag") throw usage(`${option} takes no value`, hint);
  }
  const parser = yargs([])
    .locale("en")
    .exitProcess(false)
    .version(false)
    .help(false)
    .strict()
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "greedy-arrays": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "short-option-groups": false,
    })
    .fail((message, error) => {
      throw explain(error?.message ?? message, argv, options, command, hint);
    })
    .command(synopsis(words, command.positionals).replace(name, "$0"), false, (y) => {
      for (const positional of Object.keys(command.positionals)) y.positional(positional, { type: "string" });
      for (const [option, { kind }] of Object.entries(options)) {
        if (kind === "flag") y.option(option, { type: "boolean" });
        else y.option(option, { type: "string", nargs: 1, array: kind === "values" });
      }
      return y;
    });
  let found: Record<string, unknown>;
  try {
    found = parser.parseSync(protect(argv));
  } catch (error) {
    if (error instanceof Error && error.name === "CliError") throw error;
    throw explain(error instanceof Error ? error.message : String(error), argv, options, command, hint);
  }
  const parsed: Record<string, string | boolean | readonly string[] | undefined> = {};
  for (const [option, { kind, ...rest }] of Object.entries(options)) {
    const value = found[option];
    if (kind === "flag") parsed[option] = value === true || (Array.isArray(value) && value.includes(true));
    else if (kind === "values")
      parsed[option] = Array.isArray(value) ? value.map((v) => text(`--${option}`, v, hint)) : [];
    else {
      if (Array.isArray(value)) throw usage(`--${option} is given twice`, "give it once");
      const one = value === undefined ? undefined : text(`--${option}`, value, hint);
      if (one !== undefined && "choices" in rest) choose(`--${option}`, one, rest.choices);
      parsed[option] = one;
    }
  }
  for (const [positional, { choices, open }] of Object.entries(command.positionals)) {
    const value = found[positional];
    const one = value === undefined ? undefined : text(`<${positional}>`, value, hint);
    if (one !== undefined && open !== true) choose(`<${positional}>`, one, choices);
    parsed[positional] = one;
  }
  return { args: parsed as Arguments<O, P>, globals: parsed as Parsed };
}

function text(name: string, value: unknown, hint: string): string {
  const word = typeof value === "string" ? unprotect(value) : "";
  if (word === "") throw usage(`${name} is empty`, hint);
  return word;
}

export function choose(name: string, value: string, choices: readonly string[] | undefined): void {
  if (!choices || choices.includes(value)) return;
  const meant = nearest(value, choices);
  throw usage(
    `${name} cannot be ${JSON.stringify(value)}`,
    meant ? `did you mean ${meant}?` : `it is one of ${choices.join(", ")}`,
  );
}

/** Yargs' own messages, in our words. */
function explain(
  message: string,
  argv: readonly string[],
  options: Record<string, Option>,
  command: { positionals: Positionals },
  hint: string,
): CliError {
  const unknown = /^Unknown arguments?: (.*)$/s.exec(message);
  if (unknown) {
    const end = argv.indexOf("--");
    const option = argv
      .slice(0, end < 0 ? argv.length : end)
      .find((word) => /^-./.test(word) && !Object.hasOwn(options, word.replace(/^--?/, "").replace(/=.*$/s, "")));
    if (option === undefined) {
      const word = unprotect(unknown[1]!);
      return new StrayWordError(word, `unexpected argument ${JSON.stringify(word)}`, hint);
    }
    const bare = option.replace(/=.*$/s, "");
    const meant = nearest(bare.replace(/^--?/, ""), Object.keys(options));
    return usage(`unknown option ${bare}`, meant ? `did you mean --${meant}?` : hint);
  }
  if (message.startsWith("Not enough non-option arguments")) {
    const required = Object.entries(command.positionals).filter(([, p]) => p.required);
    return usage(`${required.map(([n]) => `<${n}>`).join(" ")} is missing`, hint);
  }
  const lacking = /^Not enough arguments following: (.*)$/.exec(message);
  if (lacking) return usage(`--${lacking[1]} needs a value`, hint);
  return usage(message.split("\n")[0] ?? "cannot be read", hint);
}
