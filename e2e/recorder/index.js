// A plugin that only writes down what it is handed, for e2e/capture.ts: a line a hook, in the shape of a capture.
// Payloads are no plain JSON and carry the host's configuration and tokens: those never reach the file.
import { appendFileSync } from "node:fs";
import { definePluginEntry } from "openclaw/plugin-sdk/plugin-entry";

const { E2E_RECORD_FILE: file, E2E_RECORD_HOOKS: hooks = "" } = process.env;

function plain(key, value) {
  if (key === "config" || key === "cfg") return "[host config]";
  if (typeof value === "function") return "[function]";
  if (value instanceof AbortSignal) return { "[AbortSignal]": value.aborted };
  return value;
}

let n = 0;

export default definePluginEntry({
  id: "e2e-recorder",
  name: "Recorder",
  description: "Writes down what hooks are handed.",
  register(api) {
    const inst = Math.random().toString(36).slice(2, 8);
    for (const hook of hooks.split(",").filter(Boolean)) {
      api.on(hook, (event, ctx) => {
        const line = { n: ++n, inst, pid: process.pid, ts: new Date().toISOString(), hook, event, ctx };
        appendFileSync(file, `${JSON.stringify(line, plain)}\n`, { mode: 0o600 });
      });
    }
  },
});
