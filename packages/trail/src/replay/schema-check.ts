// The tables that evidence stands in, against the ones that this release makes: a trigger could drop what is appended,
// a view could stand in for a table. And the file's own structure.
import { DatabaseSync } from "node:sqlite";
import { migrations } from "../log/schema.js";
import type { Finding } from "./findings.js";

interface SchemaRow {
  type: string;
  name: string;
  tbl_name: string;
  sql: string | null;
}

const list = "SELECT type, name, tbl_name, sql FROM sqlite_schema";
let expected: Map<string, SchemaRow> | undefined;

export function* alteredSchema(db: DatabaseSync): Generator<Finding> {
  expected ??= freshSchema();
  const found = new Map((db.prepare(list).all() as unknown as SchemaRow[]).map((row) => [row.name, row]));
  for (const row of expected.values()) {
    if (found.get(row.name)?.sql !== row.sql) {
      yield { kind: "schema-altered", detail: `${row.type} ${row.name} is not as this release makes it` };
    }
  }
  for (const row of found.values()) {
    // Other packages keep tables of their own in this file; nothing of ours fires on its own or hides behind a view.
    if (row.type === "trigger" || row.type === "view") {
      yield { kind: "schema-altered", detail: `a ${row.type} that no release makes: ${row.name.slice(0, 60)}` };
    }
    // A unique one could refuse what is appended, and any could answer in a table's place.
    if (row.type === "index" && expected.has(row.tbl_name) && !expected.has(row.name)) {
      yield { kind: "schema-altered", detail: `an index that no release makes: ${row.name.slice(0, 60)}` };
    }
  }
}

/** Whether the file's structure and the log's index are sound: an entry taken out of the index would hide an event from its
 * session without touching a row. */
export function* unsoundFile(db: DatabaseSync): Generator<Finding> {
  for (const [table, name] of [
    ["events", "log's"],
    ["checkpoints", "checkpoints'"],
  ]) {
    const said = db.prepare(`PRAGMA integrity_check(${table})`).get()?.integrity_check;
    if (said === "ok") continue;
    const detail = `SQLite says of the ${name} table: ${String(said).split("\n")[0]?.slice(0, 120)}`;
    yield { kind: "file-damaged", detail };
  }
}

function freshSchema(): Map<string, SchemaRow> {
  const db = new DatabaseSync(":memory:");
  try {
    for (const step of migrations) db.exec(step);
    return new Map((db.prepare(list).all() as unknown as SchemaRow[]).map((row) => [row.name, row]));
  } finally {
    db.close();
  }
}
