// Starts a second thread for work that the first one could do as well, only later.
import { availableParallelism } from "node:os";
import { type Transferable, Worker } from "node:worker_threads";

/** Undefined where it would only share the one processor, or the host allows none. That its file is missing shows later, as an error. */
export function secondThread(file: URL, workerData: object, transferList: Transferable[] = []): Worker | undefined {
  if (availableParallelism() < 2) return undefined;
  // An older Node calls its SQLite experimental in each thread anew; whether that is to be shown, the first one has decided.
  const env = { ...process.env, NODE_NO_WARNINGS: "1" };
  try {
    return new Worker(file, { workerData, transferList, env });
  } catch {
    return undefined;
  }
}
