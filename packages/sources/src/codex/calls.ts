// The model's own calls and their answers in a session log (`function_call`, `function_call_output` and their kin), in the
// shape that Codex's hooks give them, so that a call is one event whether a hook or the log tells it.
import { type Fields, field, fieldsOf, pick, text } from "../shared/fields.js";
import { commandOf } from "./items.js";

const SHELLS = new Set(["exec_command", "shell", "shell_command", "container.exec", "local_shell", "unified_exec"]);

/** What was asked for, by the names of the hooks. `request`: arguments that a hook does not show. */
export interface Asked {
  toolName: string;
  args: unknown;
  request?: unknown;
  /** The host runs it itself, so an answer without a head is the host's own text. */
  byHost: boolean;
}

export function askedFor(payload: Fields): Asked | undefined {
  switch (text(payload, "type")) {
    case "function_call":
      return functionCall(nameOf(payload), parsed(field(payload, "arguments")));
    case "custom_tool_call": {
      const name = nameOf(payload);
      const input = field(payload, "input");
      return name === "apply_patch"
        ? { toolName: name, args: { command: input }, byHost: true }
        : { toolName: name, args: { input }, byHost: false };
    }
    case "local_shell_call": {
      const action = fieldsOf(field(payload, "action"));
      const { command: _, type: __, ...request } = action;
      return withRequest(
        { toolName: "Bash", args: { command: commandOf(field(action, "command")) }, byHost: true },
        request,
      );
    }
    case "tool_search_call":
      return { toolName: "tool_search", args: parsed(field(payload, "arguments")), byHost: true };
    default:
      return undefined;
  }
}

function functionCall(name: string, args: unknown): Asked {
  const fields = fieldsOf(args);
  if (SHELLS.has(name)) {
    const { cmd: _, command: __, ...request } = fields;
    const command = commandOf(field(fields, "cmd") ?? field(fields, "command") ?? args);
    return withRequest({ toolName: "Bash", args: { command }, byHost: true }, request);
  }
  if (name === "apply_patch") {
    return {
      toolName: name,
      args: { command: field(fields, "input") ?? field(fields, "patch") ?? args },
      byHost: true,
    };
  }
  return { toolName: name, args, byHost: HOST_TOOLS.has(name) };
}

/** Tools that are the host's own: no server answers for them. */
const HOST_TOOLS = new Set(
  "write_stdin,update_plan,view_image,request_user_input,request_permissions,tool_search,spawn_agent,send_input,wait,wait_agent,close_agent,resume_agent".split(
    ",",
  ),
);

function withRequest(asked: Asked, request: Fields): Asked {
  return Object.keys(request).length === 0 ? asked : { ...asked, request };
}

/** MCP tools stand under `namespace` and `name` in newer versions, and as `mcp__server__tool` in all others. */
function nameOf(payload: Fields): string {
  const name = text(payload, "name") ?? "unknown";
  const space = text(payload, "namespace");
  // Some models write this namespace for the host's own tools.
  if (space === "functions" || space === "functions.") return name;
  if (space === undefined || name.startsWith(space)) return name;
  return space.endsWith("__") ? `${space}${name}` : `${space}__${name}`;
}

/** Arguments are JSON in a string. A string that is no JSON is kept as it is. */
function parsed(args: unknown): unknown {
  if (typeof args !== "string") return args;
  try {
    return JSON.parse(args);
  } catch {
    return args;
  }
}

/** The text of an answer: a string, `{content}`, or a list of parts. */
export function answerOf(payload: Fields): string | undefined {
  const output = field(payload, "output") ?? field(payload, "result");
  if (typeof output === "string") return output;
  const parts = Array.isArray(output) ? output : field(fieldsOf(output), "content");
  if (typeof parts === "string") return parts;
  if (!Array.isArray(parts)) return undefined;
  return parts.map((part) => text(fieldsOf(part), "text") ?? "").join("\n");
}

export function callIdOf(payload: Fields): string | undefined {
  return text(payload, "call_id") ?? text(payload, "id");
}

/** The thread that an answer of `spawn_agent` names. */
export function spawnedIn(answer: string): { childSession: string; more: Record<string, unknown> } | undefined {
  const value = fieldsOf(parsed(answer));
  const childSession = text(value, "agent_id", "thread_id", "agent_thread_id");
  return childSession === undefined
    ? undefined
    : { childSession, more: pick(value, ["nickname>agentName", "task_name>label"]) };
}
