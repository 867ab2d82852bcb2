// A process that appends one event again and again, as a hook does, and says how long each append took (turns.ts). Arguments:
// the trail's file, milliseconds between two appends. Ends when its standard input does, and prints of each append: when it
// began, milliseconds, and how many of them it waited for the lock.
import { DatabaseSync } from "node:sqlite";
import { prepare, redactionPolicy, Trail } from "@sealtrail/trail";

const [file, pause] = process.argv.slice(2);
const trail = Trail.open(file!);
const options = { source: "ndjson" as const, redaction: redactionPolicy() };
const waits: [number, number, number][] = [];
let forLock = 0;
let start = 0;
const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
  exec.call(this, sql);
  if (sql.includes("BEGIN IMMEDIATE")) forLock = performance.now() - start;
};
let ended = false;
process.stdin.on("end", () => {
  ended = true;
});
process.stdin.resume();
process.stdout.write("ready\n");
while (!ended) {
  const event = prepare({ type: "tool.invoked", metadata: { toolName: "exec", n: waits.length } }, options);
  const at = Date.now();
  start = performance.now();
  trail.append([event]);
  waits.push([at, performance.now() - start, forLock]);
  await new Promise((resolve) => setTimeout(resolve, Number(pause)));
}
process.stdout.write(`${JSON.stringify(waits)}\n`);
trail.close();
