// Random lives as a command: npm run lives -- --lives 10000 --seed 1
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { live } from "./life.ts";
import { PythonVerifier } from "./python.ts";

process.removeAllListeners("warning");
const { values } = parseArgs({
  options: {
    lives: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    folder: { type: "string" },
  },
});
const [lives, first] = [Number(values.lives), Number(values.seed)];
// In memory where there is such a folder: nothing here is to survive the power.
const inMemory = "/dev/shm";
const folder = mkdtempSync(join(values.folder ?? (existsSync(inMemory) ? inMemory : tmpdir()), "lives-"));
const python = new PythonVerifier();
const counts = new Map<string, number>();
let [bad, steps, events] = [0, 0, 0];
const began = performance.now();
for (let seed = first; seed < first + lives; seed++) {
  try {
    const lived = await live(seed, join(folder, String(seed)), python);
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
  const done = seed - first + 1;
  if (done % 100 === 0) {
    const seconds = Math.round((performance.now() - began) / 1000);
    console.log(`${done} lives, ${bad} wrong, ${steps} steps, ${events} events, ${seconds} s`);
  }
}
python.end();
rmSync(folder, { recursive: true, force: true });
for (const [name, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  console.log(String(count).padStart(7), name);
console.log(`${lives} lives from seed ${first}: ${bad} wrong, ${steps} steps, ${events} events`);
process.exitCode = bad === 0 ? 0 : 1;
