// Identities and essences that a hook and a session file of Claude Code share, so that two records of one event are recognised:
// both hold the same ids of calls and prompts, the same arguments and the same results.
import { hash } from "node:crypto";
import type { EventDraft } from "../event/draft.js";
import { fieldsOf, text } from "../shared/fields.js";
import type { ToolCall } from "../shared/tool-call.js";

/** The host makes a random id for each prompt. A forked session begins with a copy of the lines, with the same prompt ids. */
export function promptIdentity(promptId: string): string {
  return JSON.stringify(["prompt", promptId]);
}

/** The text by which a prompt is found where hook or session file does not name its id. */
export function promptAlike(words: string): string {
  return JSON.stringify(["prompt", hash("sha256", words, "base64url")]);
}

export function invokedEssence(call: ToolCall): unknown {
  return [call.toolName ?? null, call.args ?? null];
}

export function outcomeEssence(outcome: EventDraft): unknown {
  const { toolName = null, args = null, error = null } = outcome.metadata ?? {};
  return [outcome.type, toolName, args, error, outcome.content ?? null];
}

/** The identity of a prompt that a live hook tells. The session file holds the same prompt id. */
export function liveIdentity(payload: unknown): Pick<EventDraft, "dedupeKey" | "essence"> {
  const members = fieldsOf(payload);
  const promptId = text(members, "prompt_id");
  if (text(members, "hook_event_name") !== "UserPromptSubmit" || promptId === undefined) return {};
  return { dedupeKey: promptIdentity(promptId), essence: [text(members, "prompt") ?? ""] };
}
