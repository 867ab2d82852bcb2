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
