// Two bundles. Run by `npm run build` and before packing.
//
// The hook's entry as one file: an agent waits for every run of it, and loading 150 small modules takes half of the time.
// The file is CommonJS: importing a built-in module as ESM calls every getter on it, which loads Node's streams.
// bin/audit.js does without it where it is missing or older than the modules.
//
// The local network of the demo as one file, because the package that it is from is not published.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { writeNotices } from "../../scripts/third-party-notices.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const shared = {
  absWorkingDir: here,
  metafile: true,
  bundle: true,
  platform: "node",
  target: "node22",
  minify: true,
  legalComments: "inline",
  logLevel: "warning",
};

/** The pattern engine is as large as all the rest, and few trails have patterns of their own: a file beside it, loaded when needed. */
const engineBeside = {
  name: "engine-beside",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]redact[\\/]dist[\\/]re2\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = source.replace('"re2js"', '"./re2.cjs"');
      if (contents === source) throw new Error(`${path}: does not load re2js`);
      return { contents, loader: "js" };
    });
  },
};

const engine = createRequire(new URL("../redact/package.json", import.meta.url)).resolve("re2js");
const re2 = await build({ ...shared, entryPoints: [engine], outfile: "dist/hook/re2.cjs", format: "cjs" });
const hook = await build({
  ...shared,
  entryPoints: ["dist/hook/main.js"],
  outfile: "dist/hook/bundle.cjs",
  format: "cjs",
  banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
  define: { "import.meta.url": "moduleUrl" },
  plugins: [engineBeside],
});
writeNotices(`${here}THIRD-PARTY-NOTICES.txt`, here, [re2.metafile, hook.metafile]);

await build({
  ...shared,
  entryPoints: ["../../private/devkit/dist/local-network/index.js"],
  outfile: "demo/network.mjs",
  format: "esm",
  packages: "external",
});
