/** Help, from what the commands declare. Each command's help ends with an example to copy. */
import type { Colors } from "picocolors/types.js";
import type { Command, Entry, Option } from "./command.js";
import { GLOBAL_OPTIONS } from "./command.js";
import { synopsis } from "./parse.js";

/** Breaks a text into lines of at most `width`; the later ones are indented. */
function wrap(text: string, width: number, indent = ""): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join(`\n${indent}`);
}

/** Two columns: a name, what it is. A name that is too wide gets a line of its own. */
function rows(entries: readonly (readonly [string, string])[], width: number): string[] {
  const left = Math.min(28, Math.max(0, ...entries.map(([name]) => name.length)));
  const indent = " ".repeat(left + 4);
  return entries.map(([name, about]) => {
    const right = wrap(about, Math.max(30, width - left - 4), indent);
    return name.length > left ? `  ${name}\n${indent}${right}` : `  ${name.padEnd(left)}  ${right}`;
  });
}

function optionName(name: string, option: Option): string {
  return option.kind === "flag" ? `--${name}` : `--${name} <${option.hint}>`;
}

function optionAbout(option: Option): string {
  if (option.kind === "values") return `${option.about} (may be repeated)`;
  if (option.kind === "value" && option.choices) return `${option.about}: ${option.choices.join(", ")}`;
  return option.about;
}

export function commandHelp(words: readonly string[], command: Command, color: Colors, columns: number): string {
  const width = Math.max(60, Math.min(100, columns));
  const out = [
    `${color.bold("Usage:")} ${synopsis(words, command.positionals)} [options]`,
    "",
    wrap(command.about, width),
  ];
  const section = (title: string, lines: readonly string[]) => {
    if (lines.length > 0) out.push("", color.bold(title), ...lines);
  };
  const table = (entries: readonly (readonly [string, string])[]) => rows(entries, width);
  section(
    "Arguments:",
    table(
      Object.entries(command.positionals).map(([n, p]) => [
        n,
        p.choices ? `${p.about}: ${p.choices.join(", ")}` : p.about,
      ]),
    ),
  );
  section("Options:", table(Object.entries(command.options).map(([n, o]) => [optionName(n, o), optionAbout(o)])));
  section("Everywhere:", table(Object.entries(GLOBAL_OPTIONS).map(([n, o]) => [optionName(n, o), optionAbout(o)])));
  section(
    "Exit codes beside 0 and the general ones (audit help exit-codes):",
    table(Object.entries(command.exits).map(([n, about]) => [n, about])),
  );
  for (const note of command.notes ?? []) out.push("", wrap(note, width));
  section(
    command.examples.length > 1 ? "Examples:" : "Example:",
    command.examples.flatMap(([line, about]) => [`  ${color.dim(`# ${about}`)}`, `  ${line}`]),
  );
  return out.join("\n");
}

/** A group's commands (`audit smt --help`), or all of them. */
export function groupHelp(words: readonly string[], entries: readonly Entry[], color: Colors, columns: number): string {
  const width = Math.max(60, Math.min(100, columns));
  const name = ["audit", ...words].join(" ");
  const out = [`${color.bold("Usage:")} ${name} <command> [options]`];
  if (words.length === 0)
    out.push(
      "",
      "Proof of what AI agents did: a tamper-evident record that a stranger can verify alone.",
      "The same command is installed as sealtrail.",
    );
  let group = "";
  const all = entries.map((entry): readonly [string, string] => [entry.words.join(" "), entry.summary]);
  const left = Math.max(...all.map(([n]) => n.length));
  entries.forEach((entry, i) => {
    if (entry.group !== group) {
      group = entry.group;
      out.push("", color.bold(`${group}:`));
    }
    const [n, about] = all[i]!;
    out.push(`  ${n.padEnd(left)}  ${wrap(about, width - left - 4, " ".repeat(left + 4))}`);
  });
  out.push(
    "",
    `${color.bold("More:")} audit <command> --help, audit help exit-codes|environment|formats`,
    "",
    color.bold("Example:"),
  );
  out.push("  audit demo");
  return out.join("\n");
}
