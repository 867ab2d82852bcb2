// Items of a Codex turn: commands, file changes, MCP calls, agents. `codex exec --json` prints them in snake_case; the session
// log ("rollout") writes them with PascalCase types, and as events of their own in older versions.
import type { EventDraft } from "../event/draft.js";
import {
  compact,
  contentOf,
  count,
  errorText,
  type Fields,
  field,
  fieldsOf,
  firstLine,
  number,
  pick,
  text,
} from "../shared/fields.js";
import {
  type Denial,
  type ToolCall,
  toolCancelled,
  toolDenied,
  toolInvoked,
  toolResult,
  toolUnknown,
} from "../shared/tool-call.js";
import { refusalOf } from "./words.js";

/** `CommandExecution` and `command_execution` are one kind. */
export function itemKind(item: Fields): string {
  return snake(text(item, "type") ?? "");
}

export function snake(name: string): string {
  return name
    .slice(0, 64)
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** A tool item as events; undefined for an item that is no tool call. */
export function toolItem(item: Fields, origin: string, started: boolean): EventDraft[] | undefined {
  const call = callOf(item, itemKind(item), origin);
  if (call === undefined) return undefined;
  const spawned = started ? undefined : spawnedAgent(item);
  return [started ? toolInvoked(asked(call)) : ended(item, call), ...(spawned === undefined ? [] : [spawned])];
}

/** An MCP result whose structured content is not the same as its text; undefined where the text is all. */
function structured(body: Fields): unknown {
  const more = field(body, "structured_content") ?? field(body, "structuredContent") ?? undefined;
  if (more === undefined) return undefined;
  const content = contentOf(field(body, "content"));
  return content === JSON.stringify(more) ? undefined : compact({ content, structuredContent: more });
}

/** The call without its result, for an item that has only begun. */
function asked(call: ToolCall): ToolCall {
  const { toolName, toolCallId, args, more } = call;
  return { toolName, toolCallId, args, ...(more === undefined ? {} : { more }) };
}

function callOf(item: Fields, kind: string, origin: string): ToolCall | undefined {
  const status = text(item, "status");
  const shared = {
    toolCallId: text(item, "call_id", "id"),
    durationMs: durationOf(field(item, "duration")) ?? number(item, "duration_ms"),
    error: errorText(field(item, "error")),
  };
  const more = (members: Record<string, unknown> = {}) => compact({ origin, status, ...members });
  switch (kind) {
    case "command_execution":
      return {
        ...shared,
        toolName: "Bash", // the name that Codex's hooks give its shell
        args: { command: commandOf(field(item, "command")) },
        exitCode: number(item, "exit_code"),
        content: text(item, "aggregated_output") ?? bothStreams(item),
        more: more(pick(item, ["cwd", "source>commandSource", "process_id>processId"])),
      };
    case "file_change": {
      const changes = field(item, "changes");
      const said = bothStreams(item);
      return {
        ...shared,
        error: shared.error ?? (field(item, "success") === false && said !== undefined ? firstLine(said) : undefined),
        toolName: "apply_patch",
        args: { changes },
        ...(said === undefined ? {} : { content: said }),
        more: more({ changesCount: count(changes) ?? Object.keys(fieldsOf(changes)).length }),
      };
    }
    case "mcp_tool_call": {
      const invocation = fieldsOf(field(item, "invocation"));
      const from = text(invocation, "server") === undefined ? item : invocation;
      const result = fieldsOf(field(item, "result"));
      const ok = fieldsOf(field(result, "Ok"));
      const failed = errorText(field(result, "Err")) ?? shared.error;
      const body = field(result, "Ok") === undefined ? result : ok;
      const isError = field(body, "isError") === true || field(body, "is_error") === true;
      return {
        ...shared,
        toolName: `mcp__${text(from, "server") ?? "unknown"}__${text(from, "tool") ?? "unknown"}`,
        args: field(from, "arguments"),
        error: failed ?? (isError ? "the tool reported an error" : undefined),
        content:
          structured(body) ??
          contentOf(field(body, "content") ?? (failed === undefined ? (field(item, "result") ?? undefined) : failed)),
        more: more(isError ? { isError: true } : {}),
      };
    }
    case "web_search":
      return {
        ...shared,
        toolName: "web_search",
        args: compact({ ...pick(item, ["query"]), action: field(item, "action") }),
        more: more(),
      };
    case "dynamic_tool_call":
      return {
        ...shared,
        toolName: text(item, "tool"),
        args: field(item, "arguments"),
        content: contentOf(field(item, "content_items") ?? field(item, "contentItems")),
        error: shared.error ?? (field(item, "success") === false ? "failed" : undefined),
        more: more(),
      };
    case "extension": {
      // A tool that a plugin of the host brings: `web.search`.
      const { type: _, id: __, call_id: ___, kind: name, status: ____, duration: _____, error: ______, ...args } = item;
      return typeof name !== "string"
        ? undefined
        : { ...shared, toolName: name.replaceAll(".", "_"), args, more: more() };
    }
    case "collab_tool_call":
    case "collab_agent_tool_call": {
      const agents = agentsOf(item);
      return {
        ...shared,
        toolName: snake(text(item, "tool") ?? "collab"),
        args: compact({
          prompt: text(item, "prompt"),
          receivers: agents.length > 0 ? agents : undefined,
          ...pick(item, ["model"]),
        }),
        content: field(item, "agents_states") ?? field(item, "agentsStates"),
        more: more({
          ...(agents.length === 1 ? { childSession: agents[0] } : {}),
          senderSession: text(item, "sender_thread_id", "senderThreadId"),
        }),
      };
    }
    default:
      return undefined;
  }
}

/** How the item says that it ended. */
function ended(item: Fields, call: ToolCall): EventDraft {
  const status = snake(text(item, "status") ?? "");
  const denial = denialOf(item, status);
  if (denial !== undefined) return toolDenied({ ...call, exitCode: undefined }, denial);
  if (status === "interrupted" || status === "cancelled" || status === "aborted") return toolCancelled(call);
  if (status === "in_progress") return toolUnknown(call);
  // The host gives every command that ended its exit code. A command that was still running when the turn ended is printed as
  // completed without an exit code.
  if (itemKind(item) === "command_execution" && status === "completed" && call.exitCode === undefined)
    return toolUnknown(call);
  const failed = call.error === undefined && call.exitCode === undefined && status === "failed";
  return toolResult(failed ? { ...call, error: status } : call);
}

function denialOf(item: Fields, status: string): Denial | undefined {
  if (itemKind(item) === "mcp_tool_call") {
    const refused = errorText(field(fieldsOf(field(item, "result")), "Err")) ?? errorText(field(item, "error"));
    const denial = refused === undefined ? undefined : refusalOf(refused);
    if (denial !== undefined) return denial;
  }
  const declined = status === "declined" || status === "denied" || status === "rejected";
  // The host applies patches itself, so the error text of a failed patch is the host's own.
  if (!declined && itemKind(item) === "file_change" && (field(item, "success") === false || status === "failed")) {
    const refused = refusalOf(text(item, "stderr") ?? "");
    if (refused !== undefined) return refused;
  }
  // Only a declined item holds the host's words where the output would be.
  if (!declined) return undefined;
  const said = text(item, "stderr", "aggregated_output");
  const known = said === undefined ? undefined : refusalOf(said);
  return {
    ...(known ?? { deniedReason: "approval", by: "host", ...(said === undefined ? {} : { reason: firstLine(said) }) }),
    hostDeniedReason: status,
  };
}

/** The agent that this call started: the thread of its own log, and its prompt. */
function spawnedAgent(item: Fields): EventDraft | undefined {
  if (snake(text(item, "tool") ?? "") !== "spawn_agent") return undefined;
  const [childSession] = agentsOf(item);
  return childSession === undefined
    ? undefined
    : spawned({ childSession, prompt: text(item, "prompt"), more: pick(item, ["model"]) });
}

export function spawned(agent: {
  childSession: string;
  prompt?: string | undefined;
  more?: Record<string, unknown>;
}): EventDraft {
  const { childSession, prompt, more } = agent;
  return {
    type: "agent.subagent_spawned",
    description: "subagent started",
    detail: { text: prompt ?? "", kind: "prompt" },
    metadata: compact({ ...more, childSession, promptLength: prompt?.length }),
    ...(prompt === undefined ? {} : { content: prompt }),
  };
}

/** The state of an agent, where the host tells it in an item of its own. */
export function subagentActivity(item: Fields): EventDraft {
  const kind = snake(text(item, "kind") ?? "activity");
  const [childSession] = agentsOf(item);
  const started = kind === "started" || kind === "spawned";
  const ended = kind === "completed" || kind === "ended" || kind === "closed";
  return {
    type: started ? "agent.subagent_spawned" : ended ? "agent.subagent_ended" : "agent.subagent_activity",
    description: `subagent ${kind}`,
    metadata: compact({ kind, childSession, ...pick(item, ["agent_path>agentPath", "agentPath"]) }),
  };
}

/** Threads that a call of the collaboration tools names, by the member names of all versions. */
function agentsOf(item: Fields): string[] {
  for (const name of ["receiver_thread_ids", "receiverThreadIds"]) {
    const list = field(item, name);
    if (Array.isArray(list)) return list.filter((id): id is string => typeof id === "string").slice(0, 100);
  }
  const one = text(
    item,
    "new_thread_id",
    "newThreadId",
    "receiver_thread_id",
    "receiverThreadId",
    "agent_thread_id",
    "agentThreadId",
  );
  return one === undefined ? [] : [one];
}

function bothStreams(item: Fields): string | undefined {
  const streams = [text(item, "stdout"), text(item, "stderr")].filter((stream) => stream !== undefined);
  return streams.length === 0 ? undefined : streams.join("\n");
}

/** `["/bin/bash", "-lc", "echo hi"]` is what the model asked for as `echo hi`; another list of words stays one. */
export function commandOf(command: unknown): unknown {
  if (!Array.isArray(command)) return command ?? "";
  const words = command.filter((word): word is string => typeof word === "string");
  return words.length === 3 && /^-[a-z]{0,5}c$/.test(words[1]!) ? words[2] : words;
}

function durationOf(duration: unknown): number | undefined {
  const fields = fieldsOf(duration);
  const secs = number(fields, "secs");
  return secs === undefined ? undefined : Math.round(secs * 1000 + (number(fields, "nanos") ?? 0) / 1e6);
}
