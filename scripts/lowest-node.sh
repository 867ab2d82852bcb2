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
  for (const name of ["smt", "smt/sqlite", "smt/ics23", "trail", "anchor", "anchor/check", "verify"]) await import("@sealtrail/" + name);
'
"$node" packages/cli/bin/audit.js demo
