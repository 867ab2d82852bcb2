// The events of an export, in order, with what proves their place. Read from one snapshot: an erasure or a prune that
// runs meanwhile changes nothing of what is being written, and memory does not grow with the log.
import type { DatabaseSync } from "node:sqlite";
import { type LeafRecord, recordOf } from "@sealtrail/smt/record";
import { eachRow } from "@sealtrail/smt/sqlite";
import { EVENT_FIELDS, type EventField, type EventFieldName, type FieldKind } from "@sealtrail/verify/event";
import { contentOfColumn } from "../event/stored-content.js";
import { canonicalParts, canonicalText, type EventColumns } from "../log/canonical.js";
import { hexOf } from "../log/native.js";
import { conditions } from "../log/query.js";
import type { EventQuery } from "../log/stored-event.js";

export interface ExportFilter extends Omit<EventQuery, "last" | "after"> {
  /** No more than so many events, the oldest first. */
  limit?: number;
}

export interface ExportRow {
  readonly sequence: number;
  readonly columns: Readonly<Record<string, string | number | null>>;
  /** RFC 8785 text of the event; undefined where it was erased or pruned. */
  readonly canonical: string | undefined;
  readonly rawHash: string;
  readonly censoredHash: string;
  readonly record: LeafRecord;
  readonly contentSalt: string | undefined;
  content(): Uint8Array | undefined;
}

type Cell = null | number | string | Uint8Array;

/** What an export needs of a trail beside its rows. */
export interface ExportedTrail {
  readonly machineId: string;
}

export function* exportRows(
  db: DatabaseSync,
  trail: ExportedTrail,
  filter: ExportFilter,
): Generator<ExportRow, void, undefined> {
  const { limit = -1, ...query } = filter;
  const { where, values } = conditions(query);
  const select = db.prepare(`SELECT * FROM events WHERE ${where} ORDER BY sequence LIMIT ?`);
  for (const row of eachRow(select, ...values, limit)) yield rowOf(row as Record<string, Cell>, trail.machineId);
}

const fields: readonly (EventField & { readonly name: EventFieldName })[] = EVENT_FIELDS.filter(
  ({ kind }) => kind !== "bytes",
);

/** A cell of the right type; null for any other, because a damaged trail is exported as far as it goes. */
function cellOf(kind: FieldKind, cell: Cell | undefined): string | number | null {
  if (kind === "count") return typeof cell === "number" ? cell : null;
  if (kind === "hash") return cell instanceof Uint8Array ? hexOf(cell) : null;
  return typeof cell === "string" ? cell : null;
}

function rowOf(row: Record<string, Cell>, machineId: string): ExportRow {
  const columns = {} as Record<EventFieldName, string | number | null>;
  for (const { name, kind } of fields) columns[name] = cellOf(kind, row[name]);
  const sequence = Number(row.sequence);
  const at = {
    sequence,
    id: String(row.id),
    createdAt: String(row.createdAt),
    previousHash: String(columns.previousHash ?? ""),
  };
  const place = {
    sequence,
    id: at.id,
    timestamp: Date.parse(at.createdAt),
    epoch: Number(columns.epoch ?? 0),
    chainPrev: columns.chainPrev as string | null,
    rawHash: String(columns.rawHash ?? ""),
    censoredHash: String(columns.censoredHash ?? ""),
  };
  const texts = { source: columns.source ?? "", description: columns.description ?? "" };
  return {
    sequence,
    columns,
    canonical:
      columns.metadata === null
        ? undefined
        : canonicalText(canonicalParts({ ...columns, ...texts } as unknown as EventColumns, machineId), at),
    rawHash: place.rawHash,
    censoredHash: place.censoredHash,
    record: recordOf(place, "raw"),
    contentSalt: (columns.contentSalt as string | null) ?? undefined,
    content: () => {
      const { content, contentSalt } = row;
      if (!(content instanceof Uint8Array) || !(contentSalt instanceof Uint8Array)) return undefined;
      return contentOfColumn(content, contentSalt);
    },
  };
}
