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
/** Schemas as SQLite writes them down, by the SQL that makes them. */
const made = new Map<string, readonly SchemaRow[]>();

const kinds = new Set(["table", "index", "trigger", "view"]);

/** SQLite takes names without regard to case. */
const nameOf = (row: SchemaRow) => String(row.name).toLowerCase();
const shown = (row: SchemaRow) => String(row.name).slice(0, 60);

/**
 * The file's schema rows are compared one by one: a trigger may bear the name of a table, and with `writable_schema` a table
 * may stand there twice, or two tables may share their pages.
 *
 * @param others the SQL by which other packages make their tables in this file. Where it is given, a table of nobody's is
 * named too; without it nobody can tell whose a table is.
 */
export function* alteredSchema(db: DatabaseSync, others?: readonly string[]): Generator<Finding> {
  const found = db.prepare(list).all() as unknown as SchemaRow[];
  const names = new Set(found.map(nameOf));
  // Another package makes all of its tables at once, and only where it is used.
  const inUse = (others ?? [])
    .map((sql) => schemaOf([sql]))
    .filter((rows) => rows.some((row) => names.has(nameOf(row))));
  const expected = [...schemaOf(migrations), ...inUse.flat()];
  const ours = new Set(expected.map(nameOf));
  for (const row of expected) {
    const same = found.filter((other) => other.type === row.type && nameOf(other) === nameOf(row));
    const [one] = same;
    if (same.length !== 1 || one?.sql !== row.sql || one.tbl_name !== row.tbl_name || one.name !== row.name) {
      yield { kind: "schema-altered", detail: `${row.type} ${row.name} is not as this release makes it` };
    }
  }
  for (const row of found) {
    // An index could refuse what is appended, or answer in a table's place; a trigger and a view could do more.
    if (ours.has(nameOf(row)) && (row.type === "table" || row.type === "index")) continue;
    const isOfOthers = row.type === "table" || (row.type === "index" && !ours.has(String(row.tbl_name).toLowerCase()));
    if (others === undefined && isOfOthers) continue;
    const type = kinds.has(row.type) ? row.type : "schema row";
    const article = type === "index" ? "an" : "a";
    yield { kind: "schema-altered", detail: `${article} ${type} that no release makes: ${shown(row)}` };
  }
  const pages = db
    .prepare("SELECT min(name) AS name FROM sqlite_schema WHERE rootpage > 0 GROUP BY rootpage HAVING count(*) > 1")
    .all() as { name: unknown }[];
  for (const { name } of pages) {
    yield { kind: "schema-altered", detail: `another table stands in the pages of ${String(name).slice(0, 60)}` };
  }
}

/** Whether the structure of the tables that have indexes is sound: an entry taken out of an index would hide an event from its
 * session, or a statement from its version, without touching a row. */
export function* unsoundFile(db: DatabaseSync): Generator<Finding> {
  const names = db.prepare("SELECT DISTINCT tbl_name AS name FROM sqlite_schema WHERE type = 'index' ORDER BY 1").all();
  for (const { name } of names as { name: unknown }[]) {
    const table = String(name).replaceAll('"', '""');
    const said = db.prepare(`PRAGMA integrity_check("${table}")`).get()?.integrity_check;
    if (said === "ok") continue;
    const of = TITLES[table] ?? `${table.slice(0, 60)} table`;
    yield { kind: "file-damaged", detail: `SQLite says of the ${of}: ${String(said).split("\n")[0]?.slice(0, 120)}` };
  }
}

const TITLES: { readonly [table: string]: string } = { events: "log's table", checkpoints: "checkpoints' table" };

function schemaOf(steps: readonly string[]): readonly SchemaRow[] {
  const key = steps.join("\n");
  const before = made.get(key);
  if (before !== undefined) return before;
  const db = new DatabaseSync(":memory:");
  try {
    for (const step of steps) db.exec(step);
    const rows = db.prepare(list).all() as unknown as SchemaRow[];
    made.set(key, rows);
    return rows;
  } finally {
    db.close();
  }
}
