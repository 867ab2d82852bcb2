// Rows whose payload was erased or pruned (formats.md, section 2): what may be left of them.
import type { Sha256 } from "@sealtrail/smt";
import { isTimestamp, uuidV7 } from "@sealtrail/smt/formats";
import { censoredKey, fieldNames } from "@sealtrail/verify/event";
import { same } from "./row-check.js";
import type { ColumnName, Row } from "./rows.js";

/** What stays of an event. */
export interface Remains {
  sequence: number;
  id: string;
  timestamp: number;
  epoch: number;
  chainPrev: Uint8Array | null;
  rawHash: Uint8Array;
  censoredHash: Uint8Array;
  previousHash: Uint8Array;
}

const destroyedColumns = fieldNames(({ kept }) => kept !== true);

/** No event with its payload lacks any of these. */
export function isDestroyed(row: Row): boolean {
  return row.metadata === null || row.contentSalt === null || row.description === null || row.source === null;
}

/** What stays, if it is all there and nothing else is; else the first column that is wrong, or is left. */
export function remainsOf(row: Row, hash: Sha256): Remains | { column: ColumnName; left: boolean } {
  for (const column of destroyedColumns) if (row[column] !== null) return { column, left: true };
  const wrong = (column: ColumnName) => ({ column, left: false });
  const { sequence, id, createdAt, type, category, rawHash, censoredHash, previousHash, chainPrev } = row;
  if (typeof id !== "string" || !uuidV7.test(id)) return wrong("id");
  if (!isTimestamp(createdAt)) return wrong("createdAt");
  if (typeof type !== "string") return wrong("type");
  if (typeof category !== "string" || !type.startsWith(`${category}.`)) return wrong("category");
  if (category === "system") return { column: "metadata", left: true };
  if (!isKey(rawHash)) return wrong("rawHash");
  if (!isKey(previousHash)) return wrong("previousHash");
  if (chainPrev !== null && !isKey(chainPrev)) return wrong("chainPrev");
  if (!isKey(censoredHash)) return wrong("censoredHash");
  if (typeof row.epoch !== "number" || !Number.isSafeInteger(row.epoch)) return wrong("epoch");
  const { epoch } = row;
  // Covers id, createdAt, type and category: which of them was altered cannot be told.
  if (!same(censoredKey({ category, createdAt, id, type }, hash), censoredHash)) return wrong("censoredHash");
  const timestamp = Date.parse(createdAt);
  return { sequence: sequence as number, id, timestamp, epoch, chainPrev, rawHash, censoredHash, previousHash };
}

function isKey(cell: unknown): cell is Uint8Array {
  return cell instanceof Uint8Array && cell.length === 32;
}
