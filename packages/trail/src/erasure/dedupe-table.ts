// What stays of deleted dedupe keys, and of calls'. SQLite overwrites a row that is deleted, but not the copies of it that pages keep in their
// unused space since they were split; and a key says, to whoever has the file and a line, whether that line went in.
import type { DatabaseSync } from "node:sqlite";
import { writing } from "../log/transaction.js";

/** Writes the tables anew in one transaction, into pages that never held a deleted key; the old ones are overwritten. About a
 * microsecond a key, with the lock. */
export function rewriteDedupe(db: DatabaseSync): void {
  db.exec("PRAGMA temp_store = MEMORY");
  writing(db, () => {
    db.exec(`CREATE TEMP TABLE kept AS SELECT key, sequence FROM dedupe ORDER BY key;
      DELETE FROM dedupe;
      INSERT INTO dedupe SELECT key, sequence FROM kept ORDER BY key;
      DROP TABLE kept;
      CREATE TEMP TABLE keptCalls AS SELECT key, asked, outcome, logged FROM calls ORDER BY key;
      DELETE FROM calls;
      INSERT INTO calls SELECT key, asked, outcome, logged FROM keptCalls ORDER BY key;
      DROP TABLE keptCalls`);
  });
}
