/** Completion for zsh. */
import { casesOf, commandPattern } from "./cases.js";
import { type Candidates, type Place, valuedOptions } from "./model.js";

/** Within single quotes. */
const single = (text: string): string => text.replace(/'/g, "'\\''");
/** `word:what it is`, as `_describe` takes it. */
const described = (word: string, about: string): string =>
  `'${single(word.replace(/:/g, "\\:"))}:${single(about.replace(/:/g, "\\:"))}'`;

function offer(candidates: Candidates): string {
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

function words({ next, options }: Place): string {
  const candidates = next.map(({ word, summary }) => described(word, summary)).join(" ");
  const names = options.map(({ name, about }) => described(name, about)).join(" ");
  return `next=(${candidates}); options=(${names})`;
}

export function zshScript(places: readonly Place[]): string {
  const cases = casesOf(places, { words, offer });
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
        ${commandPattern(places)}) so_far="$try"; continue ;;
      esac
    fi
    ((count++))
  done
  case "$so_far" in
${cases.words}
  esac
  word="\${words[CURRENT]}"
  if [[ -z "$take" && "$word" == --*=* ]]; then
    take="\${word%%=*}"
    compset -P '*='
  fi
  if [[ -n "$take" ]]; then
    case "$so_far $take" in
${cases.values}
    esac
  elif [[ "$word" == -* ]]; then
    _describe -o 'option' options
  else
    ((count == 0 && \${#next})) && _describe 'command' next
    case "$so_far#$count" in
${cases.positionals}
    esac
  fi
}
compdef _audit audit sealtrail
`;
}
