// Reading events: rows to `StoredEvent`, lists with filters, one event by any of its names.
import type { DatabaseSync } from "node:sqlite";
import type { JsonObject } from "@sealtrail/smt";
import { eachRow } from "@sealtrail/smt/sqlite";
import { hexOf } from "./native.js";
import type { EventQuery, StoredEvent } from "./stored-event.js";
import { uuidTime } from "./uuid.js";

/** Everything of a row but the content and the salt. */
const shown = `sequence, id, createdAt, occurredAt, type, category, source, sessionId, agentId, runId, userId, orgId,
  description, metadata, contentHash, contentLength, previousHash, chainPrev, epoch, rawHash, censoredHash`;

const optionalTexts = [
  "occurredAt",
  "source",
  "sessionId",
  "agentId",
  "runId",
  "userId",
  "orgId",
  "description",
] as const;

type Row = Record<string, null | number | bigint | string | Uint8Array>;

/** Lenient: `list` must show what is there even of a damaged log; whether it is right is for `verify` to say. */
function stored(row: Row): StoredEvent {
  const event: StoredEvent = {
    sequence: Number(row.sequence),
    id: String(row.id),
    createdAt: String(row.createdAt),
    type: String(row.type),
    category: String(row.category),
    rawHash: hexColumn(row.rawHash) ?? "",
    censoredHash: hexColumn(row.censoredHash) ?? "",
    previousHash: hexColumn(row.previousHash) ?? "",
    chainPrev: hexColumn(row.chainPrev) ?? null,
  };
  if (typeof row.epoch === "number") event.epoch = row.epoch;
  for (const name of optionalTexts) {
    const text = row[name];
    if (text !== null && text !== undefined) event[name] = String(text);
  }
  if (row.metadata === null) event.destroyed = true;
  else event.metadata = parsed(String(row.metadata));
  const contentHash = hexColumn(row.contentHash);
  if (contentHash !== undefined) event.contentHash = contentHash;
  if (typeof row.contentLength === "number") event.contentLength = row.contentLength;
  return event;
}

function hexColumn(value: Row[string] | undefined): string | undefined {
  return value instanceof Uint8Array ? hexOf(value) : undefined;
}

function parsed(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // Falls through: shown as what it is.
  }
  return { _damaged: text };
}

/** Events that match, oldest first, read as they are taken. */
export function* listEvents(db: DatabaseSync, query: EventQuery = {}): Generator<StoredEvent, void, undefined> {
  const { where, values } = conditions(query);
  if (query.last === undefined) {
    for (const row of pages(db, where, values)) yield stored(row);
    return;
  }
  if (!Number.isSafeInteger(query.last) || query.last < 0) throw new RangeError("last: a count expected");
  const newest = db
    .prepare(`SELECT ${shown} FROM events WHERE ${where} ORDER BY sequence DESC LIMIT ?`)
    .all(...values, query.last) as Row[];
  for (const row of newest.reverse()) yield stored(row);
}

/** Page by page, each its own short read: a caller may take its time, or append, between two events. */
function* pages(db: DatabaseSync, where: string, values: (string | number)[]): Generator<Row, void, undefined> {
  const page = db.prepare(`SELECT ${shown} FROM events WHERE ${where} AND sequence > ? ORDER BY sequence LIMIT 500`);
  for (let after = 0; ; ) {
    const rows = page.all(...values, after) as Row[];
    yield* rows;
    if (rows.length < 500) return;
    after = Number(rows.at(-1)?.sequence);
  }
}

function conditions(query: EventQuery): { where: string; values: (string | number)[] } {
  const terms = ["1"];
  const values: (string | number)[] = [];
  const term = (text: string, value: string | number | undefined) => {
    if (value === undefined) return;
    terms.push(text);
    values.push(value);
  };
  term("type = ?", query.type);
  term("category = ?", query.category);
  term("sessionId = ?", query.session);
  term("createdAt >= ?", time(query.since, "since"));
  term("createdAt <= ?", time(query.until, "until"));
  term("sequence > ?", query.after);
  return { where: terms.join(" AND "), values };
}

/** In the one spelling that `createdAt` has, so that texts compare as times do. */
function time(text: string | undefined, name: string): string | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new RangeError(`${name}: an ISO 8601 time expected`);
  return new Date(ms).toISOString();
}

export function eventBySequence(db: DatabaseSync, sequence: number): StoredEvent | undefined {
  return one(db, "sequence = ?", sequence);
}

/** No index by id: it would cost every append as much as the row itself. An id holds its event's time to the millisecond, and
 * times ascend where nobody set the clock back: so the event is looked for where its time must stand, and only if it is not
 * there (a clock that jumped, an altered row, an id that is none) among all of them. */
export function eventById(db: DatabaseSync, id: string): StoredEvent | undefined {
  const time = uuidTime(id);
  if (time === undefined) return one(db, "id = ?", id);
  const createdAt = new Date(time).toISOString();
  const timeOf = db.prepare("SELECT sequence, createdAt FROM events WHERE sequence >= ? ORDER BY sequence LIMIT 1");
  let low = 1;
  for (let high = newestSequence(db) + 1; low < high; ) {
    const middle = Math.floor((low + high) / 2);
    const row = timeOf.get(middle);
    if (row === undefined || String(row.createdAt) >= createdAt) high = middle;
    else low = Number(row.sequence) + 1;
  }
  const candidates = db.prepare("SELECT sequence, id, createdAt FROM events WHERE sequence >= ? ORDER BY sequence");
  for (const row of eachRow(candidates, low)) {
    if (row.createdAt !== createdAt) break;
    if (row.id === id) return eventBySequence(db, Number(row.sequence));
  }
  return one(db, "id = ?", id);
}

/** By raw or censored key, among the events after `after`. There is no index by hash: older ones are found by the tree. */
export function eventByKeyAfter(db: DatabaseSync, key: Uint8Array, after: number): StoredEvent | undefined {
  return one(db, "sequence > ? AND (rawHash = ? OR censoredHash = ?)", after, key, key);
}

function one(db: DatabaseSync, where: string, ...values: (string | number | Uint8Array)[]): StoredEvent | undefined {
  const row = db.prepare(`SELECT ${shown} FROM events WHERE ${where} ORDER BY sequence LIMIT 1`).get(...values);
  return row === undefined ? undefined : stored(row as Row);
}

/** What a raw disclosure needs beside the event. */
export interface StoredSecrets {
  contentSalt: Uint8Array;
  /** gzip, as it stands in the row. */
  packedContent?: Uint8Array;
}

export function secretsOf(db: DatabaseSync, sequence: number): StoredSecrets | undefined {
  const row = db.prepare("SELECT contentSalt, content FROM events WHERE sequence = ?").get(sequence) as Row | undefined;
  if (row === undefined || !(row.contentSalt instanceof Uint8Array)) return undefined;
  return row.content instanceof Uint8Array
    ? { contentSalt: row.contentSalt, packedContent: row.content }
    : { contentSalt: row.contentSalt };
}

export function newestSequence(db: DatabaseSync): number {
  return Number((db.prepare("SELECT max(sequence) AS n FROM events").get() as { n: number | null }).n ?? 0);
}
