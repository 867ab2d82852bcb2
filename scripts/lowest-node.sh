#!/usr/bin/env bash
# The built packages on the lowest Node that `engines` promises: the demo, and an import of every entry point.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=.cache/node-22.13
mkdir -p "$cache"
printf '{"private":true,"allowScripts":{"node":true}}\n' > "$cache/package.json"
[ -x "$cache/node_modules/.bin/node" ] || npm install --prefix "$cache" --no-audit --no-fund --silent node@22.13
node=$PWD/$cache/node_modules/.bin/node
echo "lowest supported Node: $("$node" --version)"
"$node" --no-warnings --input-type=module -e '
  import { globSync, readFileSync } from "node:fs";
  for (const file of globSync("packages/*/package.json")) {
    const { name, exports } = JSON.parse(readFileSync(file, "utf8"));
    // The plugin is loaded by its host, whose modules it imports.
    if (name === "@sealtrail/openclaw") continue;
    for (const entry of Object.keys(exports)) await import(name + entry.slice(1));
  }
'
"$node" packages/cli/bin/audit.js demo

# Statements that the demo does not run: node:sqlite of that version cannot bind everything that a newer one binds.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
audit() { SEALTRAIL_DB=$folder/audit.db "$node" packages/cli/bin/audit.js "$@" --quiet; }
audit init > /dev/null
audit ingest openclaw packages/cli/demo/agent-turn.jsonl
audit erase 11 --yes
audit verify
audit status > "$folder/status" || [ $? -le 2 ] || { cat "$folder/status"; exit 1; }

# What verifies promises Node 20. Tried where this machine has one; nothing is installed for it.
for other in $(type -ap node); do
  case $("$other" --version) in v20.*) ;; *) continue ;; esac
  echo "the verifier's lowest Node: $("$other" --version)"
  "$other" --input-type=module -e '
    import { readFileSync } from "node:fs";
    for (const name of ["smt", "verify"]) {
      const { exports } = JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8"));
      // The store is for node:sqlite.
      for (const entry of Object.keys(exports)) if (entry !== "./sqlite") await import(`@sealtrail/${name}${entry.slice(1)}`);
    }
  '
  break
done
