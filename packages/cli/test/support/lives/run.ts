// Random lives as a command: npm run lives -- --lives 10000 --seed 1; with --processes in real processes, of which some are killed.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { live } from "./life.ts";
import { liveInProcesses, Pool } from "./processes.ts";
import { PythonVerifier } from "./python.ts";

process.removeAllListeners("warning");
const { values } = parseArgs({
  options: {
    lives: { type: "string" },
    processes: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
    folder: { type: "string" },
  },
});
const [lives, first] = [Number(values.lives ?? (values.processes ? 200 : 10_000)), Number(values.seed)];
// In memory where there is such a folder: nothing here is to survive the power.
const inMemory = "/dev/shm";
const folder = mkdtempSync(join(values.folder ?? (existsSync(inMemory) ? inMemory : tmpdir()), "lives-"));
const python = new PythonVerifier();
const counts = new Map<string, number>();
let [bad, steps, events, kills] = [0, 0, 0, 0];
const pool = values.processes ? new Pool() : undefined;
const began = performance.now();
for (let seed = first; seed < first + lives; seed++) {
  const done = seed - first;
  if (done > 0 && done % (values.processes ? 10 : 100) === 0) {
    const seconds = Math.round((performance.now() - began) / 1000);
    console.log(`${done} lives, ${bad} wrong, ${steps} steps, ${events} events, ${kills} kills, ${seconds} s`);
  }
  try {
    const place = join(folder, String(seed));
    if (pool !== undefined) {
      const lived = await liveInProcesses(seed, place, pool, python);
      steps += lived.commands;
      events += lived.events;
      kills += lived.kills;
      continue;
    }
    const lived = await live(seed, place, python);
    steps += lived.steps.length;
    events += lived.events;
    for (const step of lived.steps) {
      const name = step.replace(/ at \d+/, "");
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  } catch (error) {
    bad++;
    console.log((error as Error).message);
    console.log(((error as Error).cause as Error | undefined)?.stack);
    if (bad > 50) break;
  }
}
python.end();
pool?.end();
rmSync(folder, { recursive: true, force: true });
for (const [name, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  console.log(String(count).padStart(7), name);
console.log(`${lives} lives from seed ${first}: ${bad} wrong, ${steps} steps, ${events} events, ${kills} kills`);
process.exitCode = bad === 0 ? 0 : 1;
