#!/usr/bin/env node
// Before anything can warn: stderr belongs to the agent, or says what audit has to say.
if (!process.env.DEBUG) process.removeAllListeners("warning");
const [, , command, host] = process.argv;
// A hook has its agent waiting: it goes its own way before anything else is loaded.
const isHook = command === "hook" && (host === "claude-code" || host === "codex") && !process.argv.includes("--help");
await import(isHook ? "../dist/hook/main.js" : "../dist/main.js");
