// node cold.ts FILE HASH: `audit smt proof` in fresh processes, started from this small one, since starting a process costs a
// big one more. Prints wall milliseconds and peak megabytes, the least of five each.
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const [file, hash] = process.argv.slice(2) as [string, string];
const audit = fileURLToPath(new URL("../../packages/cli/bin/audit.js", import.meta.url));
const tellMemory = new URL("./tell-memory.ts", import.meta.url).href;
const env = { ...process.env, HOME: dirname(file), SEALTRAIL_DB: file, CI: "1", NO_COLOR: "1" };

function run(...before: string[]): { ms: number; stderr: string } {
  const start = performance.now();
  const args = [...before, audit, "smt", "proof", hash, "--json"];
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return { ms: performance.now() - start, stderr };
}

run();
const wall = Math.min(...Array.from({ length: 5 }, () => run().ms));
const peaks = Array.from({ length: 5 }, () => Number(/peak (\d+)/.exec(run("--import", tellMemory).stderr)![1]) / 1e3);
console.log(JSON.stringify({ wall, memory: Math.min(...peaks) }));
