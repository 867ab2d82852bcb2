// The last step before the log: redaction, caps and sealing. What comes out is safe to write and canonical;
// only what needs the lock is missing. Never throws on content.
import { randomFillSync } from "node:crypto";
import {
  addAll,
  type Cut,
  cleanLine,
  cut,
  MOST_PLACES,
  type RedactionPolicy,
  redactText,
  type Secret,
  ValueWriter,
  Work,
} from "@sealtrail/redact";
import type { EventDraft, EventSource, Sealable } from "@sealtrail/sources/event";
import { categoryOf, isoTime } from "@sealtrail/sources/event";
import { type FieldsWith, fieldNames, sealed } from "@sealtrail/verify/event";
import { metadataWithoutBulk, withoutBulk } from "./bulk.js";
import { commitments, cutsText } from "./commitments.js";
import { storedId } from "./ids.js";
import type { PreparedEvent } from "./prepared.js";
import { boundSalt, pack } from "./stored-content.js";
import { SHORT, STRUCTURAL } from "./structural.js";

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

/** Source, redaction policy and identity of a draft. @public */
export interface PrepareOptions {
  source: EventSource;
  redaction: RedactionPolicy;
  /** Who and for whom, where the host does not say it: from config, environment, in that order. */
  userId?: string;
  orgId?: string;
  /**
   * The trail's secret: an id that cannot be shown becomes a digest under it, the same for the same id. Asked for only when
   * there is such an id.
   */
  secret?: () => Uint8Array | undefined;
  /** 32 fresh secret bytes; `randomBytes` in short runs, from a pool in long ones. */
  salt?: () => Uint8Array;
}

const encoder = new TextEncoder();
const idNames = fieldNames<FieldsWith<{ kind: "id" }>>(({ kind }) => kind === "id");

/**
 * Throws a TypeError when the draft's type is not `category.action` of a known category: an adapter's mistake.
 *
 * @public
 */
export function prepare(draft: EventDraft, options: PrepareOptions): PreparedEvent {
  const category = categoryOf(draft.type);
  if (category === undefined) throw new TypeError(`type: ${JSON.stringify(draft.type)} is no category.action`);
  const { redaction } = options;
  const work = new Work();
  const salt = (options.salt ?? pooledSalt)();
  const content = contentOf(draft, category, redaction, salt, work);
  const contentSalt = content?.packed === undefined ? salt : boundSalt(salt, content.packed);
  const writer = new ValueWriter({
    redactText,
    patterns: redaction.patterns,
    work,
    maxString: CAPS.metadataString,
    budget: CAPS.metadata * 16,
  });
  const secrets: Secret[] = [];
  const cuts: Cut[] = [];

  const event: PreparedEvent = {
    type: draft.type,
    category,
    source: options.source,
    description: describe(draft, redaction, secrets),
    metadata: "",
    contentSalt,
  };
  const ids = { userId: draft.userId ?? options.userId, orgId: draft.orgId ?? options.orgId };
  for (const name of idNames) {
    const id = name === "userId" || name === "orgId" ? ids[name] : draft[name];
    if (typeof id !== "string" || id === "") continue;
    const stored = storedId(id, { patterns: redaction.patterns, most: CAPS.id, secret: options.secret });
    if (stored !== "") event[name] = stored;
  }
  const occurredAt = draft.occurredAt === undefined ? undefined : isoTime(draft.occurredAt);
  if (occurredAt !== undefined) event.occurredAt = occurredAt;

  const sealedData = (text: string) => sealed(contentSalt, encoder.encode(text));
  const members = writer.members(metadataWithoutBulk(draft.metadata ?? {}, sealedData));
  addAll(secrets, writer.secrets);
  addAll(cuts, writer.cuts);
  if (content !== undefined) {
    addAll(secrets, content.secrets);
    addAll(cuts, content.cuts);
    if (content.truncated) writer.truncated = true;
    event.contentLength = content.length;
    event.content = content.bytes;
    if (content.packed !== undefined) event.packed = content.packed;
  }
  const hidden = sealMembers(members, draft, category, redaction, contentSalt);
  if (secrets.length > 0) {
    members.set("redacted", `${secrets.length}`);
    members.set("redactions", commitments(secrets, contentSalt, hidden));
  }
  if (cuts.length > 0) members.set("cut", cutsText(cuts, contentSalt, hidden));
  event.metadata = metadataText(members, writer.truncated, contentSalt);
  return event;
}

/** `description`, and `detail` behind it where that may be shown. */
function describe(draft: EventDraft, redaction: RedactionPolicy, secrets: Secret[]): string {
  const shown = redactLine(draft.description ?? draft.type, redaction, secrets);
  const { detail } = draft;
  if (detail === undefined || detail.text === "" || isSealed(detail.kind, redaction))
    return cut(shown, CAPS.description);
  let text = detail.text;
  if (text.length > 2_000) {
    // Cut where white space stands: half a secret would not be known for one.
    text = text.slice(0, 2_000);
    text = text.slice(0, Math.max(0, lastBlank(text)));
  }
  const piece = redactLine(text, redaction, secrets, detail.kind === "args" ? "command" : undefined);
  return cut(piece === "" ? shown : `${shown}: ${piece}`, CAPS.description);
}

/** A text as one line of a description. The member that the text was taken from is masked on its own. */
function redactLine(text: string, redaction: RedactionPolicy, secrets: Secret[], reading?: "command"): string {
  const safe = redactText(text, redaction.patterns, reading);
  for (const secret of safe.secrets ?? []) secrets.push({ ...secret, at: "description" });
  return cleanLine(safe.text);
}

function lastBlank(text: string): number {
  let at = text.length - 1;
  while (at >= 0 && !/\s/.test(text[at]!)) at--;
  return at;
}

interface StoredContent {
  bytes: Uint8Array;
  packed?: Uint8Array | undefined;
  /** Bytes before the cap. */
  length: number;
  secrets: Secret[];
  cuts: Cut[];
  truncated: boolean;
}

/**
 * The content as it is stored. The salt is bound to the packed form, so content that holds a hash under the salt is not packed.
 */
function contentOf(
  draft: EventDraft,
  category: string,
  redaction: RedactionPolicy,
  salt: Uint8Array,
  work: Work,
): StoredContent | undefined {
  if (draft.content === undefined || draft.content === null) return undefined;
  let hangsOnSalt = false;
  const seal = (bytes: Uint8Array) => {
    hangsOnSalt = true;
    return sealed(salt, bytes);
  };
  const bare = withoutBulk(draft.content, (text) => seal(encoder.encode(text)));
  const content = storedContent(bare, redaction, work);
  const kind = draft.contentKind ?? (category === "tool" ? "result" : "prompt");
  if (isSealed(kind, redaction)) return { ...content, bytes: encoder.encode(seal(content.bytes)) };
  return { ...content, packed: hangsOnSalt ? undefined : pack(content.bytes) };
}

function storedContent(content: unknown, redaction: RedactionPolicy, work: Work): StoredContent {
  const at = "content";
  const secrets: Secret[] = [];
  const cuts: Cut[] = [];
  let truncated = false;
  let text: string;
  if (typeof content === "string") {
    const redacted = redactText(content, redaction.patterns, undefined, work);
    addAll(secrets, placed(redacted.secrets ?? [], at));
    text = redacted.text;
  } else {
    const json = new ValueWriter({
      redactText,
      patterns: redaction.patterns,
      work,
      maxString: Number.POSITIVE_INFINITY,
      budget: CAPS.content * 24,
    });
    text = json.write(content) ?? "";
    addAll(secrets, placed(json.secrets, at));
    for (const { at: inner, whole } of json.cuts) cuts.push({ at: below(at, inner), whole });
    truncated = json.truncated;
  }
  const bytes = encoder.encode(text);
  const { length } = bytes;
  if (length <= CAPS.content) return { bytes, length, secrets, cuts, truncated };
  cuts.push({ at, whole: typeof content === "string" ? content : text });
  let end: number = CAPS.content;
  while ((bytes[end]! & 0xc0) === 0x80) end--; // never half a character
  return { bytes: bytes.slice(0, end), length, secrets, cuts, truncated: true };
}

/** Puts the member's name in front of the places, as far as places are listed. */
function placed(secrets: readonly Secret[], at: string): Secret[] {
  return secrets.map((secret, i) => (i < MOST_PLACES ? { ...secret, at: below(at, secret.at) } : secret));
}

function below(at: string, inner: string | undefined): string {
  return inner === undefined || inner === "" ? at : inner.startsWith("[") ? `${at}${inner}` : `${at}.${inner}`;
}

/** Whether text of that kind, or of any of several, is kept as a hash only. */
function isSealed(kind: Sealable, { sealed }: RedactionPolicy): boolean {
  return typeof kind === "string" ? sealed[kind] : kind.some((one) => sealed[one]);
}

/**
 * Seals the members whose kind is to be sealed. Returns their names: the lists of masks and cuts must not name anything inside
 * them.
 */
function sealMembers(
  members: Map<string, string>,
  draft: EventDraft,
  category: string,
  redaction: RedactionPolicy,
  contentSalt: Uint8Array,
): ReadonlySet<string> {
  const hidden = new Set<string>();
  const { prompt, args, result } = redaction.sealed;
  if (!prompt && !args && !result) return hidden;
  for (const name of [...members.keys()]) {
    const kind = draft.sealable?.[name] ?? kindOf(name, members.get(name)!, category);
    if (kind === undefined || !isSealed(kind, redaction)) continue;
    if (sealMember(members, name, contentSalt)) hidden.add(name);
  }
  return hidden;
}

const ANY: Sealable = ["prompt", "args", "result"];

/** The kind of a member that its source did not classify. */
function kindOf(name: string, text: string, category: string): Sealable | undefined {
  if (name === "args") return "args";
  // A tool's error text is part of its result.
  if (name === "error" && category === "tool") return "result";
  if (STRUCTURAL.has(name)) return undefined;
  return SHORT.has(name) && /^"[\w.:/@-]{1,64}"$/.test(text) && category !== "tool" ? undefined : ANY;
}

/** The member becomes `sealed:<hex>` over its RFC 8785 text; its length in bytes stays beside it. Numbers and flags stay. */
function sealMember(members: Map<string, string>, name: string, contentSalt: Uint8Array): boolean {
  const text = members.get(name)!;
  if (!/^["[{]/.test(text)) return false;
  const bytes = encoder.encode(text);
  members.set(name, JSON.stringify(sealed(contentSalt, bytes)));
  members.set(`${name}Length`, `${bytes.length}`);
  return true;
}

/** Members that say what was left out: they are never left out themselves. */
const KEPT = new Set(["redacted", "redactions", "truncated", "cut"]);

/** RFC 8785 text of the metadata. Over the cap the largest members go first, and it says so. */
function metadataText(members: Map<string, string>, truncated: boolean, contentSalt: Uint8Array): string {
  if (truncated) members.set("truncated", "true");
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
  for (const { name, bytes, whole: size } of bySize) {
    if (excess <= 0) break;
    if (KEPT.has(name)) continue;
    const whole = sealed(contentSalt, encoder.encode(members.get(name)!));
    const stub = `{"_truncated":true,"bytes":${bytes},"sealed":"${whole}"}`;
    if (bytes > 4 * stub.length) {
      members.set(name, stub);
      excess -= bytes - stub.length;
    } else {
      members.delete(name);
      omitted++;
      excess -= size - 8;
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
