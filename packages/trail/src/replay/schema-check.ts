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
let expected: readonly SchemaRow[] | undefined;

/** SQLite takes names without regard to case. */
const nameOf = (row: SchemaRow) => String(row.name).toLowerCase();
const shown = (row: SchemaRow) => String(row.name).slice(0, 60);

/**
 * The file's schema rows are compared one by one: a trigger may bear the name of a table, and with `writable_schema` a table
 * may stand there twice, or two tables may share their pages.
 */
export function* alteredSchema(db: DatabaseSync): Generator<Finding> {
  expected ??= freshSchema();
  const found = db.prepare(list).all() as unknown as SchemaRow[];
  const ours = new Set(expected.map(nameOf));
  for (const row of expected) {
    const same = found.filter((other) => other.type === row.type && nameOf(other) === nameOf(row));
    const [one] = same;
    if (same.length !== 1 || one?.sql !== row.sql || one.tbl_name !== row.tbl_name || one.name !== row.name) {
      yield { kind: "schema-altered", detail: `${row.type} ${row.name} is not as this release makes it` };
    }
  }
  for (const row of found) {
    // Other packages keep tables of their own in this file; nothing of ours fires on its own or hides behind a view.
    if (row.type !== "table" && row.type !== "index") {
      const type = row.type === "trigger" || row.type === "view" ? row.type : "schema row";
      yield { kind: "schema-altered", detail: `a ${type} that no release makes: ${shown(row)}` };
    }
    // A unique one could refuse what is appended, and any could answer in a table's place.
    if (row.type === "index" && ours.has(String(row.tbl_name).toLowerCase()) && !ours.has(nameOf(row))) {
      yield { kind: "schema-altered", detail: `an index that no release makes: ${shown(row)}` };
    }
  }
  const pages = db
    .prepare("SELECT min(name) AS name FROM sqlite_schema WHERE rootpage > 0 GROUP BY rootpage HAVING count(*) > 1")
    .all() as { name: unknown }[];
  for (const { name } of pages) {
    yield { kind: "schema-altered", detail: `another table stands in the pages of ${String(name).slice(0, 60)}` };
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

function freshSchema(): readonly SchemaRow[] {
  const db = new DatabaseSync(":memory:");
  try {
    for (const step of migrations) db.exec(step);
    return db.prepare(list).all() as unknown as SchemaRow[];
  } finally {
    db.close();
  }
}
