// One read transaction around everything that an export reads.
import type { DatabaseSync } from "node:sqlite";

/** `for (const db of snapshot(database))` runs once; the transaction ends with the loop, however it ends. */
export function* snapshot(db: DatabaseSync): Generator<DatabaseSync, void, undefined> {
  db.exec("BEGIN");
  try {
    yield db;
  } finally {
    db.exec("COMMIT");
  }
}
