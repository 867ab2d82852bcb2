// Where a host event goes that our table does not know: the nearest category, and an action named after it. Nothing a
// host says is dropped because we have not heard of it.

import { redactText } from "@sealtrail/redact";
import { type Category, snakeCase } from "../event/categories.js";

const NEAREST: readonly (readonly [RegExp, Category])[] = [
  [/^subagent|agent_/, "agent"],
  [/tool|permission|exec/, "tool"],
  [/prompt|model|llm/, "prompt"],
  [/message|reply|inbound|dispatch|notification|elicitation|channel/, "message"],
  [/session|cwd/, "session"],
  [/cron|schedule/, "cron"],
  [/gateway/, "gateway"],
  [/config|skill|instructions|directory/, "config"],
  [/security|scan/, "security"],
];

/** The full type for a host event of any name: `model_call_ended` -> `prompt.model_call_ended`. */
export function fallbackType(hostName: string): string {
  const action = snakeCase(redactText(hostName.slice(0, 500)).text); // a name is the host's word as all else is
  for (const [pattern, category] of NEAREST) if (pattern.test(action)) return `${category}.${action}`;
  return `agent.${action}`;
}
