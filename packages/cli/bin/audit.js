#!/usr/bin/env node
// Runs on any Node that knows modules, far enough to say that it is too old: no newer syntax than that here.
import { statSync } from "node:fs";

// Before anything can warn (node:sqlite does, on older Nodes): stderr belongs to the agent, or says what audit has to say.
if (!process.env.DEBUG) process.removeAllListeners("warning");

const [, , command, host] = process.argv;

/** The hook in one file, unless a module of it was built since (a checkout; in the package there are no build marks). */
function hookEntry() {
  const built = (path) => {
    const there = statSync(new URL(path, import.meta.url), { throwIfNoEntry: false });
    return there ? there.mtimeMs : 0;
  };
  const bundle = built("../dist/hook/bundle.js");
  const marks = ["..", "../../trail", "../../smt", "../../shell", "../../anchor"].map((name) =>
    built(`${name}/dist/.tsbuildinfo`),
  );
  return bundle > 0 && bundle >= Math.max(...marks) ? "../dist/hook/bundle.js" : "../dist/hook/main.js";
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
else import(hookEntry()).catch(() => import("./unrecorded.js").then((unrecorded) => unrecorded.count()));
