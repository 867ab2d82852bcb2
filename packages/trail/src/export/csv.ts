// A table for spreadsheets (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe in front, at the
// beginning of a cell and behind each separator that a spreadsheet may guess instead of the comma: what an agent wrote must
// not run when somebody opens the record of it. Nothing can be verified from a table.
import { fieldNames } from "@sealtrail/verify/event";
import type { Trail } from "../trail.js";
import type { ExportOptions } from "./format.js";
import { exportRows } from "./rows.js";
import { snapshot } from "./snapshot.js";

const PROOF = ["rawHash", "censoredHash", "record"] as const;
/** Contents and salts come last, and only where they are asked for. */
const COLUMNS = fieldNames(
  ({ name, kind }) => kind !== "bytes" && name !== "contentSalt" && !PROOF.includes(name as never),
);

const ANCHOR = ["version", "network", "hash", "root", "firstSequence", "lastSequence", "createdAt"] as const;

/** Signs that begin a formula; spreadsheets take the full-width ones for the plain ones. */
const SIGNS = new Set("=+-@%\uFF1D\uFF0B\uFF0D\uFF20");
/** With another separator than the comma, quotes inside a cell no longer hold it together, so a line feed ends a row too. */
const SEPARATORS = new Set(",;|\t\r\n");
const BLANK = /\s/;

/** One pass, so that a long cell of blanks costs no more than any other. */
function withoutFormulas(text: string): string {
  let safe = /^[\t\r\n]/.test(text) ? "'" : "";
  let copied = 0;
  /** Start of the present part of the cell; undefined once it holds a character that begins no formula. */
  let start: number | undefined = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (SEPARATORS.has(char)) start = at + 1;
    else if (start !== undefined && SIGNS.has(char)) {
      safe += `${text.slice(copied, start)}'`;
      copied = start;
      start = undefined;
    } else if (char !== '"' && !BLANK.test(char)) start = undefined; // spreadsheets trim before they look
  }
  return safe + text.slice(copied);
}

export function csvCell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const safe = withoutFormulas(value);
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Writes events as CSV, for reading only: nothing can be verified with it. @public */
export function* exportCsv(trail: Trail, options: ExportOptions): Generator<string, void, undefined> {
  const { filter = {}, includeContent = false, withSalts = false, anchorOf = () => undefined } = options;
  const more = [...(includeContent ? ["content"] : []), ...(withSalts ? ["contentSalt"] : [])];
  const anchorColumns = ANCHOR.map((name) => `anchor${name[0]!.toUpperCase()}${name.slice(1)}`);
  yield `${[...COLUMNS, ...PROOF, ...anchorColumns, ...more].join(",")}\r\n`;
  for (const at of snapshot(trail.database)) {
    for (const row of exportRows(at, trail, filter)) {
      const anchor = anchorOf(row.sequence);
      const cells = COLUMNS.map((name) => csvCell(row.columns[name]));
      const proof = [row.rawHash, row.censoredHash, JSON.stringify(row.record)];
      cells.push(...[...proof, ...ANCHOR.map((name) => anchor?.[name])].map(csvCell));
      if (includeContent) {
        const content = row.content();
        cells.push(csvCell(content && Buffer.from(content).toString("utf8")));
      }
      if (withSalts) cells.push(csvCell(row.contentSalt));
      yield `${cells.join(",")}\r\n`;
    }
  }
}
