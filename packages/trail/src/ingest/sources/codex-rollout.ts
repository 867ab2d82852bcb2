// Codex's session log ("rollout"): the exit codes and durations that its hooks do not tell. Each finished call becomes a
// `tool.result` with `origin: "rollout"`, joined with the hook's events by `toolCallId`; what the log says beyond that
// repeats the hooks or is context, and is counted as duplicate.
import type { EventDraft, Normalised, Source } from "../../event/draft.js";
import { isoTime } from "../../event/time.js";
import { type Fields, field, fieldsOf, number, text } from "../fields.js";
import { toolResult } from "../toolcall.js";
import { toolItem } from "./codex-items.js";

export function codexRollout(): Source {
  let sessionId: string | undefined;
  let turnId: string | undefined;
  return {
    name: "codex",
    normalise(value: unknown): Normalised {
      const line = fieldsOf(value);
      const type = text(line, "type");
      if (type === undefined) return { refused: "no type: not a line of a Codex session log" };
      const payload = fieldsOf(field(line, "payload"));
      if (type === "session_meta") sessionId = text(payload, "session_id", "id");
      if (type === "turn_context") turnId = text(payload, "turn_id");
      const draft = callOf(type, payload);
      if (draft === undefined) return { skipped: "told-by-hooks" };
      const session = text(payload, "thread_id") ?? sessionId;
      const run = text(payload, "turn_id") ?? turnId;
      const occurredAt = isoTime(number(payload, "completed_at_ms") ?? field(line, "timestamp"));
      const callId = draft.metadata?.toolCallId;
      return {
        events: [
          {
            ...draft,
            ...(session === undefined ? {} : { sessionId: session }),
            ...(run === undefined ? {} : { runId: run }),
            ...(occurredAt === undefined ? {} : { occurredAt }),
            // One call is told by up to three lines; the first one, the fullest, counts.
            ...(typeof callId === "string"
              ? { dedupeKey: JSON.stringify(["rollout", session ?? null, callId]), essence: null }
              : {}),
          },
        ],
      };
    },
  };
}

function callOf(type: string, payload: Fields): EventDraft | undefined {
  const kind = text(payload, "type");
  if (type === "event_msg" && kind === "item_completed") {
    return toolItem(fieldsOf(field(payload, "item")), "rollout", false);
  }
  // Older versions.
  if (type === "event_msg" && kind === "exec_command_end") {
    return toolItem({ ...payload, type: "command_execution" }, "rollout", false);
  }
  if (type === "response_item" && (kind === "function_call_output" || kind === "custom_tool_call_output"))
    return callOutput(payload);
  return undefined;
}

/** Only an output that names an exit code says more than the hook did. */
function callOutput(payload: Fields): EventDraft | undefined {
  const output = text(payload, "output") ?? text(fieldsOf(field(payload, "output")), "content") ?? "";
  const exit = /^(?:Process exited with code|Exit code:) (-?\d{1,10})$/m.exec(output.slice(0, 4_000));
  if (exit === null) return undefined;
  return toolResult({
    toolCallId: text(payload, "call_id"),
    exitCode: Number(exit[1]),
    content: output,
    more: { origin: "rollout" },
  });
}
