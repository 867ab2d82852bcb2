// One row against what it commits to (formats.md, section 2): each column is part of the raw key, or follows from its
// place, or hashes to a column that is. Pure: what came before comes in, what comes after goes out.
import type { Sha256 } from "@sealtrail/smt";
import { isTimestamp, type JsonObject, jcs, uuidV7 } from "@sealtrail/smt/formats";
import {
  censoredKey,
  contentHash,
  EVENT_FIELDS,
  type EventField,
  type EventFieldEntry,
  type EventFieldName,
  type FieldKind,
  type FieldsWith,
  hasFewValues,
  MAX_VALUES,
  rawKey,
  saltOf,
} from "@sealtrail/verify/event";
import { contentOfColumn } from "../event/stored-content.js";
import { type CanonicalParts, canonicalParts, canonicalText, type EventColumns } from "../log/canonical.js";
import { hexOf } from "../log/native.js";
import type { Cell, ColumnName, Row } from "./rows.js";

/** What an event that still has its payload holds, once its cells have the right types. */
export type ReadEvent = EventColumns & {
  /** `createdAt` in milliseconds. */
  timestamp: number;
  contentHashBytes: Uint8Array | null;
  content: Uint8Array | null;
  contentSalt: Uint8Array;
} & { [name in FieldsWith<{ placed: true }>]: CellOf<name> };

/** Type of a cell that was read. */
type CellOf<Name extends EventFieldName> =
  | (Extract<EventFieldEntry, { name: Name }>["kind"] extends "count"
      ? number
      : Extract<EventFieldEntry, { name: Name }>["kind"] extends "hash" | "bytes"
        ? Uint8Array
        : string)
  | (Name extends FieldsWith<{ optional: true }> ? null : never);

const fields: readonly (EventField & { readonly name: ColumnName })[] = EVENT_FIELDS;

/** The row's cells if every one has its type and shape; else the first column that has not. */
export function readEvent(row: Row): ReadEvent | { column: ColumnName } {
  const event = {} as Record<string, Cell>;
  for (const { name, kind, optional } of fields) {
    const cell = row[name];
    if (!(cell === null ? optional === true : holds(name, kind, cell))) return { column: name };
    event[name] = cell;
  }
  const bytes = event.contentHash as Uint8Array | null;
  event.contentHashBytes = bytes;
  event.contentHash = bytes === null ? null : hexOf(bytes);
  event.timestamp = createdAts.ms;
  return event as unknown as ReadEvent;
}

function holds(name: ColumnName, kind: FieldKind, cell: Cell): boolean {
  switch (kind) {
    case "count":
      return isCount(cell);
    case "uuid":
      return typeof cell === "string" && uuidV7.test(cell);
    case "time":
      return isTime(cell, name === "createdAt" ? createdAts : otherTimes);
    case "hash":
      return isHash(cell);
    case "bytes":
      return cell instanceof Uint8Array;
    default:
      return typeof cell === "string";
  }
}

/** The two keys that the columns give, whatever the row says they are. */
export function keysOf(
  event: ReadEvent,
  previousHash: string,
  machineId: string,
  hash: Sha256,
): { raw: Uint8Array; censored: Uint8Array } {
  const parts: CanonicalParts = canonicalParts(event, machineId);
  const text = canonicalText(parts, {
    createdAt: event.createdAt,
    id: event.id,
    previousHash,
    sequence: event.sequence,
  });
  return { raw: rawKey(saltOf(event.contentSalt, hash), text, hash), censored: censoredKey(event, hash) };
}

/** What the keys do not cover, given that they are right: the first column that is wrong, or undefined. */
export function wrongBesideKeys(event: ReadEvent, hash: Sha256): ColumnName | undefined {
  if (!event.type.startsWith(`${event.category}.`)) return "category";
  if (Number.parseInt(event.id.slice(0, 8) + event.id.slice(9, 13), 16) !== event.timestamp) return "id";
  if (!isCanonicalObject(event.metadata)) return "metadata";
  if (!contentHolds(event, hash)) return "content";
  return undefined;
}

/** Content and its hash stand together or not at all. */
function contentHolds(event: ReadEvent, hash: Sha256): boolean {
  if (event.content === null || event.contentHashBytes === null) {
    return event.content === null && event.contentHashBytes === null;
  }
  const content = contentOfColumn(event.content, event.contentSalt);
  return content !== undefined && same(contentHash(event.contentSalt, content, hash), event.contentHashBytes);
}

/** Whether a text is the RFC 8785 form of one JSON object. It is spliced into the event's text unparsed, so it must be
 * whole by itself: `{},"occurredAt":"..."` would pass for two members. */
export function isCanonicalObject(text: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    // No event by the format, so no export or bundle could show it. A shorter text cannot hold so many.
    if (text.length > 2 * MAX_VALUES && !hasFewValues(value)) return false;
    // Sorted keys in JSON.stringify's spelling are JCS, save for keys like "10", which it moves to the front, and escaped
    // halves of surrogate pairs. Several times faster than the library, which decides the rest.
    if (!text.includes("\\ud") && keysAscend(value) && JSON.stringify(value) === text) return true;
    return jcs(value as JsonObject) === text;
  } catch {
    return false;
  }
}

function keysAscend(value: object): boolean {
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object" && item !== null && !keysAscend(item)) return false;
    return true;
  }
  let previous: string | undefined;
  for (const key of Object.keys(value)) {
    if (previous !== undefined && key <= previous) return false;
    previous = key;
    const member = (value as Record<string, unknown>)[key];
    if (typeof member === "object" && member !== null && !keysAscend(member)) return false;
  }
  return true;
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** The time that was read last: in a busy log many events share one, and a parse costs as much as a hash. */
interface LastTime {
  text: string;
  ms: number;
}
const createdAts: LastTime = { text: "", ms: 0 };
const otherTimes: LastTime = { text: "", ms: 0 };

function isTime(cell: Cell, last: LastTime): cell is string {
  if (cell === last.text) return true;
  if (!isTimestamp(cell)) return false;
  last.text = cell;
  last.ms = Date.parse(cell);
  return true;
}

function isHash(cell: Cell): cell is Uint8Array {
  return cell instanceof Uint8Array && cell.length === 32;
}

function isCount(cell: Cell): cell is number {
  return typeof cell === "number" && Number.isSafeInteger(cell) && cell >= 0;
}
