// Claude Code: hook payloads, one on stdin or many in a file.
import type { Source } from "../event/draft.js";
import { fieldsOf, text } from "../shared/fields.js";
import { normalisePayload } from "../shared/hook-payload.js";
import { CLAUDE_HOOKS } from "./hooks.js";

export const claudeCode: Source = {
  name: "claude-code",
  normalise: (value) => normalisePayload(value, CLAUDE_HOOKS),
  // Codex's payloads have the same shape. One with a turn id, or with the path of a Codex session log, is Codex's.
  recognises(value) {
    const payload = fieldsOf(value);
    if (text(payload, "hook_event_name") === undefined || text(payload, "turn_id") !== undefined) return false;
    return !/[/\\]rollout-[^/\\]{1,200}\.jsonl$/.test(text(payload, "transcript_path") ?? "");
  },
};
