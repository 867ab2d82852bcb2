// The plugin as it is packed: two files that need nothing but Node and the host, since hosts install offline.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

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
  logLevel: "warning",
});
