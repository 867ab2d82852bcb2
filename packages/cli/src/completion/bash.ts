/**
 * Completion for bash, from 3.2 on. Candidates of the trail are compared as plain text, because `compgen -W` would evaluate
 * them.
 */
import { casesOf, commandPattern } from "./cases.js";
import { type Candidates, type Place, valuedOptions } from "./model.js";

function offer(candidates: Candidates): string {
  switch (candidates.kind) {
    case "word":
      return `_audit_words "${candidates.words.join(" ")}"`;
    case "types":
      return `_audit_types "${candidates.words.join(" ")}"`;
    case "file":
      return "_audit_files ''";
    case "at-file":
      return "_audit_files @";
    case "trail":
      return `_audit_ask ${candidates.what}`;
    default:
      return ":";
  }
}

function words({ next, options }: Place): string {
  const names = options.map(({ name }) => name).join(" ");
  return `next="${next.map(({ word }) => word).join(" ")}"; options="${names}"`;
}

export function bashScript(places: readonly Place[]): string {
  const cases = casesOf(places, { words, offer });
  return `# bash completion for audit and sealtrail: eval "$(audit completion bash)"

# Static words that begin with the current one.
_audit_words() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -W "$1" -- "$value")
}

# Types, several with commas: the last one is completed.
_audit_types() {
  local line head=""
  [[ "$value" == *,* ]] && head="\${value%,*},"
  while IFS= read -r line; do COMPREPLY+=("$head$line"); done < <(compgen -W "$1" -- "\${value##*,}")
}

# Names of files, with $1 in front.
_audit_files() {
  local line
  compopt -o filenames 2>/dev/null
  while IFS= read -r line; do COMPREPLY+=("$1$line"); done < <(compgen -f -- "\${value#@}")
}

# What the trail has: sessions, events, holds. Nothing of it is evaluated.
_audit_ask() {
  local line
  while IFS=$'\\t' read -r line _; do
    [[ "$line" == "$value"* ]] && COMPREPLY+=("$line")
  done < <("\${COMP_WORDS[0]}" completion "$1" \${db[@]+"\${db[@]}"} \${value:+-- "$value"} 2>/dev/null)
}

_audit() {
  local word last cur value path="" try take="" next="" options="" i count=0 given=() db=()
  COMPREPLY=()
  # Bash splits words at : = and @; they are put together again.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    last=""
    ((\${#given[@]} > 1)) && last="\${given[\${#given[@]} - 1]}"
    if [[ -n "$last" && ( "$word" == [:=]* || "$last" == *[:=@] ) ]]; then
      given[\${#given[@]}-1]="$last$word"
    else
      given+=("$word")
    fi
  done
  cur="\${given[\${#given[@]} - 1]}"
  for ((i = 1; i < \${#given[@]} - 1; i++)); do
    word="\${given[i]}"
    if [[ -n "$take" ]]; then
      [[ "$take" == --db ]] && db=(--db "$word")
      take=""
      continue
    fi
    case "$word" in
      --db=*) db=("$word"); continue ;;
      --*=*) continue ;;
      ${valuedOptions(places).join("|")}) take="$word"; continue ;;
      -*) continue ;;
    esac
    try="\${path:+$path }$word"
    if ((count == 0)); then
      case "$try" in
        ${commandPattern(places)}) path="$try"; continue ;;
      esac
    fi
    count=$((count + 1))
  done
  case "$path" in
${cases.words}
  esac
  value="$cur"
  if [[ -z "$take" && "$cur" == --*=* ]]; then
    take="\${cur%%=*}"
    value="\${cur#*=}"
  fi
  if [[ -n "$take" ]]; then
    case "$path $take" in
${cases.values}
    esac
  elif [[ "$cur" == -* ]]; then
    _audit_words "$options"
  else
    ((count == 0)) && _audit_words "$next"
    case "$path#$count" in
${cases.positionals}
    esac
  fi
  # Of what is completed readline replaces the part behind its last break only.
  word="\${COMP_WORDS[COMP_CWORD]}"
  [[ "$word" == [:=@] ]] && word=""
  local head="\${value%"$word"}"
  if [[ -n "$head" ]]; then
    for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]="\${COMPREPLY[i]#"$head"}"; done
  fi
}
complete -F _audit audit sealtrail
`;
}
