/** Completion for zsh. */
import { type Candidates, type Place, valuedOptions } from "./model.js";

/** Within single quotes. */
const single = (text: string): string => text.replace(/'/g, "'\\''");
/** `word:what it is`, as `_describe` takes it. */
const described = (word: string, about: string): string =>
  `'${single(word.replace(/:/g, "\\:"))}:${single(about.replace(/:/g, "\\:"))}'`;

function fill(candidates: Candidates): string {
  switch (candidates.kind) {
    case "word":
      return `compadd -- ${candidates.words.join(" ")}`;
    case "types":
      return `compset -P '*,'; compadd -q -S '' -- ${candidates.words.join(" ")}`;
    case "file":
      return "_files";
    case "at-file":
      return "_audit_at_files";
    case "trail":
      return `_audit_ask ${candidates.what}`;
    default:
      return ":";
  }
}

function cases(places: readonly Place[]) {
  const words: string[] = [];
  const positionals: string[] = [];
  const values: string[] = [];
  for (const { path, next, options, positionals: kinds } of places) {
    const candidates = next.map(({ word, summary }) => described(word, summary)).join(" ");
    const names = options.map(({ name, about }) => described(name, about)).join(" ");
    words.push(`    '${path}') next=(${candidates}); options=(${names}) ;;`);
    kinds.forEach((kind, i) => {
      if (kind.kind !== "none") positionals.push(`      '${path}#${i}') ${fill(kind)} ;;`);
    });
    for (const { name, value } of options)
      if (value !== undefined && value.kind !== "none") values.push(`      '${path} ${name}') ${fill(value)} ;;`);
  }
  return { words, positionals, values };
}

export function zshScript(places: readonly Place[]): string {
  const { words, positionals, values } = cases(places);
  const paths = places.filter(({ path }) => path !== "").map(({ path }) => `'${path}'`);
  return `#compdef audit sealtrail
# zsh completion for audit and sealtrail: eval "$(audit completion zsh)"

_audit_at_files() {
  if compset -P '@'; then _files; else _files -P '@'; fi
}

# What the trail has: sessions, events, holds. Nothing of it is evaluated.
_audit_ask() {
  local line
  local -a found shown begins
  [[ -n "$PREFIX" ]] && begins=(-- "\${(Q)PREFIX}")
  while IFS= read -r line; do
    found+=("\${line%%$'\\t'*}")
    shown+=("\${line/$'\\t'/  }")
  done < <("$words[1]" completion "$1" "\${db[@]}" "\${begins[@]}" 2>/dev/null)
  compadd -l -d shown -a found
}

_audit() {
  local so_far="" try word take="" i count=0
  local -a next options db
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    if [[ -n "$take" ]]; then
      [[ "$take" == --db ]] && db=(--db "\${(Q)word}")
      take=""
      continue
    fi
    case "$word" in
      --db=*) db=("\${(Q)word}"); continue ;;
      --*=*) continue ;;
      ${valuedOptions(places).join("|")}) take="$word"; continue ;;
      -*) continue ;;
    esac
    try="\${so_far:+$so_far }$word"
    if ((count == 0)); then
      case "$try" in
        ${paths.join("|")}) so_far="$try"; continue ;;
      esac
    fi
    ((count++))
  done
  case "$so_far" in
${words.join("\n")}
  esac
  word="\${words[CURRENT]}"
  if [[ -z "$take" && "$word" == --*=* ]]; then
    take="\${word%%=*}"
    compset -P '*='
  fi
  if [[ -n "$take" ]]; then
    case "$so_far $take" in
${values.join("\n")}
    esac
  elif [[ "$word" == -* ]]; then
    _describe -o 'option' options
  else
    ((count == 0 && \${#next})) && _describe 'command' next
    case "$so_far#$count" in
${positionals.join("\n")}
    esac
  fi
}
compdef _audit audit sealtrail
`;
}
