// Older versions write two events for a call: one when it begins, one when it ends.
import type { EventDraft } from "../event/draft.js";
import { type Fields, text } from "../shared/fields.js";
import { toolItem } from "./items.js";
import { ORIGIN } from "./told.js";

export interface Paired {
  readonly isBegin: boolean;
  /** Undefined where the event says nothing of a call. */
  readonly drafts: EventDraft[] | undefined;
}

/** Undefined for an event of another kind. */
export function pairedEvent(payload: Fields, kind: string): Paired | undefined {
  const type = Object.hasOwn(KINDS, kind) ? KINDS[kind]! : undefined;
  if (type !== undefined) {
    const isBegin = /_(?:begin|request)$/.test(kind);
    const item = { ...payload, type };
    return { isBegin, drafts: toolItem(isBegin ? item : withOutput(item), ORIGIN, isBegin) };
  }
  const parts = /^collab_(?:agent_)?(\w{1,40}?)_(begin|end)$/.exec(kind);
  if (parts === null) return undefined;
  const isBegin = parts[2] === "begin";
  const tool = Object.hasOwn(COLLAB, parts[1]!) ? COLLAB[parts[1]!] : parts[1]!;
  return { isBegin, drafts: toolItem({ ...payload, type: "collab_tool_call", tool }, ORIGIN, isBegin) };
}

const KINDS: Readonly<Record<string, string>> = {
  exec_command_begin: "command_execution",
  exec_command_end: "command_execution",
  patch_apply_begin: "file_change",
  patch_apply_end: "file_change",
  mcp_tool_call_begin: "mcp_tool_call",
  mcp_tool_call_end: "mcp_tool_call",
  dynamic_tool_call_request: "dynamic_tool_call",
  dynamic_tool_call_response: "dynamic_tool_call",
};

const COLLAB: Readonly<Record<string, string>> = {
  spawn: "spawn_agent",
  interaction: "send_input",
  waiting: "wait",
  close: "close_agent",
  resume: "resume_agent",
};

/** The output of a command has two names. */
function withOutput(item: Fields): Fields {
  return { ...item, aggregated_output: text(item, "aggregated_output", "formatted_output") };
}
