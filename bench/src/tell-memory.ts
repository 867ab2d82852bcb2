// Preloaded into a measured process: tells at its end how much memory it had at most.
import { writeSync } from "node:fs";

process.on("exit", () => writeSync(2, `maxRSS ${process.resourceUsage().maxRSS}\n`));
