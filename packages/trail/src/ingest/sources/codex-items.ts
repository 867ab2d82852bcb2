// Items of a Codex turn: commands, file changes, MCP calls. `codex exec --json` prints them in snake_case, the session log
// ("rollout") writes them in PascalCase types; both carry the exit code that Codex's hooks lack.
import type { EventDraft } from "../../event/draft.js";
import { compact, contentOf, count, errorText, type Fields, field, fieldsOf, number, pick, text } from "../fields.js";
import { toolInvoked, toolResult } from "../toolcall.js";

/** `CommandExecution` and `command_execution` are one kind. */
export function itemKind(item: Fields): string {
  return (text(item, "type") ?? "")
    .slice(0, 64)
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** A tool item as an event; undefined for an item that is no tool call. */
export function toolItem(item: Fields, origin: string, started: boolean): EventDraft | undefined {
  const kind = itemKind(item);
  const status = text(item, "status");
  const exitCode = number(item, "exit_code");
  const failed = exitCode === undefined && (status === "failed" || status === "declined");
  const shared = {
    toolCallId: text(item, "id", "call_id"),
    durationMs: durationOf(field(item, "duration")) ?? number(item, "duration_ms"),
    error: errorText(field(item, "error")) ?? (failed ? status : undefined),
    more: compact({ origin, status }),
  };
  const made = started ? toolInvoked : toolResult;
  switch (kind) {
    case "command_execution":
      return made({
        ...shared,
        toolName: "Bash", // the name that Codex's hooks give its shell
        args: { command: commandOf(field(item, "command")) },
        ...(started ? {} : { exitCode, content: text(item, "aggregated_output") }),
        more: compact({ ...shared.more, ...pick(item, ["cwd", "source>commandSource"]) }),
      });
    case "file_change":
      return made({
        ...shared,
        toolName: "apply_patch",
        args: { changes: field(item, "changes") },
        more: compact({ ...shared.more, changesCount: count(field(item, "changes")) }),
      });
    case "mcp_tool_call": {
      const server = text(item, "server") ?? "unknown";
      const result = fieldsOf(field(item, "result"));
      return made({
        ...shared,
        toolName: `mcp__${server}__${text(item, "tool") ?? "unknown"}`,
        args: field(item, "arguments"),
        ...(started ? {} : { content: contentOf(field(result, "content") ?? field(item, "result")) }),
      });
    }
    case "web_search":
      return made({ ...shared, toolName: "web_search", args: pick(item, ["query"]) });
    default:
      return undefined;
  }
}

/** `["/bin/bash", "-lc", "echo hi"]` and `/bin/bash -lc 'echo hi'` are both what the model asked for: `echo hi`. */
function commandOf(command: unknown): unknown {
  if (!Array.isArray(command)) return command ?? "";
  const words = command.filter((word): word is string => typeof word === "string");
  return words.length === 3 && /^-\w*c$/.test(words[1]!) ? words[2] : words.join(" ");
}

function durationOf(duration: unknown): number | undefined {
  const fields = fieldsOf(duration);
  const secs = number(fields, "secs");
  return secs === undefined ? undefined : Math.round(secs * 1000 + (number(fields, "nanos") ?? 0) / 1e6);
}
