// Whether a prompt is the host's own: a notice that a background task has ended, a wake-up, a poll. Nobody typed it.
import { type Fields, field, fieldsOf, text } from "../shared/fields.js";

/** `source` of the hook and `promptSource` of the session file. */
const HOST_SOURCES = new Set(["system", "loop_wakeup", "schedule_wakeup", "poll_event"]);

export function isHostGenerated(from: Fields, words: string): boolean {
  const source = text(from, "promptSource", "source");
  if (source !== undefined) return HOST_SOURCES.has(source);
  const origin = text(fieldsOf(field(from, "origin")), "kind");
  if (origin !== undefined) return origin !== "human";
  // The hook often lacks `source`; such a notice is one element from end to end.
  const trimmed = words.trim();
  return trimmed.startsWith("<task-notification>") && trimmed.endsWith("</task-notification>");
}
