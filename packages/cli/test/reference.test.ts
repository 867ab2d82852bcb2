/** docs/cli.md is made from what the commands declare: `npx vitest run packages/cli/test/reference.test.ts -u` writes it anew. */
import { existsSync, readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { GLOBAL_OPTIONS, type Option } from "../src/command.js";
import { TABLE } from "../src/commands/table.js";
import { SETTINGS } from "../src/config.js";
import { ENVIRONMENT } from "../src/environment.js";
import { EXIT_CODES } from "../src/exit.js";
import { synopsis } from "../src/parse.js";

const INTRO = `# The command audit

\`audit\` (also installed as \`sealtrail\`) records what agents did, proves it, and checks proofs. In a checkout it runs as
\`npx audit\`; elsewhere as \`npx -p @sealtrail/cli audit\` (a bare \`npx audit\` would fetch a stranger's package).

## How it speaks

- The answer goes to stdout, everything else to stderr. \`--quiet\` leaves out notes and progress.
- With \`--json\` the answer is one JSON object on one line; \`audit list\` gives one object a line. Each has a JSON Schema in
  the package's \`schemas/\`. When a command fails, the object is \`{"error": {code, message, hint, exit}}\` (\`schemas/error.json\`).
  Times are UTC there, and the reader's own time zone in text.
- An error is two lines on stderr, \`error: what happened\` and \`hint: what to do\`. \`DEBUG=1\` adds the stack.
- What comes out of events is printed without control characters and without marks that turn the reading order around;
  in JSON they are escaped.
- A file that is written appears whole or not at all, and the trail's own files are never a target.
- \`-\` reads stdin (or writes stdout, after \`--out\`); \`@file\` reads a file where an option takes JSON.
- \`audit hook claude-code\` and \`audit hook codex\` are what an agent host's hook settings run (\`audit hook install\` writes
  them): one payload on stdin, nothing printed, exit 0 on every path.
- Progress bars come after a second, on a terminal only, never with \`--quiet\`, \`--json\` or \`CI\`.
- Trust is never taken from the file under test: roots, keys and signers come from the command line or from your own
  trail, and what was not checked is named.
`;

const inCell = (text: string): string => text.replace(/\|/g, "\\|").replace(/</g, "\\<");

function optionRow(name: string, option: Option): string {
  const usage = option.kind === "flag" ? `--${name}` : `--${name} <${option.hint}>`;
  const more =
    option.kind === "values"
      ? " (may be repeated)"
      : option.kind === "value" && option.choices
        ? `: ${option.choices.join(", ")}`
        : "";
  return `| \`${usage.replace(/\|/g, "\\|")}\` | ${inCell(option.about)}${more} |`;
}

async function reference(): Promise<string> {
  const out = [INTRO, "## Exit codes", "", "| code | name | meaning |", "| --- | --- | --- |"];
  for (const { code, name, about } of EXIT_CODES) out.push(`| ${code} | ${name} | ${inCell(about)} |`);
  out.push(
    "",
    "A code that is not listed is a failure. What 1, 2 and others mean for one command stands with it below.",
  );
  out.push("", "## Options of every command", "", "| option | |", "| --- | --- |");
  for (const [name, option] of Object.entries(GLOBAL_OPTIONS)) out.push(optionRow(name, option));
  out.push("", "## Environment", "", "| variable | |", "| --- | --- |");
  for (const [name, about] of ENVIRONMENT) out.push(`| \`${name}\` | ${inCell(about)} |`);
  out.push(
    "",
    "## Configuration file",
    "",
    "`config.json` beside the trail. A flag comes before the environment, that before this file, that before the default.",
  );
  out.push("", "| setting | |", "| --- | --- |");
  for (const [name, { about }] of Object.entries(SETTINGS)) out.push(`| \`${name}\` | ${inCell(about)} |`);
  let group = "";
  for (const entry of TABLE) {
    const command = await entry.load();
    if (entry.group !== group) {
      group = entry.group;
      out.push("", `## ${group}`);
    }
    out.push(
      "",
      `### audit ${entry.words.join(" ")}`,
      "",
      `\`${synopsis(entry.words, command.positionals)}\``,
      "",
      inCell(command.about),
    );
    const rows = [
      ...Object.entries(command.positionals).map(
        ([name, p]) =>
          `| \`${p.required ? `<${name}>` : `[${name}]`}\` | ${inCell(p.about)}${p.choices ? `: ${p.choices.join(", ")}` : ""} |`,
      ),
      ...Object.entries(command.options).map(([name, option]) => optionRow(name, option)),
    ];
    if (rows.length > 0) out.push("", "| | |", "| --- | --- |", ...rows);
    const exits = Object.entries(command.exits).map(([code, about]) => `${code} ${about}`);
    out.push("", `Exit codes beside 0 and the general ones: ${exits.length > 0 ? `${exits.join("; ")}.` : "none."}`);
    for (const note of command.notes ?? []) out.push("", inCell(note));
    out.push("", "```sh", ...command.examples.flatMap(([line, about]) => [`# ${about}`, line]), "```");
  }
  return `${out.join("\n")}\n`;
}

it("docs/cli.md says what the commands declare", async () => {
  await expect(await reference()).toMatchFileSnapshot("../../../docs/cli.md");
});

it("every command has a JSON Schema, and every schema a command", () => {
  const folder = new URL("../schemas/", import.meta.url);
  for (const { words } of TABLE)
    expect(existsSync(new URL(`${words.join("-")}.json`, folder)), words.join(" ")).toBe(true);
  const known = ["error", ...TABLE.map(({ words }) => words.join("-"))];
  expect(
    readdirSync(folder)
      .map((name) => name.replace(/\.json$/, ""))
      .filter((name) => !known.includes(name)),
  ).toEqual([]);
});
