// Removes what is left of deleted rows of the tables `dedupe`, `joins` and `calls`. SQLite overwrites a deleted row, but not the copies
// that pages keep in their unused space after a split. From such a copy, whoever has the file and a line could tell whether
// that line was recorded.
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
      DROP TABLE keptCalls;
      CREATE TEMP TABLE keptJoins AS SELECT key, sequence, at FROM joins ORDER BY key;
      DELETE FROM joins;
      INSERT INTO joins SELECT key, sequence, at FROM keptJoins ORDER BY key;
      DROP TABLE keptJoins`);
  });
}
