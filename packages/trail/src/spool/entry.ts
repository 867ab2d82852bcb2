// One spooled event as text: a prepared event (redacted, capped) with what the trail's own secret turns into its dedupe
// key later. A spool file is a neighbour's work or an attacker's: it is read as strictly as any input.
import { type JsonObject, jcs } from "@sealtrail/smt";
import { categoryOf } from "../event/categories.js";
import type { EventSource } from "../event/draft.js";
import type { PreparedEvent } from "../event/prepared.js";

export const SPOOL_FORMAT = "sealtrail-spool/1";

/** A prepared event that has not met the trail yet: its identity is still text. */
export type SpooledEvent = Omit<PreparedEvent, "dedupe" | "coalescedKeys"> & { identity?: string };

const SOURCES: readonly string[] = ["openclaw", "claude-code", "codex", "gateway-jsonl", "ndjson", "sealtrail"];
const NAMES = ["occurredAt", "sessionId", "agentId", "runId", "userId", "orgId", "identity"] as const;

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const saltBytes = 32;
const metadataBytes = 65_536;

export function encodeSpool(events: readonly SpooledEvent[]): string {
  // Coalesced events bring their keys, which a spool has no place for: what is spooled was in no file before.
  const plain = events.map(({ coalescedKeys: _, ...event }: SpooledEvent & Pick<PreparedEvent, "coalescedKeys">) => ({
    ...event,
    ...(event.content && { content: Buffer.from(event.content).toString("base64") }),
    contentSalt: Buffer.from(event.contentSalt).toString("base64"),
  }));
  return `${JSON.stringify({ format: SPOOL_FORMAT, events: plain })}\n`;
}

/** Undefined for anything that this program would not have written. */
export function decodeSpool(text: string): SpooledEvent[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
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
  if (typeof type !== "string" || typeof source !== "string" || !SOURCES.includes(source)) return undefined;
  const category = categoryOf(type);
  if (category === undefined || value.category !== category) return undefined;
  if (typeof description !== "string" || description.length > 256 || !description.isWellFormed()) return undefined;
  if (typeof metadata !== "string" || metadata.length > metadataBytes || !isObjectText(metadata)) return undefined;
  const contentSalt = bytes(value.contentSalt);
  if (contentSalt?.length !== saltBytes) return undefined;
  const event: SpooledEvent = { type, category, source: source as EventSource, description, metadata, contentSalt };
  for (const name of NAMES) {
    const text = value[name];
    if (text === undefined) continue;
    if (typeof text !== "string" || !text.isWellFormed()) return undefined;
    if (name === "occurredAt" && !ISO.test(text)) return undefined;
    event[name] = text;
  }
  if (content !== undefined) {
    const stored = bytes(content);
    if (stored === undefined || !Number.isSafeInteger(contentLength)) return undefined;
    event.content = stored;
    event.contentLength = contentLength as number;
  }
  return event;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
