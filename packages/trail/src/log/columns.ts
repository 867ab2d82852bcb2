// A prepared event made ready for its row: content hashed, canonical text built up to what needs the lock.

import type { Sha256 } from "@sealtrail/smt";
import { type JsonObject, jcs } from "@sealtrail/smt/formats";
import type { CallRole } from "@sealtrail/sources/event";
import { contentHash, fieldNames, saltOf } from "@sealtrail/verify/event";
import type { PreparedEvent } from "../event/prepared.js";
import { isPacked } from "../event/stored-content.js";
import { type CanonicalParts, canonicalParts, type EventColumns } from "./canonical.js";
import { hexOf } from "./native.js";

/** `occurredAt` is kept where the host's time differs from ours by more. */
const sameMomentMs = 1_000;

export interface EncodedEvent {
  columns: EventColumns;
  parts: CanonicalParts;
  salt: Uint8Array;
  contentSalt: Uint8Array;
  contentHash: Uint8Array | null;
  content: Uint8Array | null;
  dedupe: Uint8Array | undefined;
  dedupeBy: "place" | "identity" | "moment";
  alike: Uint8Array | undefined;
  elsewhere: Uint8Array | undefined;
  line: Uint8Array | undefined;
  call: { key: Uint8Array; role: CallRole } | undefined;
  live: boolean;
  fromLog: boolean;
  yields: PreparedEvent["yields"];
  coalescedKeys: Uint8Array | undefined;
  /** The host's own time, whether or not the row will hold it. */
  occurredAt: string | null;
  occurredAtMs: number;
}

/** Encodes as much of an event as can be done before the lock. `now` is provisional; `finalizeTimestamp` corrects it under the lock. */
export function encodeEvent(event: PreparedEvent, machineId: string, now: number, hash: Sha256): EncodedEvent {
  check(event);
  const bytes = event.content === undefined ? null : contentHash(event.contentSalt, event.content, hash);
  const occurredAt = event.occurredAt ?? null;
  const occurredAtMs = occurredAt === null ? Number.NaN : Date.parse(occurredAt);
  const columns = {} as Record<keyof EventColumns, unknown> as EventColumns;
  for (const name of columnNames) setColumn(columns, name, name === "contentHash" ? null : (event[name] ?? null));
  if (bytes !== null) columns.contentHash = hexOf(bytes);
  columns.occurredAt = differs(occurredAtMs, now) ? occurredAt : null;
  return {
    columns,
    parts: canonicalParts(columns, machineId),
    salt: saltOf(event.contentSalt, hash),
    contentSalt: event.contentSalt,
    contentHash: bytes,
    content: event.packed ?? event.content ?? null,
    dedupe: event.dedupe,
    dedupeBy: event.dedupeBy ?? "place",
    alike: event.alike,
    elsewhere: event.elsewhere,
    line: event.line,
    call: event.call,
    live: event.live === true,
    fromLog: event.fromLog === true,
    yields: event.yields,
    coalescedKeys: event.coalescedKeys,
    occurredAt,
    occurredAtMs,
  };
}

function setColumn(columns: Record<keyof EventColumns, unknown>, name: keyof EventColumns, value: unknown): void {
  columns[name] = value;
}

/** Settles whether `occurredAt` is told, now that `createdAt` is known. */
export function finalizeTimestamp(event: EncodedEvent, createdAt: number, machineId: string): void {
  if (event.occurredAt === null) return;
  const told = differs(event.occurredAtMs, createdAt) ? event.occurredAt : null;
  if (told === event.columns.occurredAt) return;
  event.columns.occurredAt = told;
  event.parts = canonicalParts(event.columns, machineId);
}

/** Adds members to the metadata that only the log can know. */
export function marked(event: EncodedEvent, marks: JsonObject, machineId: string): void {
  const metadata = JSON.parse(event.columns.metadata) as JsonObject;
  event.columns.metadata = jcs({ ...metadata, ...marks });
  event.parts = canonicalParts(event.columns, machineId);
}

function differs(occurredAtMs: number, createdAt: number): boolean {
  return Math.abs(occurredAtMs - createdAt) > sameMomentMs;
}

/** The fields that are known before the event has its place. */
const columnNames = fieldNames<keyof EventColumns>(({ hashed, placed }) => hashed === true && placed !== true);
const texts = fieldNames<Exclude<keyof EventColumns, "contentHash" | "contentLength">>(
  ({ hashed, placed, kind }) => hashed === true && placed !== true && kind !== "hash" && kind !== "count",
);

/** A caller's mistakes that would make a row which no replay could confirm. */
function check(event: PreparedEvent): void {
  for (const name of texts) {
    const text = event[name];
    if (text !== undefined) clean(text, name);
  }
  if (event.metadata.charCodeAt(0) !== 0x7b) throw new TypeError("metadata: the JCS text of an object expected");
  if (!event.type.startsWith(`${event.category}.`)) throw new TypeError("category: not the prefix of type");
  if (event.dedupe !== undefined && event.dedupe.length !== 16) throw new TypeError("dedupe: 16 bytes expected");
  if (event.line !== undefined && event.line.length !== 16) throw new TypeError("line: 16 bytes expected");
  if (event.alike !== undefined && event.alike.length !== 16) throw new TypeError("alike: 16 bytes expected");
  if (event.call !== undefined && event.call.key.length !== 16) throw new TypeError("call: a key of 16 bytes expected");
  if (event.content !== undefined && isPacked(event.content)) throw new TypeError("content: a text expected");
  if ((event.elsewhere?.length ?? 0) % 16 !== 0) throw new TypeError("elsewhere: 16 bytes each expected");
  if ((event.coalescedKeys?.length ?? 0) % 16 !== 0) throw new TypeError("coalescedKeys: 16 bytes each expected");
}

/** Half a surrogate pair cannot be stored, and a NUL ends a text for some readers of SQLite: both would verify as tampering. */
function clean(text: string, name: string): void {
  if (typeof text !== "string") throw new TypeError(`${name}: a string expected`);
  if (!text.isWellFormed() || text.includes("\0")) throw new TypeError(`${name}: holds a NUL or half a surrogate pair`);
}
