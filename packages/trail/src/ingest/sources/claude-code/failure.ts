// What is told of a call that ran and failed. A shell's exit code stands in the text alone: `Exit code 3`, then what the
// command said.
import { firstLine } from "../../fields.js";
import type { ToolCall } from "../../toolcall.js";

export function failure(said: string, toolName?: string): Pick<ToolCall, "exitCode" | "error" | "content"> {
  // A server of another maker may begin its words as it likes.
  const exit = toolName?.startsWith("mcp__") === true ? null : /^Exit code (-?\d{1,10})(?:\r?\n|$)/.exec(said);
  if (exit !== null) return { exitCode: Number(exit[1]), error: `Exit code ${exit[1]}`, content: said };
  return { error: firstLine(said) || "failed", content: said };
}
