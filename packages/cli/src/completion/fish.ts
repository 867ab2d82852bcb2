/** Completion for fish. */
import { type Candidates, type Place, valuedOptions } from "./model.js";

/** Within single quotes. */
const single = (text: string): string => text.replace(/\\/g, "\\\\").replace(/'/g, "\\'");

/** The arguments of `complete` that say where a value comes from. */
function from(candidates: Candidates): string {
  switch (candidates.kind) {
    case "word":
    case "types":
      return `-f -a '${candidates.words.join(" ")}'`;
    case "file":
      return "-F";
    case "at-file":
      return "-f -a '(__audit_at_files)'";
    case "trail":
      return `-f -a '(__audit_ask ${candidates.what})'`;
    default:
      return "-f";
  }
}

export function fishScript(places: readonly Place[]): string {
  const lines = [
    "# fish completion for audit and sealtrail: audit completion fish | source",
    "",
    "# The command that was typed so far, and how many positionals behind it.",
    "function __audit_place",
    "  set -l tokens (commandline -opc)[2..-1]",
    "  set -l path",
    "  set -l count 0",
    "  set -l take 0",
    "  for token in $tokens",
    "    if test $take = 1",
    "      set take 0",
    "      continue",
    "    end",
    "    switch $token",
    "      case '--*=*'",
    "        continue",
    `      case ${valuedOptions(places).join(" ")}`,
    "        set take 1",
    "        continue",
    "      case '-*'",
    "        continue",
    "    end",
    "    set -l try (string join ' ' -- $path $token)",
    `    if test $count = 0; and contains -- "$try" ${places
      .filter(({ path }) => path !== "")
      .map(({ path }) => `'${path}'`)
      .join(" ")}`,
    "      set path $try",
    "    else",
    "      set count (math $count + 1)",
    "    end",
    "  end",
    '  echo "$path#$count"',
    "end",
    "function __audit_in --argument-names wanted",
    '  string match -q -- "$wanted#*" (__audit_place)',
    "end",
    "function __audit_at --argument-names wanted",
    '  test (__audit_place) = "$wanted"',
    "end",
    "function __audit_at_files",
    "  for file in (__fish_complete_path (string replace -r '^@' '' -- (commandline -ct | string replace -r '^--[^=]*=' '')))",
    "    echo @$file",
    "  end",
    "end",
    "# What the trail has: sessions, events, holds. Nothing of it is evaluated.",
    "function __audit_ask --argument-names what",
    "  set -l tokens (commandline -opc)",
    "  set -l db",
    "  if set -l at (contains -i -- --db $tokens); and test $at -lt (count $tokens)",
    "    set db --db $tokens[(math $at + 1)]",
    "  end",
    "  set -l word (commandline -ct | string replace -r '^--[^=]*=' '')",
    "  command $tokens[1] completion $what $db -- $word 2>/dev/null",
    "end",
    "",
  ];
  for (const name of ["audit", "sealtrail"]) {
    lines.push(`complete -c ${name} -f`);
    for (const { path, next, positionals, options } of places) {
      for (const { word, summary } of next)
        lines.push(`complete -c ${name} -n "__audit_at '${path}#0'" -a ${word} -d '${single(summary)}'`);
      positionals.forEach((candidates, i) => {
        if (candidates.kind !== "none")
          lines.push(`complete -c ${name} -n "__audit_at '${path}#${i}'" ${from(candidates)}`);
      });
      for (const { name: option, about, value } of options) {
        const takes = value === undefined ? "" : ` -r ${from(value)}`;
        lines.push(`complete -c ${name} -n "__audit_in '${path}'" -l ${option.slice(2)}${takes} -d '${single(about)}'`);
      }
    }
  }
  return `${lines.join("\n")}\n`;
}
