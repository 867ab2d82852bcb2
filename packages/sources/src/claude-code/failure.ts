// Reads the text of a call that ran and failed. The exit code of a shell command stands only there: `Exit code 3`, then the
// command's output.
import { firstLine } from "../shared/fields.js";
import type { ToolCall } from "../shared/tool-call.js";

export function failure(said: string, toolName?: string): Pick<ToolCall, "exitCode" | "error" | "content"> {
  // The text of an MCP server is the server's own and may begin with the same words.
  const exit = toolName?.startsWith("mcp__") === true ? null : /^Exit code (-?\d{1,10})(?:\r?\n|$)/.exec(said);
  if (exit !== null) return { exitCode: Number(exit[1]), error: `Exit code ${exit[1]}`, content: said };
  return { error: firstLine(said) || "failed", content: said };
}
