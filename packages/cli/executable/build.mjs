// Builds the command as one file that needs no Node: build/audit. The modules become one, and what they read from files beside
// them comes from the executable. Each place that does so is replaced here by name; a new one fails the build.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundledPackages, noticesOf } from "../../../scripts/third-party-notices.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const cli = join(root, "packages/cli");
const out = join(root, "build");
const work = join(out, "parts");

/** Code of a thread: a data: URL, because a thread cannot be started from a file that is not there. */
const threads = new Map();
const threadUrl = (name) =>
  `new URL("data:text/javascript;base64," + Buffer.from(process.getBuiltinModule("node:sea").getRawAsset("${name}")).toString("base64"))`;
const asset = (name) => `process.getBuiltinModule("node:sea").getAsset("${name}", "utf8")`;

const fromFiles = {
  name: "from-files",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]packages[\\/]\w+[\\/]dist[\\/].*\.js$/ }, ({ path }) => {
      const contents = readFileSync(path, "utf8")
        .replace(/createRequire\(import\.meta\.url\)\(("\w+")\)/g, "require($1)")
        .replace(/new URL\("\.\/([\w-]+-thread\.js)", import\.meta\.url\)/g, (_, name) => {
          threads.set(name, join(dirname(path), name));
          return threadUrl(name);
        })
        .replaceAll(
          'new URL("../../bin/audit.js", import.meta.url)',
          'process.getBuiltinModule("node:url").pathToFileURL(process.execPath)',
        )
        .replace('readFileSync(new URL("../package.json", import.meta.url), "utf8")', asset("package.json"))
        .replace(/^await main\(\);$/m, "main();")
        .replace(/^const CAPTURE = new URL\(.*$/m, "")
        .replace(/copyFileSync\(CAPTURE, (.*)\);$/m, `writeFileSync($1, ${asset("agent-turn.jsonl")});`);
      if (/import\.meta/.test(contents))
        throw new Error(`${path} reads a file beside it: say here where it comes from`);
      return { contents, loader: "js" };
    });
  },
};

/** Threads are modules; the program itself is CommonJS, because only that can carry its compiled form. */
const bundle = (entry, outfile, more) =>
  build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node26",
    minify: true,
    legalComments: "inline",
    metafile: true,
    logLevel: "warning",
    plugins: [fromFiles],
    ...more,
  });

const moduleUrl = 'const moduleUrl = process.getBuiltinModule("node:url").pathToFileURL(process.execPath).href;';
const bundleMain = (entry, outfile) =>
  bundle(entry, outfile, {
    format: "cjs",
    supported: { "dynamic-import": false },
    banner: { js: moduleUrl },
    define: { "import.meta.url": "moduleUrl" },
  });

/** Packages in CommonJS ask for Node's modules by name. */
const require = 'const require = process.getBuiltinModule("node:module").createRequire(process.execPath);';
const bundleThread = (entry, outfile) => bundle(entry, outfile, { format: "esm", banner: { js: require } });

rmSync(out, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const metafiles = [(await bundleMain(join(cli, "executable/main.js"), join(work, "main.cjs"))).metafile];
const assets = {
  "package.json": join(cli, "package.json"),
  "agent-turn.jsonl": join(cli, "demo/agent-turn.jsonl"),
};
for (const [name, file] of threads) {
  assets[name] = join(work, name);
  metafiles.push((await bundleThread(file, assets[name])).metafile);
}
const config = join(work, "sea.json");
const output = join(out, process.platform === "win32" ? "audit.exe" : "audit");
const settings = {
  main: join(work, "main.cjs"),
  mainFormat: "commonjs",
  useCodeCache: true,
  output,
  disableExperimentalSEAWarning: true,
  execArgvExtension: "none",
  assets,
};
writeFileSync(config, JSON.stringify(settings));
const built = spawnSync(process.execPath, ["--build-sea", config], { encoding: "utf8" });
if (built.status !== 0) throw new Error(`node --build-sea failed:\n${built.stdout}${built.stderr}`);

const { platform, arch, version } = process;
const ofNode = [`node_modules/node/node_modules/node-${platform}-${arch}/LICENSE`, "node_modules/node/LICENSE"]
  .map((path) => join(root, path))
  .find((path) => existsSync(path));
const line = "=".repeat(80);
writeFileSync(
  join(out, "THIRD-PARTY-NOTICES.txt"),
  `${noticesOf(bundledPackages(root, metafiles))}\n${line}\nNode.js ${version}\n${line}\n\n${
    ofNode === undefined
      ? `Its licence has to be added here: https://github.com/nodejs/node/blob/${version}/LICENSE\n`
      : readFileSync(ofNode, "utf8")
  }`,
);
rmSync(work, { recursive: true });
console.log(`made build/${basename(output)}`);
