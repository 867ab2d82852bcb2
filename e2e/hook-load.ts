// The hook under load: 60 processes one after the other (the p95 that an agent feels), then 2,000 payloads by 20 at
// once: all there, none twice, the chain intact. `node e2e/hook-load.ts [payloads]`
import { join } from "node:path";
import { REPOSITORY } from "./hosts/install.ts";
import { hookPayload } from "./lib/hook-payload.ts";
import { p95, Report, rowsOf } from "./lib/report.ts";
import { Scratch } from "./lib/scratch.ts";

const payloads = Number(process.argv[2] ?? 2000);
const audit = join(REPOSITORY, "packages/cli/bin/audit.js");
const scratch = new Scratch("hook-load", []);
const report = new Report();
const db = scratch.path("audit.db");
await scratch.run(process.execPath, [audit, "init", "--db", db]);

const hook = (id: string) =>
  scratch.run(process.execPath, [audit, "hook", "claude-code", "--db", db], {
    input: hookPayload("load", id),
  });

const alone: number[] = [];
for (let i = 0; i < 60; i++) alone.push((await hook(`alone-${i}`)).milliseconds);
console.log(`one at a time: p50 ${[...alone].sort((a, b) => a - b)[30]} ms, p95 ${p95(alone)} ms`);

const left = Array.from({ length: payloads }, (_, i) => `load-${i}`);
const together: number[] = [];
let ends = 0;
const started = performance.now();
await Promise.all(
  Array.from({ length: 20 }, async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const { code, stdout, stderr, milliseconds } = await hook(id);
      if (code === 0 && stdout === "" && stderr === "") ends++;
      together.push(milliseconds);
    }
  }),
);
const seconds = (performance.now() - started) / 1000;
console.log(`20 at once: ${payloads} in ${seconds.toFixed(1)} s, p95 ${p95(together)} ms`);
// A hook takes in at most 20 spooled files: enough of them for whatever a lock sent there.
for (let i = 0; i < 5; i++) await hook(`after-${i}`);

const ids = rowsOf(db).map((row) => row.metadata.toolCallId);
report.equal("processes that ended with 0 and said nothing", ends, payloads);
report.equal("events", ids.length, payloads + 65);
report.equal("events, each once", new Set(ids).size, payloads + 65);
const verified = await scratch.run(process.execPath, [audit, "verify", "--db", db]);
report.check("audit verify", verified.code === 0, verified.stdout + verified.stderr);
report.check(`p95 of one at a time under 150 ms: ${p95(alone)} ms`, p95(alone) < 150);
scratch.remove();
process.exit(report.end());
