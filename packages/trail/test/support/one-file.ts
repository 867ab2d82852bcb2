// A script for a child process in one file with all that it imports. Most of a short process' time goes into loading some hundred
// modules one by one; a single file starts in half of it. The code is that of the built packages.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { buildSync } from "esbuild";

export interface OneFile {
  readonly path: string;
  remove(): void;
}

/** `script`: a path to JavaScript that starts no worker threads: their files would not stand beside it. */
export function oneFile(script: string): OneFile {
  const folder = mkdtempSync(join(tmpdir(), "one-file-"));
  const path = join(folder, `${basename(script).replace(/\.\w+$/, "")}.mjs`);
  buildSync({
    entryPoints: [script],
    outfile: path,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    // What is CommonJS among them asks for Node's modules with require.
    banner: {
      js: 'import { createRequire as requiring } from "node:module"; const require = requiring(import.meta.url);',
    },
  });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
