#!/usr/bin/env node
import { statSync } from "node:fs";

// Before anything can warn (node:sqlite does, on older Nodes): stderr belongs to the agent, or says what audit has to say.
if (!process.env.DEBUG) process.removeAllListeners("warning");

const [, , command, host] = process.argv;

/** The hook in one file, unless a module of it was built since (a checkout; in the package there are no build marks). */
function hookEntry() {
  const built = (path) => statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs;
  const bundle = built("../dist/hook/bundle.js");
  const marks = ["..", "../../trail", "../../smt"].map((name) => built(`${name}/dist/.tsbuildinfo`) ?? 0);
  return bundle !== undefined && bundle >= Math.max(...marks) ? "../dist/hook/bundle.js" : "../dist/hook/main.js";
}

// A hook has its agent waiting: it goes its own way before anything else is loaded.
const isHook = command === "hook" && (host === "claude-code" || host === "codex") && !process.argv.includes("--help");
await import(isHook ? hookEntry() : "../dist/main.js");
