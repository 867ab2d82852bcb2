// A process that appends, for tests of many writers and of kill -9. Arguments: file, count, events a transaction, whether
// to checkpoint now and then, milliseconds to wait for a lock. Prints each acknowledged sequence.
import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { Trail } from "../../dist/index.js";

const [file, count, batch, checkpoints, patience] = process.argv.slice(2);
const trail = Trail.open(file, patience === undefined ? {} : { patienceMs: Number(patience) });
for (let i = 0; i < Number(count); i++) {
  const events = Array.from({ length: Number(batch) }, () => ({
    type: "tool.invoked",
    category: "tool",
    source: "ndjson",
    sessionId: `s${i % 3}`,
    description: `call ${i} of ${process.pid}`,
    metadata: '{"toolName":"exec"}',
    content: Buffer.from(`output of ${process.pid} `.repeat(10)),
    contentLength: `output of ${process.pid} `.length * 10,
    contentSalt: randomBytes(32),
  }));
  const { lastSequence } = trail.append(events);
  writeSync(1, `${lastSequence}\n`);
  if (checkpoints === "yes" && i % 7 === 6) trail.checkpoint();
}
trail.close();
