// Reading events: rows to `StoredEvent`, lists with filters, one event by any of its names.
import type { DatabaseSync } from "node:sqlite";
import type { JsonObject } from "@sealtrail/smt/formats";
import { eachRow } from "@sealtrail/smt/sqlite";
import { type FieldsWith, fieldNames } from "@sealtrail/verify/event";
import type { RecordedToolEvent } from "../event/prepared.js";
import { hexOf } from "./native.js";
import type { EventQuery, StoredEvent } from "./stored-event.js";
import { disordered } from "./transaction.js";
import { uuidTime } from "./uuid.js";

/** Everything of a row but the content and the salt. */
const shown = fieldNames(({ name }) => name !== "content" && name !== "contentSalt").join(", ");

/** `metadata` apart: it is parsed. */
const optionalTexts = fieldNames<
  Exclude<FieldsWith<{ hashed: true; kind: "time" | "text" | "id" }>, "createdAt" | "type" | "category">
>(({ kind, kept }) => kept !== true && (kind === "time" || kind === "text" || kind === "id"));

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
    const last = Number(rows.at(-1)?.sequence);
    if (last <= after) throw disordered();
    after = last;
  }
}

/** How many events match. Reads every event where a filter is given. */
export function countEvents(db: DatabaseSync, query: EventQuery = {}): number {
  const { where, values } = conditions(query);
  return Number((db.prepare(`SELECT count(*) AS n FROM events WHERE ${where}`).get(...values) as { n: number }).n);
}

/** The types that events have, in order. Reads every event. */
export function typesOf(db: DatabaseSync): string[] {
  return db
    .prepare("SELECT DISTINCT type FROM events ORDER BY type")
    .all()
    .map((row) => String(row.type));
}

/** Session ids that begin with `prefix`, in order, at most `most`. */
export function sessionsOf(db: DatabaseSync, prefix: string, most: number): string[] {
  // One step of the index for each session: skipping from one to the next reads no event of theirs.
  const next = db.prepare(
    "SELECT sessionId FROM events WHERE sessionId IS NOT NULL AND sessionId >= ? ORDER BY sessionId LIMIT 1",
  );
  const after = db.prepare(
    "SELECT sessionId FROM events WHERE sessionId IS NOT NULL AND sessionId > ? ORDER BY sessionId LIMIT 1",
  );
  const found: string[] = [];
  for (let row = next.get(prefix); row !== undefined && found.length < most; row = after.get(found.at(-1)!)) {
    const session = String(row.sessionId);
    if (!session.startsWith(prefix)) break;
    found.push(session);
  }
  return found;
}

/** Tool events of a session that are not destroyed, with a sequence above `after`: a page of at most 5,000. */
export function toolEventsOf(db: DatabaseSync, source: string, sessionId: string, after: number): RecordedToolEvent[] {
  return db
    .prepare(
      `SELECT sequence, type, runId, metadata FROM events WHERE sessionId = ? AND source = ? AND sequence > ?
         AND category = 'tool' AND metadata IS NOT NULL ORDER BY sequence LIMIT 5000`,
    )
    .all(sessionId, source, after)
    .map(({ sequence, type, runId, metadata }) => ({
      sequence: Number(sequence),
      type: String(type),
      runId: typeof runId === "string" ? runId : null,
      metadata: parsed(String(metadata)),
    }));
}

const mostTypes = 100;

/** SQL for a query's filters but `last`: a term that stands behind WHERE, and its values. Throws RangeError naming a bad filter. */
export function conditions(query: EventQuery): { where: string; values: (string | number)[] } {
  const terms = ["1"];
  const values: (string | number)[] = [];
  const term = (text: string, value: string | number | undefined) => {
    if (value === undefined) return;
    terms.push(text);
    values.push(value);
  };
  if (query.type !== undefined) {
    const types = typeof query.type === "string" ? [query.type] : query.type;
    if (types.length > mostTypes) throw new RangeError(`type: at most ${mostTypes} expected`);
    // None of an empty list matches, as SQL has it too.
    const any = types.map((type) => (type.endsWith(".*") ? "category = ?" : "type = ?"));
    terms.push(any.length > 0 ? `(${any.join(" OR ")})` : "0");
    values.push(...types.map((type) => (type.endsWith(".*") ? type.slice(0, -2) : type)));
  }
  term("category = ?", query.category);
  term("sessionId = ?", query.session);
  if (query.open) {
    terms.push(
      "category = 'tool' AND metadata IS NOT NULL AND sequence IN (SELECT asked FROM calls WHERE outcome IS NULL)",
    );
  }
  term("coalesce(occurredAt, createdAt) >= ?", time(query.since, "since"));
  term("coalesce(occurredAt, createdAt) <= ?", time(query.until, "until"));
  term("sequence > ?", query.after);
  return { where: terms.join(" AND "), values };
}

/** In the one spelling that times have in the log, so that texts compare as times do. */
function time(text: string | undefined, name: string): string | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new RangeError(`${name}: an ISO 8601 time expected`);
  return new Date(ms).toISOString();
}

/** An event whose id or key begins with some hex digits, and which of its names does. */
export interface EventMatch {
  sequence: number;
  type: string;
  name: "id" | "raw" | "censored";
  /** The whole id, or the whole key in hex. */
  value: string;
}

/** Events whose id or key begins with `prefix` (hex digits; of an id with its hyphens), at most `most`. Reads every event:
 * there is no index by id or key. */
export function eventsByPrefix(db: DatabaseSync, prefix: string, most: number): EventMatch[] {
  const digits = prefix.replaceAll("-", "");
  if (!/^[0-9a-f]{1,64}$/.test(digits)) throw new RangeError("prefix: 1 to 64 hex digits expected");
  const id = asId(digits);
  const low = Buffer.from(digits.padEnd(64, "0"), "hex");
  const high = Buffer.from(digits.padEnd(64, "f"), "hex");
  const isKey = prefix === digits;
  const select = db.prepare(
    `SELECT sequence, id, type, rawHash, censoredHash FROM events
     WHERE substr(id, 1, ?) = ?${isKey ? " OR rawHash BETWEEN ? AND ? OR censoredHash BETWEEN ? AND ?" : ""}
     ORDER BY sequence LIMIT ?`,
  );
  const keys = isKey ? [low, high, low, high] : [];
  const matches: EventMatch[] = [];
  for (const row of select.all(id.length, id, ...keys, most) as Row[]) {
    const { sequence, type } = { sequence: Number(row.sequence), type: String(row.type) };
    const names = {
      id: String(row.id),
      raw: hexColumn(row.rawHash) ?? "",
      censored: hexColumn(row.censoredHash) ?? "",
    };
    for (const [name, value] of Object.entries(names) as [EventMatch["name"], string][]) {
      if (value.startsWith(name === "id" ? id : digits)) matches.push({ sequence, type, name, value });
    }
  }
  return matches;
}

/** Hex digits with the hyphens of a UUID. */
function asId(digits: string): string {
  return [...digits].map((digit, i) => ([8, 12, 16, 20].includes(i) ? `-${digit}` : digit)).join("");
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
    else low = Math.max(middle, Number(row.sequence)) + 1;
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
  /** As it stands in the row. */
  content?: Uint8Array;
}

export function secretsOf(db: DatabaseSync, sequence: number): StoredSecrets | undefined {
  const row = db.prepare("SELECT contentSalt, content FROM events WHERE sequence = ?").get(sequence) as Row | undefined;
  if (row === undefined || !(row.contentSalt instanceof Uint8Array)) return undefined;
  return row.content instanceof Uint8Array
    ? { contentSalt: row.contentSalt, content: row.content }
    : { contentSalt: row.contentSalt };
}

export function newestSequence(db: DatabaseSync): number {
  return Number((db.prepare("SELECT max(sequence) AS n FROM events").get() as { n: number | null }).n ?? 0);
}

/** `createdAt` of the first event after `sequence` that is not the trail's own. */
export function firstOfHosts(db: DatabaseSync, sequence: number, withPayload: boolean): string | undefined {
  const row = db
    .prepare(
      `SELECT createdAt FROM events WHERE sequence > ? AND category <> 'system' ${withPayload ? "AND metadata IS NOT NULL" : ""}
       ORDER BY sequence LIMIT 1`,
    )
    .get(sequence);
  return row === undefined ? undefined : String(row.createdAt);
}
