// The traits by which an event is recognised: its identity, its essence, its tool call. They are taken from the draft before
// redaction and turned into keys under the trail's secret. Neither a trait nor an unkeyed hash of one is written anywhere.
import { hash } from "node:crypto";
import { type CallRole, callRole, type EventDraft, toldFromTwoSides } from "@sealtrail/sources/event";
import type { PreparedEvent } from "../event/prepared.js";
import type { DedupeKeys } from "./dedupe.js";

/** Texts only, so that they can go to another thread. */
export interface Traits {
  identity?: string;
  /** SHA-256 of the essence's text, hex; empty where no key is made of it. */
  essence: string;
  call?: { id: string; session: string | undefined; role: CallRole };
  /** `EventDraft.alike`, with the session. */
  alike?: string;
  /** `EventDraft.lineKey` */
  line?: string;
  /** The identity in each of the sessions that the event may be of. */
  elsewhere?: readonly string[];
}

/** @param isLive a hook tells the event, so it is known by its essence also where it has no identity */
export function traitsOf(draft: EventDraft, isLive = true): Traits {
  const hasKey = isLive || draft.dedupeKey !== undefined || draft.lineKey !== undefined;
  const traits: Traits = { essence: hasKey ? essenceOf(draft) : "" };
  if (draft.dedupeKey !== undefined) traits.identity = draft.dedupeKey;
  if (draft.alike !== undefined) traits.alike = JSON.stringify([draft.sessionId ?? null, draft.alike]);
  if (draft.lineKey !== undefined) traits.line = draft.lineKey;
  if (draft.sessions !== undefined && draft.dedupeKey !== undefined) {
    traits.elsewhere = identitiesIn(draft.sessions, draft.dedupeKey);
  }
  const role = callRole(draft.type);
  const id = draft.metadata?.toolCallId;
  if (role !== undefined && typeof id === "string" && id !== "") traits.call = { id, session: draft.sessionId, role };
  return traits;
}

function identitiesIn(sessions: readonly string[], identity: string): string[] {
  const [, ...rest] = JSON.parse(identity) as unknown[];
  return sessions.map((session) => JSON.stringify([session, ...rest])).filter((one) => one !== identity);
}

/** Gives the event its keys. Which ones depends on `live` and `fromLog`. */
export function keyed(event: PreparedEvent, traits: Traits, keys: DedupeKeys): PreparedEvent {
  if (traits.identity !== undefined) {
    event.dedupe = keys.ofIdentity(event.source, traits.identity, traits.essence);
    event.dedupeBy = "identity";
  } else if (event.live === true && event.fromLog !== true) {
    event.dedupe = keys.ofMoment(event.source, event.sessionId, traits.essence);
    event.dedupeBy = "moment";
  }
  if (traits.line !== undefined) event.line = keys.ofLine(event.source, traits.line, traits.essence);
  if (traits.elsewhere !== undefined) {
    event.elsewhere = Buffer.concat(
      traits.elsewhere.map((identity) => keys.ofIdentity(event.source, identity, traits.essence)),
    );
  }
  if (traits.alike !== undefined) event.alike = keys.ofAlike(event.source, traits.alike);
  if (traits.call !== undefined && toldFromTwoSides(event.source)) {
    const { id, session, role } = traits.call;
    event.call = { key: keys.ofCall(event.source, session, id), role };
  }
  return event;
}

function essenceOf(draft: EventDraft): string {
  const { essence, type, description, metadata, content, detail } = draft;
  let text: string;
  try {
    // With the type always: an `asked` event and an outcome may have the same arguments.
    text = canonical(
      essence === undefined ? [type, description, detail?.text, metadata, content] : [type, essence],
      { left: 4_000_000 },
      0,
    );
  } catch {
    // The host's value cannot be read. It gets an essence that equals no other, so that the event is recorded twice rather than
    // not at all.
    text = `unreadable ${draft.dedupeKey ?? ""} ${Math.random()} ${performance.now()}`;
  }
  return hash("sha256", text, "hex");
}

const deepest = 200;

/** JSON text with the members of objects in one order. Throws on what is too deep, too large or no JSON. */
function canonical(value: unknown, budget: { left: number }, depth: number): string {
  if (typeof value === "string") {
    budget.left -= value.length >> 4;
    return JSON.stringify(value);
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (depth > deepest || --budget.left < 0) throw new RangeError("too deep or too large");
  let out = "";
  if (Array.isArray(value)) {
    for (const item of value) out += `${out === "" ? "" : ","}${canonical(item, budget, depth + 1)}`;
    return `[${out}]`;
  }
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members).sort()) {
    const member = members[name];
    if (member === undefined) continue;
    out += `${out === "" ? "" : ","}${JSON.stringify(name)}:${canonical(member, budget, depth + 1)}`;
  }
  return `{${out}}`;
}
