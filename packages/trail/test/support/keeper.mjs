// A process that appends, checkpoints, freezes, compacts, erases and rebuilds without end, for tests that kill it. Prints each
// root that it made, with its sequence, so that the test can hold the survivor against it.
import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { Trail } from "../../dist/index.js";

const trail = Trail.open(process.argv[2]);
for (let i = 0; ; i++) {
  trail.append(
    Array.from({ length: 120 }, (_, n) => ({
      type: "tool.invoked",
      category: "tool",
      source: "ndjson",
      sessionId: `s${n % 5}`,
      description: `call ${n}`,
      metadata: "{}",
      contentSalt: randomBytes(32),
    })),
  );
  const { checkpoint } = trail.checkpoint();
  writeSync(1, `${checkpoint.lastSequence}:${checkpoint.root}\n`);
  if (i % 2 === 1) for (const epoch of trail.freezableEpochs()) trail.freeze(epoch);
  if (i % 3 === 2) trail.erase({ sequences: [checkpoint.lastSequence - 60, checkpoint.lastSequence - 61] });
  if (i % 4 === 3 && trail.rebuild().ok !== true) throw new Error("a root did not come out");
}
