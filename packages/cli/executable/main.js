// Entry of the executable: bin/audit.js without a Node to look for.
if (!process.env.DEBUG) process.removeAllListeners("warning");

// Launchers, timers and background processes start a Node with a program. Here both are this file, so its path comes as the first
// word.
if (process.argv[2] === process.execPath) process.argv.splice(2, 1);

const [, , command, host] = process.argv;
const isHook = command === "hook" && (host === "claude-code" || host === "codex") && !process.argv.includes("--help");
if (isHook) import("../dist/hook/main.js");
else import("../dist/main.js");
