// What makes two records of Claude Code the same event: hooks and session files name calls and prompts by the same ids, and
// agree on what was asked for and on what came back.
import type { EventDraft } from "../../../event/draft.js";
import { fieldsOf, text } from "../../fields.js";
import type { ToolCall } from "../../toolcall.js";

/** A prompt id is the host's, random, and stays in the copy that a forked session begins with. */
export function promptIdentity(promptId: string): string {
  return JSON.stringify(["prompt", promptId]);
}

export function invokedEssence(call: ToolCall): unknown {
  return [call.toolName ?? null, call.args ?? null];
}

export function outcomeEssence(outcome: EventDraft): unknown {
  const { toolName = null, args = null, error = null } = outcome.metadata ?? {};
  return [outcome.type, toolName, args, error, outcome.content ?? null];
}

/** Of a prompt that a hook tells as it happens: the session file tells it under the same id. */
export function liveIdentity(payload: unknown): Pick<EventDraft, "dedupeKey" | "essence"> {
  const members = fieldsOf(payload);
  const promptId = text(members, "prompt_id");
  if (text(members, "hook_event_name") !== "UserPromptSubmit" || promptId === undefined) return {};
  return { dedupeKey: promptIdentity(promptId), essence: [text(members, "prompt") ?? ""] };
}
