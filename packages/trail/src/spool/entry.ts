// One spooled event as text: a prepared event (redacted, capped) with its keys, or, where the trail's secret was not to be had,
// with the identity that becomes a key later. Another process or an attacker may have written a spool file, so it is read as
// strictly as any input.
import { isUtf8 } from "node:buffer";
import { type JsonObject, jcs } from "@sealtrail/smt/formats";
import { type CallRole, categoryOf, eventType, isEventSource } from "@sealtrail/sources/event";
import { type FieldsWith, fieldNames } from "@sealtrail/verify/event";
import type { PreparedEvent } from "../event/prepared.js";
import { contentOfColumn } from "../event/stored-content.js";
import type { DedupeKeys } from "../ingest/dedupe.js";
import { keyed, type Traits } from "../ingest/traits.js";

const SPOOL_FORMAT = "sealtrail-spool/1";

/** A prepared event for the spool. Its traits are still text where the trail's secret is not at hand. */
export type SpooledEvent = PreparedEvent & {
  traits?: Traits;
  /** The identity's text, in a spool file that was written without the trail's secret. */
  identity?: string;
};

const NAMES = [
  ...fieldNames<"occurredAt" | FieldsWith<{ kind: "id" }>>(
    ({ kind, placed }) => kind === "id" || (kind === "time" && !placed),
  ),
  "identity",
] as const;

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const saltBytes = 32;
const keyBytes = 16;
const metadataBytes = 65_536;
const contentBytes = 1_048_576;
const idLength = 512;
const identityLength = 4_194_304;

/** @param keys the trail's. Without them an event is recognised by its identity only, and only among spooled events */
export function encodeSpool(events: readonly SpooledEvent[], keys: DedupeKeys | undefined): string {
  const plain = events.map((spooled: SpooledEvent) => {
    // The keys of coalesced events are left out: spooled events come from no file that could be read again.
    const { traits, coalescedKeys: _, ...rest } = spooled;
    const event = traits === undefined || keys === undefined ? rest : keyed({ ...rest }, traits, keys);
    // The packed form unpacks to the content.
    const { content, packed, ...members } = event;
    const { call, dedupe, alike, contentSalt } = members;
    const stored = packed ?? content;
    return {
      ...members,
      ...(stored && { content: base64(stored) }),
      contentSalt: base64(contentSalt),
      ...(dedupe && { dedupe: base64(dedupe) }),
      ...(alike && { alike: base64(alike) }),
      ...(call && { call: { key: base64(call.key), role: call.role } }),
      ...(keys === undefined && traits?.identity !== undefined && { identity: traits.identity }),
    };
  });
  return `${JSON.stringify({ format: SPOOL_FORMAT, events: plain })}\n`;
}

function base64(content: Uint8Array): string {
  return Buffer.from(content).toString("base64");
}

/** Undefined for anything that this program would not have written. */
export function decodeSpool(bytes: Uint8Array): SpooledEvent[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value.format !== SPOOL_FORMAT || !Array.isArray(value.events)) return undefined;
  const events = value.events.map(decodeEvent);
  return events.every((event) => event !== undefined) ? events : undefined;
}

function decodeEvent(value: unknown): SpooledEvent | undefined {
  if (!isRecord(value)) return undefined;
  const { type, source, description, metadata, content, contentLength } = value;
  if (typeof type !== "string" || typeof source !== "string" || !isEventSource(source)) return undefined;
  const category = categoryOf(type);
  if (category === undefined || value.category !== category) return undefined;
  // Anybody who can write a file beside the trail could forge an event in the trail's own name.
  const { decides, spooled } = eventType(type);
  if (decides || (source === "sealtrail" && !spooled)) return undefined;
  if (!isText(description, 256)) return undefined;
  if (typeof metadata !== "string" || Buffer.byteLength(metadata) > metadataBytes) return undefined;
  if (!isText(metadata, metadataBytes) || !isObjectText(metadata)) return undefined;
  const contentSalt = bytes(value.contentSalt);
  if (contentSalt?.length !== saltBytes) return undefined;
  const event: SpooledEvent = { type, category, source, description, metadata, contentSalt };
  for (const name of NAMES) {
    const text = value[name];
    if (text === undefined) continue;
    if (!isText(text, name === "identity" ? identityLength : idLength)) return undefined;
    if (name === "occurredAt" && !isTime(text)) return undefined;
    event[name] = text;
  }
  if (content !== undefined) {
    const stored = bytes(content);
    if (stored === undefined || stored.length > contentBytes) return undefined;
    const text = contentOfColumn(stored, contentSalt);
    if (text === undefined || !isUtf8(text)) return undefined;
    if (!Number.isSafeInteger(contentLength) || (contentLength as number) < 0) return undefined;
    event.content = text;
    if (text !== stored) event.packed = stored;
    event.contentLength = contentLength as number;
  }
  return decodeKeys(value, event) ? event : undefined;
}

const ROLES: readonly unknown[] = ["asked", "step", "outcome"];
const KINDS: readonly unknown[] = [undefined, "place", "identity", "moment"];

/** False where this program would not have written them. */
function decodeKeys(value: Record<string, unknown>, event: SpooledEvent): boolean {
  const { dedupe, dedupeBy, alike, call, live, fromLog } = value;
  if (dedupe !== undefined) {
    const key = bytes(dedupe);
    if (key?.length !== keyBytes || !KINDS.includes(dedupeBy)) return false;
    event.dedupe = key;
    if (dedupeBy !== undefined) event.dedupeBy = dedupeBy as NonNullable<PreparedEvent["dedupeBy"]>;
  }
  if (alike !== undefined) {
    const key = bytes(alike);
    if (key?.length !== keyBytes) return false;
    event.alike = key;
  }
  if (call !== undefined) {
    const key = isRecord(call) ? bytes(call.key) : undefined;
    if (key?.length !== keyBytes || !ROLES.includes((call as { role?: unknown }).role)) return false;
    event.call = { key, role: (call as { role: CallRole }).role };
  }
  if (live === true) event.live = true;
  if (fromLog === true) event.fromLog = true;
  return true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a row may hold: no NUL, no half of a surrogate pair, no more than `most` UTF-16 code units. */
function isText(value: unknown, most: number): value is string {
  return typeof value === "string" && value.length <= most && value.isWellFormed() && !value.includes("\0");
}

function isTime(text: string): boolean {
  const time = ISO.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString() === text;
}

/** Canonical, or `verify` would later find the row to be other than what was committed. */
function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && jcs(value as JsonObject) === text;
  } catch {
    return false;
  }
}

function bytes(value: unknown): Uint8Array | undefined {
  return typeof value === "string" && BASE64.test(value) ? new Uint8Array(Buffer.from(value, "base64")) : undefined;
}
