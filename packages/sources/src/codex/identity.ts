// Identities that Codex's hooks, `notify` and the session log share for the same event: the turn, and the text.
import { hash } from "node:crypto";
import type { EventDraft } from "../event/draft.js";

type Identity = Pick<EventDraft, "dedupeKey" | "essence" | "alike">;

/** A session that begins. */
export function startIdentity(session: string | undefined): Identity {
  return session === undefined
    ? {}
    : { dedupeKey: JSON.stringify([session, "start"]), essence: "start", alike: "start" };
}

export function promptIdentity(session: string | undefined, turn: string | undefined, prompt: string): Identity {
  return said(session, turn, "prompt", prompt);
}

/** The end of a turn, with the last message. */
export function endIdentity(session: string | undefined, turn: string | undefined, last: string | undefined): Identity {
  const identity = said(session, turn, "end", last ?? "");
  return turn === undefined ? { alike: identity.alike! } : identity;
}

/**
 * The text is part of the identity, so that another text in the same turn is not marked as a reused id. Where one of the two
 * records does not name the turn, the event is found by session and text.
 */
export function said(session: string | undefined, turn: string | undefined, what: string, text: string): Identity {
  const print = hash("sha256", text, "base64url");
  return {
    dedupeKey: JSON.stringify([session ?? null, turn ?? null, what, print]),
    essence: print,
    alike: JSON.stringify([what, print]),
  };
}
