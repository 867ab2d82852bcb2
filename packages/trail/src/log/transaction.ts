// Transactions on the trail's file, with the trail's own error where other processes keep it locked.
import type { DatabaseSync } from "node:sqlite";
import { DatabaseBusyError, PATIENCE_MS, patiently as retry, writeTransaction } from "@sealtrail/smt/sqlite";
import { TrailError } from "./errors.js";

export { PATIENCE_MS as patienceMs, readTransaction as reading, setPatience, sqliteCode } from "@sealtrail/smt/sqlite";

/** Runs `work` in one transaction that holds the write lock from its start. Throws TrailError `trail-busy`. */
export function writing<T>(db: DatabaseSync, work: () => T): T {
  return orBusy(() => writeTransaction(db, work));
}

/** Runs `attempt` again while it fails for a lock. Throws TrailError `trail-busy`. */
export function patiently<T>(attempt: () => T, patience = PATIENCE_MS): T {
  return orBusy(() => retry(attempt, patience));
}

function orBusy<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof DatabaseBusyError)) throw error;
    throw new TrailError("trail-busy", error.message, { cause: error.cause });
  }
}

/**
 * For a cursor that reads on from the last key: in a damaged file keys may stand out of order, and it would read the same rows
 * for ever. It is reported like the damage that it is.
 */
export function disordered(): Error {
  return Object.assign(new Error("rows of a table stand out of order"), { code: "ERR_SQLITE_ERROR", errcode: 11 });
}
