// The rows of `events` as a replay reads them: every column with its type as it is stored, streamed in order, constant
// memory. Nothing is assumed about a row but that SQLite can read it.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { eachRow } from "@sealtrail/smt/sqlite";
import { type EventFieldName, fieldNames } from "@sealtrail/verify/event";
import { disordered } from "../log/transaction.js";

/** As SQLite holds it: NULL, INTEGER or REAL, TEXT, BLOB. A bigint is an integer beyond 2^53. */
export type Cell = null | number | bigint | string | Uint8Array;

export const columnNames = fieldNames(() => true);

export type ColumnName = EventFieldName;

export type Row = { readonly [name in ColumnName]: Cell } & {
  /** Bytes of all TEXT and numeric cells as stored: shows what a decoded text hides (bytes that are not UTF-8, a NUL's tail) and a REAL among the integers. */
  readonly octets: Cell;
};

/** The size of a hash is checked where it is read; `sequence` is the key. */
const measured = fieldNames(({ name, kind }) => kind !== "hash" && kind !== "bytes" && name !== "sequence");

/** Bytes of the longest text that is read. The recorder writes at most 64 KiB. */
const longestText = 1_048_576;

/** A longer text comes back as an empty blob, which no text column may hold: its column is named, and the text is never parsed. */
const read = columnNames.map((name) =>
  (measured as readonly ColumnName[]).includes(name)
    ? `CASE WHEN octet_length(${name}) > ${longestText} THEN x'' ELSE ${name} END AS ${name}`
    : name,
);

const select = `SELECT ${read.join(", ")}, ${measured
  .map((name) => `ifnull(octet_length(${name}), 0)`)
  .join(" + ")} AS octets FROM events WHERE sequence > ? ORDER BY sequence`;

/** What `octets` must be for the cells that were read. */
function octetsOf(row: Row): number {
  let octets = 0;
  for (const name of measured) {
    const cell = row[name];
    if (cell === null) continue;
    octets += cell instanceof Uint8Array ? cell.length : Buffer.byteLength(typeof cell === "string" ? cell : `${cell}`);
  }
  return octets;
}

/**
 * The first column whose bytes differ from the decoded text, or undefined. Bytes that are no UTF-8 decode to U+FFFD, and an
 * older Node ends a text at a NUL. Both show in the size, except where the text holds a U+FFFD: there the bytes themselves are
 * read and compared.
 */
export function hiddenIn(db: DatabaseSync, row: Row): ColumnName | undefined {
  const doubtful = measured.filter((name) => {
    const cell = row[name];
    return typeof cell === "string" && cell.includes("\ufffd");
  });
  if (row.octets === octetsOf(row) && doubtful.length === 0) return undefined;
  const names = row.octets === octetsOf(row) ? doubtful : measured;
  const bytes = db.prepare(
    `SELECT ${names.map((name) => `CAST(${name} AS BLOB) AS ${name}`).join(", ")} FROM events WHERE sequence = ?`,
  );
  const stored = bytes.get(row.sequence as number) as { [name: string]: Uint8Array | null } | undefined;
  const found = names.find((name) => {
    const cell = row[name];
    const octets = stored?.[name] ?? null;
    if (cell === null || octets === null) return cell !== octets;
    return cell instanceof Uint8Array ? false : Buffer.compare(octets, Buffer.from(`${cell}`)) !== 0;
  });
  return found ?? (row.octets === octetsOf(row) ? undefined : "metadata");
}

/** All rows after `after`, ascending. Throws what SQLite throws where the file is damaged. */
export function* rowsAfter(db: DatabaseSync, after: number | bigint): Generator<Row, void, undefined> {
  const stopped = yield* pagesAfter(db, after);
  if (stopped !== undefined) yield* eachAfter(db, stopped);
}

/** Rows asked for at once, as arrays: 4 us a row, where an iterator over objects takes 7. Some 70 MB at the very most. */
const page = 64;

/** Returns where a page could not be read, for what the matter is shows row by row; undefined where all were. */
function* pagesAfter(db: DatabaseSync, after: number | bigint): Generator<Row, number | bigint | undefined, undefined> {
  const statement = db.prepare(`${select} LIMIT ${page}`);
  // Not in an older Node.
  if (typeof statement.setReturnArrays !== "function") return after;
  statement.setReturnArrays(true);
  for (let from = after; ; ) {
    let rows: Cell[][];
    try {
      rows = statement.all(from) as unknown as Cell[][];
    } catch {
      return from;
    }
    for (const cells of rows) {
      const row = rowOf(cells);
      if (!((row.sequence as number) > from)) throw disordered();
      from = row.sequence as number;
      yield row;
    }
    if (rows.length < page) return undefined;
  }
}

/** `cells` in the order of `select`. */
function rowOf(cells: readonly Cell[]): Row {
  const row = {} as Record<ColumnName | "octets", Cell>;
  for (let i = 0; i < columnNames.length; i++) row[columnNames[i]!] = cells[i]!;
  row.octets = cells[columnNames.length]!;
  return row;
}

/** Row by row, where it takes that. */
function* eachAfter(db: DatabaseSync, after: number | bigint): Generator<Row, void, undefined> {
  const plain = db.prepare(select);
  // A sequence beyond 2^53 is kept as it is: rounded, it would come again for ever.
  let from: number | bigint = after;
  for (;;) {
    try {
      for (const row of eachRow<Row>(plain, from)) {
        if (!((row.sequence as number) > from)) throw disordered();
        from = row.sequence as number;
        yield row;
      }
      return;
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ERR_OUT_OF_RANGE") throw error;
    }
    // An integer that JavaScript's numbers cannot hold. No event of ours has one, so it may cost a statement of its own.
    const row = readWithBigInts(db.prepare(`${select} LIMIT 1`), from);
    if (row === undefined) return;
    if (!((row.sequence as number | bigint) > from)) throw disordered();
    from = row.sequence as number | bigint;
    yield row;
  }
}

function readWithBigInts(statement: StatementSync, after: number | bigint): Row | undefined {
  statement.setReadBigInts(true);
  const row = statement.get(after) as { [name: string]: Cell } | undefined;
  if (row === undefined) return undefined;
  for (const [name, cell] of Object.entries(row)) {
    if (typeof cell === "bigint" && BigInt.asIntN(54, cell) === cell) row[name] = Number(cell);
  }
  return row as unknown as Row;
}
