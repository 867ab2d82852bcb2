// The events of an export, in order, with what proves their place. Read from one snapshot: an erasure or a prune that
// runs meanwhile changes nothing of what is being written, and memory does not grow with the log.
import type { DatabaseSync } from "node:sqlite";
import { type LeafRecord, recordOf } from "@sealtrail/smt/record";
import { eachRow } from "@sealtrail/smt/sqlite";
import { contentOfColumn } from "../event/stored-content.js";
import { canonicalParts, canonicalText } from "../log/canonical.js";
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

const texts = ["occurredAt", "sessionId", "agentId", "runId", "userId", "orgId"] as const;

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

function rowOf(row: Record<string, Cell>, machineId: string): ExportRow {
  const text = (name: string) => (typeof row[name] === "string" ? row[name] : null);
  const hex = (name: string) => (row[name] instanceof Uint8Array ? hexOf(row[name]) : null);
  const number = (name: string) => (typeof row[name] === "number" ? row[name] : null);
  const sequence = Number(row.sequence);
  const place = { id: String(row.id), createdAt: String(row.createdAt), previousHash: hex("previousHash") ?? "" };
  const kind = { type: String(row.type), category: String(row.category) };
  const [rawHash, censoredHash] = [hex("rawHash") ?? "", hex("censoredHash") ?? ""];
  const chainPrev = hex("chainPrev");
  const epoch = number("epoch") ?? 0;
  const metadata = text("metadata");
  const contentHash = hex("contentHash");
  const contentLength = number("contentLength");
  const optional = Object.fromEntries(texts.map((name) => [name, text(name)])) as Record<
    (typeof texts)[number],
    string | null
  >;
  const source = text("source");
  const description = text("description");
  let canonical: string | undefined;
  if (metadata !== null) {
    const columns = { ...kind, ...optional, source: source ?? "", description: description ?? "", metadata };
    canonical = canonicalText(canonicalParts({ ...columns, contentHash, contentLength }, machineId), {
      ...place,
      sequence,
    });
  }
  const timestamp = Date.parse(place.createdAt);
  return {
    sequence,
    columns: {
      sequence,
      ...place,
      ...kind,
      source,
      ...optional,
      description,
      metadata,
      contentHash,
      contentLength,
      chainPrev,
      epoch,
    },
    canonical,
    rawHash,
    censoredHash,
    record: recordOf({ sequence, id: place.id, timestamp, epoch, chainPrev, rawHash, censoredHash }, "raw"),
    contentSalt: hex("contentSalt") ?? undefined,
    content: () => {
      const { content, contentSalt } = row;
      if (!(content instanceof Uint8Array) || !(contentSalt instanceof Uint8Array)) return undefined;
      return contentOfColumn(content, contentSalt);
    },
  };
}
