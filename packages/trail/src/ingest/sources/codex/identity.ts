// By what the hooks, `notify` and the session log of Codex name the same event: the turn, and what was said in it.
import { hash } from "node:crypto";
import type { EventDraft } from "../../../event/draft.js";

type Identity = Pick<EventDraft, "dedupeKey" | "essence">;

/** A session that begins. */
export function startIdentity(session: string | undefined): Identity {
  return session === undefined ? {} : { dedupeKey: JSON.stringify([session, "start"]), essence: "start" };
}

export function promptIdentity(session: string | undefined, turn: string | undefined, prompt: string): Identity {
  return said(session, turn, "prompt", prompt);
}

/** The end of a turn, with the last message. */
export function endIdentity(session: string | undefined, turn: string | undefined, last: string | undefined): Identity {
  return turn === undefined ? {} : said(session, turn, "end", last ?? "");
}

/** The text is part of the identity: another text in the same turn is no reuse of an id. */
export function said(session: string | undefined, turn: string | undefined, what: string, text: string): Identity {
  const print = hash("sha256", text, "base64url");
  return {
    dedupeKey: JSON.stringify([session ?? null, turn ?? null, what, print]),
    essence: print,
  };
}
