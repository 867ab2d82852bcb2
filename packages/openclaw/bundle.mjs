// The plugin as it is packed: two files that need nothing but Node and the host, since hosts install offline.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * RE2JS has a method of the name `eval`, which only looks up literals. The host's security audit takes every `eval(` for
 * code that is made up at run time and calls the plugin dangerous, so the method has another name in the bundle.
 */
const withoutEval = {
  name: "without-eval",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]re2js[\\/].*\.[cm]?js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/\beval(?=\s*\()/g, "evaluate"),
      loader: "js",
    }));
  },
};

await build({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: ["src/index.ts", "src/worker.ts"],
  outdir: "bundle",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  external: ["openclaw/*"],
  legalComments: "inline",
  plugins: [withoutEval],
  logLevel: "warning",
});
