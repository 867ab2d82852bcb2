// The second thread of a verification (beside.ts): makes the log's tree from what it is sent, and checks the stored nodes
// against it in a read snapshot of its own. Says nothing where it fails: the first thread then does it all.
import { parentPort, workerData } from "node:worker_threads";
import { TreeStore } from "@sealtrail/smt/sqlite";
import { openFile } from "../log/file.js";
import { nativeSha256 } from "../log/native.js";
import { storedState, type ToTree, type TreeAnswer, type TreeThreadInput } from "./beside.js";
import { eventsOf } from "./feed.js";
import { Roots } from "./roots.js";

const { path, port, done } = workerData as TreeThreadInput;
const { db } = openFile(path, { readOnly: true });
db.exec("BEGIN");
const stored = storedState(db);
const asked = new Set<number>();
const roots = new Roots(asked, nativeSha256);
let failed = false;

port.on("message", (message: ToTree) => {
  try {
    if (!failed) take(message);
  } catch {
    failed = true;
  }
  Atomics.add(done, 0, 1);
  Atomics.notify(done, 0);
});
parentPort?.postMessage("ready");

function take(message: ToTree): void {
  switch (message.kind) {
    case "events":
      for (const { place, raw, censored } of eventsOf(message.bytes, message.count)) roots.add(place, raw, censored);
      return;
    case "incomplete":
      roots.incomplete();
      return;
    case "root":
      asked.add(message.sequence);
      roots.passed(message.sequence);
      return;
    case "end": {
      const findings = [...roots.audit(new TreeStore(db, { hash: nativeSha256 }))];
      const at = new Map([...asked].map((sequence) => [sequence, roots.at(sequence)!]));
      const answer: TreeAnswer = { roots: at, conflict: roots.conflict, findings, stored };
      port.postMessage(answer);
    }
  }
}
