/** `audit help [topic...]`: topics, or a command's own help. */
import { defineCommand, type Entry } from "../command.js";
import { CONFIG_FORMAT, SETTINGS } from "../config.js";
import type { Context } from "../context.js";
import { ENVIRONMENT } from "../environment.js";
import { usage } from "../errors.js";
import { EXIT, EXIT_CODES } from "../exit.js";
import { FORMATS } from "../formats.js";
import { commandHelp, groupHelp } from "../help.js";
import { columns } from "../text.js";

function exitCodes(): string[] {
  return [
    "Exit codes of audit. One that is not listed here is a failure.",
    "",
    ...columns(EXIT_CODES.map((e) => [`  ${String(e.code).padStart(3)}`, e.name, e.about])),
    "",
    "A command's own meaning of 1, 2 and 65 stands in its help: audit verify --help",
  ];
}

function environment(): string[] {
  const settings = Object.entries(SETTINGS).map(([name, s]) => [`  ${name}`, s.about]);
  return [
    "A setting is taken from a flag, else the environment, else the configuration file, else its default.",
    "",
    "Environment:",
    ...columns(ENVIRONMENT.map(([name, about]) => [`  ${name}`, about])),
    "",
    `Configuration file: config.json beside the trail, {"format": "${CONFIG_FORMAT}", ...}:`,
    ...columns(settings),
  ];
}

function formats(): string[] {
  return [
    "Formats of what audit writes. `audit info FILE` says what a file is.",
    "",
    ...columns(FORMATS.map(([name, about]) => [`  ${name}`, about])),
    "",
    "Each is specified byte by byte in docs/formats.md; --json outputs have JSON Schemas in the package's schemas/.",
  ];
}

const TOPICS: Record<string, () => string[]> = { "exit-codes": exitCodes, environment, formats };

export const command = defineCommand({
  about: "Shows help: of a command, or on exit-codes, environment or formats.",
  positionals: {
    topic: { required: false, about: "a command or a topic" },
    subcommand: { required: false, about: "the command's second word" },
    third: { required: false, about: "its third" },
  },
  options: {},
  exits: {},
  examples: [["audit help exit-codes", "what the exit codes mean"]],
  async run(args, context, { table }) {
    const words = [args.topic, args.subcommand, args.third].filter((w) => w !== undefined);
    const topic = words.length === 1 && Object.hasOwn(TOPICS, words[0]!) ? TOPICS[words[0]!] : undefined;
    const text = topic ? topic().join("\n") : await helpOn(words, table, context);
    if (context.json) await context.object({ topic: words.join(" "), text });
    else await context.lines(text.split("\n"));
    return EXIT.ok;
  },
});

async function helpOn(words: readonly string[], table: readonly Entry[], context: Context): Promise<string> {
  const exact = table.find((e) => e.words.length === words.length && e.words.every((w, i) => words[i] === w));
  const width = context.io.stdout.columns;
  if (exact) return commandHelp(exact.words, await exact.load(), context.color, width);
  const group = table.filter((e) => words.every((w, i) => e.words[i] === w));
  if (group.length === 0) throw usage(`there is no help on ${words.join(" ")}`, "audit help lists the commands");
  return groupHelp(words, group, context.color, width);
}
