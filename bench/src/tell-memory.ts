// Preloaded into a measured process: tells at its end how much memory it had at most, kilobytes.
import { readFileSync, writeSync } from "node:fs";

process.on("exit", () => {
  // Not getrusage's maximum, which begins with the memory of the process that started this one.
  let peak = String(process.resourceUsage().maxRSS);
  try {
    peak = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? peak;
  } catch {}
  writeSync(2, `peak ${peak}\n`);
});
