#!/usr/bin/env node
// Runs on any Node that knows modules, far enough to say that it is too old: no newer syntax than that here.
// Before anything can warn (node:sqlite does, on older Nodes): stderr belongs to the agent, or says what audit has to say.
if (!process.env.DEBUG) process.removeAllListeners("warning");

const [, , command, host] = process.argv;

/**
 * The hook in one file, unless a module of it was built since (a checkout; in the package there are no build marks). Its
 * compiled form is kept in the user's folder: compiling takes a fifth of a run.
 */
function runHook() {
  const { existsSync, statSync } = process.getBuiltinModule("node:fs");
  const built = (path) => {
    const there = statSync(new URL(path, import.meta.url), { throwIfNoEntry: false });
    return there ? there.mtimeMs : 0;
  };
  const bundle = built("../dist/hook/bundle.cjs");
  const marks = ["..", "../../trail", "../../smt", "../../shell", "../../redact", "../../sources", "../../anchor"].map(
    (name) => built(`${name}/dist/.tsbuildinfo`),
  );
  if (bundle === 0 || bundle < Math.max(...marks)) return import("../dist/hook/main.js");
  const { createRequire, enableCompileCache } = process.getBuiltinModule("node:module");
  const home = process.env.HOME || process.getBuiltinModule("node:os").homedir();
  if (existsSync(`${home}/.sealtrail`)) enableCompileCache(`${home}/.sealtrail/cache`);
  return createRequire(import.meta.url)("../dist/hook/bundle.cjs");
}

/** Node 22.13 is the first with what the trail is stored with. */
function tooOld() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major < 22 || (major === 22 && minor < 13);
}

// A hook has its agent waiting: it goes its own way before anything else is loaded.
const isHook = command === "hook" && (host === "claude-code" || host === "codex") && !process.argv.includes("--help");
if (!isHook) import("../dist/main.js");
else if (tooOld()) import("./unrecorded.js").then((unrecorded) => unrecorded.onOldNode());
else {
  const isDamaged = () => import("./unrecorded.js").then((unrecorded) => unrecorded.count());
  Promise.resolve().then(runHook).catch(isDamaged);
}
