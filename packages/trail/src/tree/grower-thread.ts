// The second thread of a big ingest (grower.ts), on a connection of its own: takes the log into the tree piece by piece as
// it grows, and writes the checkpoint once the last event is in.
import { parentPort, workerData } from "node:worker_threads";
import { TreeStore } from "@sealtrail/smt/sqlite";
import { openFile } from "../log/file.js";
import { readGenesis } from "../log/genesis.js";
import { nativeSha256 } from "../log/native.js";
import { CatchUp } from "./catch-up.js";
import type { GrowerInput } from "./grower.js";

const eventsAStep = 4_096;
const pauseMs = 20;

const { path, ended, clockOffset, maxTreeSize } = workerData as GrowerInput;
const { db } = openFile(path);
try {
  const store = new TreeStore(db, { hash: nativeSha256 });
  const catchUp = new CatchUp(db, readGenesis(db), store, nativeSha256, maxTreeSize);
  const options = { clock: () => Date.now() + clockOffset };
  while (Atomics.load(ended, 0) === 0) {
    if (!catchUp.grow(eventsAStep, options)) Atomics.wait(ended, 0, 0, pauseMs);
  }
  catchUp.run(options);
} finally {
  db.close();
}
parentPort?.postMessage("done");
