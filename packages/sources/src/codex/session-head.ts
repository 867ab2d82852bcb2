// The first line of a session log: which host began which session, where, and out of which other one.
import type { EventDraft } from "../event/draft.js";
import { compact, type Fields, field, fieldsOf, pick, text } from "../shared/fields.js";
import { startIdentity } from "./identity.js";

export function sessionStarted(payload: Fields, id: string, forkedFrom: string | undefined): EventDraft {
  const source = field(payload, "source");
  const spawn = fieldsOf(field(fieldsOf(field(fieldsOf(source), "subagent")), "thread_spawn"));
  const root = text(payload, "session_id");
  return {
    type: "session.start",
    description: forkedFrom === undefined ? "session started" : "session started as a fork",
    metadata: compact({
      ...pick(payload, [
        "cwd",
        "originator",
        "cli_version>hostVersion",
        "model_provider>provider",
        "thread_source>threadSource",
      ]),
      hostSource: typeof source === "string" ? source : Object.keys(fieldsOf(source))[0],
      forkedFrom,
      parentSession: text(payload, "parent_thread_id") ?? text(spawn, "parent_thread_id"),
      rootSession: root === id ? undefined : root,
      ...pick(spawn, ["agent_nickname>agentName", "agent_role>agentType", "depth"]),
      ...pick(fieldsOf(field(payload, "git")), ["commit_hash>commit", "branch"]),
    }),
    // The same identity as the hook SessionStart of a new session.
    ...startIdentity(id),
  };
}
