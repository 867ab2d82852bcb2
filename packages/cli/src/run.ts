/**
 * One run of `audit`: finds the command, reads its arguments, runs it, turns whatever is thrown into an error with
 * a hint and an exit code. Touches nothing but what `io` offers.
 */
import pico from "picocolors";
import type { Command, Entry } from "./command.js";
import { TABLE } from "./commands/table.js";
import { Context, wantsColor } from "./context.js";
import { type CliError, StrayWordError, toCliError, usage } from "./errors.js";
import { EXIT } from "./exit.js";
import type { Io } from "./io.js";
import { Paint } from "./paint.js";
import { clean, nearest, toJson } from "./text.js";

/** Global options may stand before the command. */
const VALUED = new Set(["--db", "--tree"]);
const GLOBAL = new Set([...VALUED, "--json", "--quiet", "--help", "-h"]);

interface Found {
  /** The words of the command or group. */
  readonly words: readonly string[];
  readonly entry: Entry | undefined;
  /** What is left for the command. */
  readonly rest: readonly string[];
}

/** The longest command that the words name; options that every command takes may stand between them. */
export function findCommand(argv: readonly string[]): Found {
  const words: string[] = [];
  const rest: string[] = [];
  let at = 0;
  for (; at < argv.length; at++) {
    const word = argv[at]!;
    const option = word.replace(/=.*$/s, "");
    if (word.startsWith("-") && GLOBAL.has(option)) {
      rest.push(word);
      if (VALUED.has(word) && at + 1 < argv.length) rest.push(argv[++at]!);
      continue;
    }
    const next = [...words, word];
    if (!TABLE.some((e) => next.every((w, i) => e.words[i] === w))) break;
    words.push(word);
  }
  rest.push(...argv.slice(at));
  const entry = TABLE.find((e) => e.words.length === words.length && e.words.every((w, i) => words[i] === w));
  return { words, entry, rest };
}

function unknownCommand(words: readonly string[], rest: readonly string[]): CliError {
  const word = rest.find((w) => !GLOBAL.has(w.replace(/=.*$/s, "")));
  const name = ["audit", ...words].join(" ");
  if (word === undefined) {
    const next = [
      ...new Set(TABLE.filter((e) => words.every((w, i) => e.words[i] === w)).map((e) => e.words[words.length]!)),
    ];
    return usage(words.length === 0 ? "no command is given" : `${name} needs a command`, `one of ${next.join(", ")}`);
  }
  if (word.startsWith("-"))
    return usage(`unknown option ${word.replace(/=.*$/s, "")}`, `${name} --help shows what there is`);
  const names = new Set(TABLE.map((e) => e.words[words.length]).filter((w) => w !== undefined));
  const meant = nearest(word, names);
  return new StrayWordError(
    word,
    `there is no command ${[...words, word].join(" ")}`,
    meant ? `did you mean ${name} ${meant}?` : `${name} --help lists them`,
  );
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const color = pico.createColors(wantsColor(io));
  if (argv[0] === "--version" || argv[0] === "-V") {
    const { version } = await import("./version.js");
    await io.stdout.write(`audit ${version()}\n`);
    return EXIT.ok;
  }
  const { words, entry, rest } = findCommand(argv);
  const end = rest.indexOf("--");
  const asksHelp = (end < 0 ? rest : rest.slice(0, end)).some((w) => w === "--help" || w === "-h");
  const stray = rest.find((w) => !GLOBAL.has(w.replace(/=.*$/s, "")));
  if (!entry) {
    if (!asksHelp || stray !== undefined) throw unknownCommand(words, rest);
    const { groupHelp } = await import("./help.js");
    const listed = TABLE.filter((e) => words.every((w, i) => e.words[i] === w));
    await io.stdout.write(`${groupHelp(words, listed, color, io.stdout.columns)}\n`);
    return EXIT.ok;
  }
  const command: Command = await entry.load();
  if (asksHelp) {
    const { commandHelp } = await import("./help.js");
    await io.stdout.write(`${commandHelp(words, command, color, io.stdout.columns)}\n`);
    return EXIT.ok;
  }
  const { parseArguments } = await import("./parse.js");
  const { args, globals } = parseArguments(words, command, rest);
  const context = new Context(io, globals, new Paint(color, Buffer.from(io.random(8)).toString("hex")));
  return command.run(args, context, { table: TABLE, run });
}

/** Advice for a file that was given where no file is expected: what it is, and which command takes it. */
async function aboutStrayFile(error: CliError, io: Io): Promise<CliError> {
  if (!(error instanceof StrayWordError)) return error;
  const { whatIs } = await import("./recognise.js");
  const found = await whatIs(io, error.word);
  return found === undefined ? error : usage(`${error.word} is ${found.what} (${found.format})`, found.check);
}

/** Reports a failed run: two lines on stderr, and with --json also an object on stdout. */
async function report(error: CliError, argv: readonly string[], io: Io): Promise<void> {
  if (argv.includes("--json")) {
    const { code, message, hint, exit } = error;
    await io.stdout.write(`${toJson({ error: { code, message, hint, exit } })}\n`);
  }
  // Who pressed Ctrl-C knows it.
  if (error.exit === EXIT.interrupted) return;
  await io.stderr.write(`error: ${clean(error.message)}\nhint: ${clean(error.hint)}\n`);
  if (io.env.DEBUG) {
    const cause = error.cause instanceof Error ? error.cause : error;
    await io.stderr.write(`${cause.stack ?? String(cause)}\n`);
  }
}

/** Runs `audit` with these arguments (without node and script); resolves with its exit code, never rejects. @public */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    const known = await aboutStrayFile(toCliError(error), io);
    await report(known, argv, io);
    return known.exit;
  }
}
