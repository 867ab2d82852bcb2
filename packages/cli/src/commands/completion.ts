/** `audit completion bash|zsh|fish`: a static script, made from what the commands declare. */
import { defineCommand, type Entry, GLOBAL_OPTIONS, type Option } from "../command.js";
import { EXIT } from "../exit.js";

interface Completed {
  readonly words: string;
  readonly summary: string;
  readonly options: readonly (readonly [name: string, option: Option])[];
  readonly choices: readonly string[];
}

async function all(entries: readonly Entry[]): Promise<Completed[]> {
  const out: Completed[] = [];
  for (const entry of entries) {
    const command = await entry.load();
    out.push({
      words: entry.words.join(" "),
      summary: entry.summary,
      options: Object.entries({ ...command.options, ...GLOBAL_OPTIONS }),
      choices: Object.values(command.positionals).flatMap((p) => p.choices ?? []),
    });
  }
  return out;
}

/** Words that may follow a prefix of a command: `smt` has `root`, `proof`, ... */
function following(commands: readonly Completed[]): Map<string, Set<string>> {
  const next = new Map<string, Set<string>>();
  for (const { words } of commands) {
    const parts = words.split(" ");
    parts.forEach((part, i) => {
      const prefix = parts.slice(0, i).join(" ");
      const set = next.get(prefix) ?? new Set();
      next.set(prefix, set.add(part));
    });
  }
  return next;
}

function bash(commands: readonly Completed[]): string {
  const next = following(commands);
  const cases: string[] = [];
  for (const prefix of new Set([...next.keys(), ...commands.map((c) => c.words)])) {
    const command = commands.find((c) => c.words === prefix);
    const words = [...(next.get(prefix) ?? []), ...(command?.choices ?? [])];
    const options = command ? command.options.map(([n]) => `--${n}`) : ["--help"];
    cases.push(`    "${prefix}") words="${words.join(" ")}"; options="${options.join(" ")}" ;;`);
  }
  const known = [...next.keys(), ...commands.map((c) => c.words)].filter(Boolean).map((w) => `"${w}"`);
  return `# bash completion for audit and sealtrail: eval "$(audit completion bash)"
_audit() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" try i words="" options=""
  for ((i = 1; i < COMP_CWORD; i++)); do
    try="\${path:+$path }\${COMP_WORDS[i]}"
    case "$try" in
      ${[...new Set(known)].join("|")}) path="$try" ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    [[ -z "$words" ]] && compopt -o default 2>/dev/null
  fi
}
complete -F _audit audit sealtrail
`;
}

const single = (text: string): string => text.replace(/'/g, "'\\''");

function zsh(commands: readonly Completed[]): string {
  const next = following(commands);
  const cases: string[] = [];
  for (const prefix of new Set([...next.keys(), ...commands.map((c) => c.words)])) {
    const command = commands.find((c) => c.words === prefix);
    const words = [...(next.get(prefix) ?? [])].map((word) => {
      const about =
        commands.find((c) => c.words === (prefix ? `${prefix} ${word}` : word))?.summary ?? `${word} commands`;
      return `'${word}:${single(about.replace(/:/g, "\\:"))}'`;
    });
    const choices = (command?.choices ?? []).map((c) => `'${c}'`);
    const options = (command?.options ?? []).map(([n, o]) => `'--${n}:${single(o.about.replace(/:/g, "\\:"))}'`);
    cases.push(`    '${prefix}') candidates=(${[...words, ...choices].join(" ")}); options=(${options.join(" ")}) ;;`);
  }
  const known = [...new Set([...next.keys(), ...commands.map((c) => c.words)])].filter(Boolean).map((w) => `'${w}'`);
  return `#compdef audit sealtrail
# zsh completion for audit and sealtrail: eval "$(audit completion zsh)"
_audit() {
  local path_so_far="" try i
  local -a candidates options
  for ((i = 2; i < CURRENT; i++)); do
    try="\${path_so_far:+$path_so_far }\${words[i]}"
    case "$try" in
      ${known.join("|")}) path_so_far="$try" ;;
    esac
  done
  case "$path_so_far" in
${cases.join("\n")}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _describe -o 'option' options
  elif (( \${#candidates} )); then
    _describe 'command' candidates
  else
    _files
  fi
}
compdef _audit audit sealtrail
`;
}

function fish(commands: readonly Completed[]): string {
  const next = following(commands);
  const lines = [
    "# fish completion for audit and sealtrail: audit completion fish | source",
    "function __audit_at --argument-names wanted kind",
    "  set -l path (string match -v -- '-*' (commandline -opc)[2..-1])",
    '  test "$path" = "$wanted"; and return 0',
    '  test "$kind" = options; and string match -q -- "$wanted *" "$path"',
    "end",
  ];
  for (const name of ["audit", "sealtrail"]) {
    for (const [prefix, words] of next) {
      for (const word of words) {
        const about =
          commands.find((c) => c.words === (prefix ? `${prefix} ${word}` : word))?.summary ?? `${word} commands`;
        lines.push(`complete -c ${name} -f -n "__audit_at '${prefix}'" -a ${word} -d '${about.replace(/'/g, "\\'")}'`);
      }
    }
    for (const command of commands) {
      for (const choice of command.choices)
        lines.push(`complete -c ${name} -n "__audit_at '${command.words}'" -a ${choice}`);
      for (const [option, { kind, about }] of command.options) {
        const value = kind === "flag" ? "" : " -r";
        lines.push(
          `complete -c ${name} -n "__audit_at '${command.words}' options" -l ${option}${value} -d '${about.replace(/'/g, "\\'")}'`,
        );
      }
    }
  }
  return `${lines.join("\n")}\n`;
}

const SHELLS = { bash, zsh, fish };

export const command = defineCommand({
  about: "Prints a completion script for your shell.",
  positionals: { shell: { required: true, about: "the shell", choices: ["bash", "zsh", "fish"] } },
  options: {},
  exits: {},
  notes: ["For fish: audit completion fish | source"],
  examples: [['eval "$(audit completion bash)"', "in ~/.bashrc; the same with zsh in ~/.zshrc"]],
  async run(args, context, { table }) {
    const make = SHELLS[args.shell as keyof typeof SHELLS];
    const script = make(await all(table));
    if (context.json) await context.object({ shell: args.shell, script });
    else await context.io.stdout.write(script);
    return EXIT.ok;
  },
});
