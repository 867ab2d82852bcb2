// A payload of Claude Code's hook, as the runs that only load the hook send it.

/** PostToolUse with a result of 2,000 characters; `id` names the call. */
export function hookPayload(session: string, id: string): string {
  return JSON.stringify({
    session_id: session,
    cwd: "/ws",
    hook_event_name: "PostToolUse",
    tool_name: "Bash",
    tool_input: { command: `echo ${id}` },
    tool_response: { stdout: "x".repeat(2000), stderr: "", interrupted: false },
    tool_use_id: id,
  });
}
