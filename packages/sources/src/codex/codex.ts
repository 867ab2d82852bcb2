// Codex: hook payloads; the JSON that its `notify` program gets; the lines that `codex exec --json` prints, which name
// their session once, in the first line, so a reader keeps it.
import type { EventDraft, Normalised, Source } from "../event/draft.js";
import { compact, count, type Fields, field, fieldsOf, pick, text } from "../shared/fields.js";
import { normalisePayload } from "../shared/hook-payload.js";
import { execLine, isExecLine } from "./exec.js";
import { endIdentity, promptIdentity, startIdentity } from "./identity.js";

export function codex(): Source {
  let threadId: string | undefined;
  return {
    name: "codex",
    recognises: (value) => isCodexHook(value) || isNotify(value) || isExecLine(value),
    normalise(value: unknown): Normalised {
      const fields = fieldsOf(value);
      const type = text(fields, "type");
      if (type === undefined || text(fields, "hook_event_name") !== undefined) return hookPayload(fields);
      if (isNotify(value)) return notified(fields);
      if (!isExecLine(value)) return { refused: "neither a hook payload nor a line of codex exec --json" };
      if (type === "thread.started") threadId = text(fields, "thread_id");
      return execLine(fields, type, threadId);
    },
  };
}

/** A payload that nothing marks as Claude Code's, which has the same shape. */
function isCodexHook(value: unknown): boolean {
  const payload = fieldsOf(value);
  if (text(payload, "hook_event_name") === undefined) return false;
  const claudes = text(payload, "prompt_id") ?? /^toolu_/.exec(text(payload, "tool_use_id") ?? "")?.[0];
  return claudes === undefined && !/[/\\]\.claude[/\\]/.test(text(payload, "transcript_path") ?? "");
}

function isNotify(value: unknown): boolean {
  return text(fieldsOf(value), "type") === "agent-turn-complete";
}

function hookPayload(payload: Fields): Normalised {
  const normalised = normalisePayload(payload);
  if (!("events" in normalised)) return normalised;
  return { events: normalised.events.map((draft) => ({ ...draft, ...identityOf(payload, draft) })) };
}

/** Events that the session log tells too get the same identity as there. */
function identityOf(payload: Fields, draft: EventDraft): Pick<EventDraft, "dedupeKey" | "essence" | "alike"> {
  const turn = text(payload, "turn_id");
  switch (text(payload, "hook_event_name")) {
    case "SessionStart": {
      const begins = text(payload, "source") ?? "startup";
      return begins === "startup" || begins === "fork" ? startIdentity(draft.sessionId) : {};
    }
    case "UserPromptSubmit":
      return prompted(draft.sessionId, turn, text(payload, "prompt") ?? "");
    case "Stop":
      return endIdentity(draft.sessionId, turn, text(payload, "last_assistant_message"));
    default:
      return {};
  }
}

/** Without its turn, a prompt has no identity: equal ones are told apart by their time. */
function prompted(session: string | undefined, turn: string | undefined, prompt: string) {
  const identity = promptIdentity(session, turn, prompt);
  return turn === undefined ? { alike: identity.alike! } : identity;
}

/** `notify`: a turn ended. The same is said by the hook `Stop`, where hooks are on. */
function notified(fields: Fields): Normalised {
  const last = text(fields, "last-assistant-message");
  const sessionId = text(fields, "thread-id");
  const runId = text(fields, "turn-id");
  const prompts = field(fields, "input-messages");
  return {
    events: [
      {
        type: "agent.end",
        description: "agent turn complete",
        metadata: compact({
          success: true,
          origin: "notify",
          ...pick(fields, ["client", "cwd"]),
          prompts: Array.isArray(prompts) ? prompts : undefined,
          promptsCount: count(prompts),
          responseLength: last?.length,
        }),
        sealable: { prompts: "prompt" },
        ...(sessionId === undefined ? {} : { sessionId }),
        ...(runId === undefined ? {} : { runId }),
        content: last,
        ...endIdentity(sessionId, runId, last),
      },
    ],
  };
}
