// The last step before the log: redaction, caps and sealing (events.md). What comes out is safe to write and canonical;
// only what needs the lock is missing. Never throws on content.
import { randomFillSync } from "node:crypto";
import { sealed } from "@sealtrail/smt";
import { cleanLine, cut, type RedactionPolicy, redactText, ValueWriter } from "../redact/index.js";
import { categoryOf } from "./categories.js";
import type { EventDraft, EventSource, Sealable } from "./draft.js";
import type { PreparedEvent } from "./prepared.js";
import { isoTime } from "./time.js";

export const CAPS = {
  /** Characters of a description. */
  description: 256,
  /** Characters of an id that a host gives. */
  id: 512,
  /** Characters of one string inside metadata. */
  metadataString: 4_000,
  /** Bytes of metadata. */
  metadata: 65_536,
  /** Bytes of content before gzip. */
  content: 1_048_576,
} as const;

export interface PrepareOptions {
  source: EventSource;
  redaction: RedactionPolicy;
  /** Who and for whom, where the host does not say it: from config, environment, in that order. */
  userId?: string;
  orgId?: string;
  /** 32 fresh secret bytes; `randomBytes` in short runs, from a pool in long ones. */
  salt?: () => Uint8Array;
}

const encoder = new TextEncoder();

/** Throws a TypeError when the draft's type is not `category.action` of a known category: an adapter's mistake. */
export function prepare(draft: EventDraft, options: PrepareOptions): PreparedEvent {
  const category = categoryOf(draft.type);
  if (category === undefined) throw new TypeError(`type: ${JSON.stringify(draft.type)} is no category.action`);
  const { redaction } = options;
  const contentSalt = (options.salt ?? pooledSalt)();
  const writer = new ValueWriter({
    redactText,
    patterns: redaction.patterns,
    maxString: CAPS.metadataString,
    budget: CAPS.metadata * 16,
  });
  const line = (text: string, cap: number) => {
    const clean = cleanLine(text);
    const { text: safe, count } = redactText(clean, redaction.patterns);
    writer.redacted += count;
    return cut(safe, cap);
  };

  const event: PreparedEvent = {
    type: draft.type,
    category,
    source: options.source,
    description: line(describe(draft, redaction), CAPS.description),
    metadata: "",
    contentSalt,
  };
  const ids = { userId: draft.userId ?? options.userId, orgId: draft.orgId ?? options.orgId };
  for (const name of ["sessionId", "agentId", "runId", "userId", "orgId"] as const) {
    const id = name === "userId" || name === "orgId" ? ids[name] : draft[name];
    if (typeof id !== "string" || id === "") continue;
    const safe = line(id, CAPS.id);
    if (safe !== "") event[name] = safe;
  }
  const occurredAt = draft.occurredAt === undefined ? undefined : isoTime(draft.occurredAt);
  if (occurredAt !== undefined) event.occurredAt = occurredAt;

  const members = writer.members(draft.metadata ?? {});
  const seal = (name: string, kind: Sealable) => {
    if (isSealed(redaction, kind)) sealMember(members, name, contentSalt);
  };
  seal("args", "args");
  if (draft.content !== undefined && draft.content !== null) {
    const content = storedContent(draft.content, writer, redaction);
    const kind = draft.contentKind ?? (category === "tool" ? "result" : "prompt");
    event.contentLength = content.length;
    event.content = isSealed(redaction, kind) ? encoder.encode(sealed(contentSalt, content.bytes)) : content.bytes;
  }
  // What a tool said went wrong is a piece of its result.
  const kinds = { ...(category === "tool" ? { error: "result" as const } : {}), ...draft.sealable };
  for (const [name, kind] of Object.entries(kinds)) if (name !== "args") seal(name, kind);
  event.metadata = metadataText(members, writer);
  return event;
}

/** Whether text of that kind, or of any of several, is kept as a hash only. */
function isSealed(redaction: RedactionPolicy, kind: Sealable): boolean {
  return typeof kind === "string" ? redaction.sealed[kind] : kind.some((one) => redaction.sealed[one]);
}

function describe(draft: EventDraft, redaction: RedactionPolicy): string {
  const { description = draft.type, detail } = draft;
  if (detail === undefined || detail.text === "" || isSealed(redaction, detail.kind)) return description;
  let text = detail.text;
  if (text.length > 2_000) {
    // Cut where white space stands: half a secret would not be known for one.
    text = text.slice(0, 2_000);
    text = text.slice(0, Math.max(0, text.search(/\s\S*$/)));
  }
  return text === "" ? description : `${description}: ${text}`;
}

function storedContent(
  content: unknown,
  writer: ValueWriter,
  redaction: RedactionPolicy,
): { bytes: Uint8Array; length: number } {
  let text: string;
  if (typeof content === "string") {
    const redacted = redactText(content, redaction.patterns);
    writer.redacted += redacted.count;
    text = redacted.text;
  } else {
    const json = new ValueWriter({
      redactText,
      patterns: redaction.patterns,
      maxString: Number.POSITIVE_INFINITY,
      budget: CAPS.content * 24,
    });
    text = json.write(content) ?? "";
    writer.redacted += json.redacted;
    if (json.truncated) writer.truncated = true;
  }
  const bytes = encoder.encode(text);
  if (bytes.length <= CAPS.content) return { bytes, length: bytes.length };
  writer.truncated = true;
  let end: number = CAPS.content;
  while ((bytes[end]! & 0xc0) === 0x80) end--; // never half a character
  return { bytes: bytes.slice(0, end), length: bytes.length };
}

/** The member becomes `sealed:<hex>` over its RFC 8785 text; its length in bytes stays beside it. */
function sealMember(members: Map<string, string>, name: string, contentSalt: Uint8Array): void {
  const text = members.get(name);
  if (text === undefined) return;
  const bytes = encoder.encode(text);
  members.set(name, JSON.stringify(sealed(contentSalt, bytes)));
  members.set(`${name}Length`, `${bytes.length}`);
}

/** RFC 8785 text of the metadata. Over the cap the largest members go first, and it says so. */
function metadataText(members: Map<string, string>, writer: ValueWriter): string {
  if (writer.redacted > 0) members.set("redacted", `${writer.redacted}`);
  if (writer.truncated) members.set("truncated", "true");
  let text = objectText(members);
  if (text.length * 3 <= CAPS.metadata || Buffer.byteLength(text) <= CAPS.metadata) return text;
  members.set("truncated", "true");
  const bySize = [...members]
    .map(([name, value]) => ({
      name,
      bytes: Buffer.byteLength(value),
      whole: Buffer.byteLength(name) + Buffer.byteLength(value) + 8,
    }))
    .sort((a, b) => b.whole - a.whole);
  let excess = Buffer.byteLength(text) - CAPS.metadata + 64;
  let omitted = 0;
  for (const { name, bytes, whole } of bySize) {
    if (excess <= 0) break;
    if (name === "redacted" || name === "truncated") continue;
    const stub = `{"_truncated":true,"bytes":${bytes}}`;
    if (bytes > 4 * stub.length) {
      members.set(name, stub);
      excess -= bytes - stub.length;
    } else {
      members.delete(name);
      omitted++;
      excess -= whole - 8;
    }
  }
  if (omitted > 0) members.set("omitted", `${omitted}`);
  text = objectText(members);
  return text;
}

function objectText(members: Map<string, string>): string {
  const names = [...members.keys()].sort();
  let out = "{";
  for (const name of names) out += `${out.length > 1 ? "," : ""}${JSON.stringify(name)}:${members.get(name)!}`;
  return `${out}}`;
}

// One call to the random source for 128 salts: 0.05 us each and not 2.
let pool = new Uint8Array(0);
let used = 0;

function pooledSalt(): Uint8Array {
  if (used === pool.length) {
    pool = randomFillSync(new Uint8Array(4096));
    used = 0;
  }
  const salt = pool.slice(used, used + 32);
  pool.fill(0, used, used + 32); // a salt lives in its event alone
  used += 32;
  return salt;
}
