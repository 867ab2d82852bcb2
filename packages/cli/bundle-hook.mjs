// The hook's entry as one file: an agent waits for every run of it, and loading 150 small modules takes half of the time.
// Run by `npm run build` and before packing; bin/audit.js does without it where it is missing or older than the modules.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

await build({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: ["dist/hook/main.js"],
  outfile: "dist/hook/bundle.js",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  minify: true,
  legalComments: "inline",
  logLevel: "warning",
});
