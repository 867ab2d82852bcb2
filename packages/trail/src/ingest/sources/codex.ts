// Codex: hook payloads; the JSON that its `notify` program gets; the lines that `codex exec --json` prints, which name
// their session once, in the first line, so a reader keeps it.
import type { Normalised, Source } from "../../event/draft.js";
import { compact, count, field, fieldsOf, pick, text } from "../fields.js";
import { execLine } from "./codex-exec.js";
import { normalisePayload } from "./hook-payload.js";

export function codex(): Source {
  let threadId: string | undefined;
  return {
    name: "codex",
    normalise(value: unknown): Normalised {
      const fields = fieldsOf(value);
      const type = text(fields, "type");
      if (type === undefined || text(fields, "hook_event_name") !== undefined) return normalisePayload(value);
      if (type === "agent-turn-complete") return notified(value);
      if (type === "thread.started") threadId = text(fields, "thread_id");
      return execLine(fields, type, threadId);
    },
  };
}

/** `notify`: a turn ended. The same is said by the hook `Stop`, where hooks are on. */
function notified(value: unknown): Normalised {
  const fields = fieldsOf(value);
  const last = text(fields, "last-assistant-message");
  const sessionId = text(fields, "thread-id");
  const runId = text(fields, "turn-id");
  return {
    events: [
      {
        type: "agent.end",
        description: "agent turn complete",
        metadata: compact({
          success: true,
          origin: "notify",
          ...pick(fields, ["client", "cwd"]),
          promptsCount: count(field(fields, "input-messages")),
          responseLength: last?.length,
        }),
        ...(sessionId === undefined ? {} : { sessionId }),
        ...(runId === undefined ? {} : { runId, dedupeKey: JSON.stringify(["notify", sessionId ?? null, runId]) }),
        content: last,
      },
    ],
  };
}
