// A table for spreadsheets (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe in front:
// what an agent wrote must not run when somebody opens the record of it. Nothing can be verified from a table.
import type { Trail } from "../trail.js";
import type { ExportOptions } from "./format.js";
import { exportRows } from "./rows.js";
import { snapshot } from "./snapshot.js";

const COLUMNS = [
  "sequence",
  "id",
  "createdAt",
  "occurredAt",
  "type",
  "category",
  "source",
  "sessionId",
  "agentId",
  "runId",
  "userId",
  "orgId",
  "description",
  "metadata",
  "contentHash",
  "contentLength",
  "previousHash",
  "chainPrev",
  "epoch",
] as const;

const PROOF = ["rawHash", "censoredHash", "record", "anchorVersion", "anchorNetwork", "anchorHash"] as const;

/** Spreadsheets trim before they look, and take full-width signs for the plain ones. */
const FORMULA = /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20%]|^[\t\r\n]/;

export function csvCell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function* exportCsv(trail: Trail, options: ExportOptions): Generator<string, void, undefined> {
  const { filter = {}, includeContent = false, withSalts = false, anchorOf = () => undefined } = options;
  const more = [...(includeContent ? ["content"] : []), ...(withSalts ? ["contentSalt"] : [])];
  yield `${[...COLUMNS, ...PROOF, ...more].join(",")}\r\n`;
  for (const at of snapshot(trail.database)) {
    for (const row of exportRows(at, trail, filter)) {
      const anchor = anchorOf(row.sequence);
      const cells = COLUMNS.map((name) => csvCell(row.columns[name]));
      const proof = [row.rawHash, row.censoredHash, JSON.stringify(row.record)];
      cells.push(...[...proof, anchor?.version, anchor?.network, anchor?.hash].map(csvCell));
      if (includeContent) {
        const content = row.content();
        cells.push(csvCell(content && Buffer.from(content).toString("utf8")));
      }
      if (withSalts) cells.push(csvCell(row.contentSalt));
      yield `${cells.join(",")}\r\n`;
    }
  }
}
