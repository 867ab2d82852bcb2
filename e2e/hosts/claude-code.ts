// One headless Claude Code session against the mock model: commands that succeed, fail and are refused, a read, a
// write, parallel calls and a subagent.
import { globSync } from "node:fs";
import { join } from "node:path";
import type { Finished, Scratch } from "../lib/scratch.ts";
import { anthropicMessages } from "../mock/anthropic-messages.ts";
import type { Scripts } from "../mock/server.ts";

export const CLAUDE_EVENTS = [
  "SessionStart",
  "SessionEnd",
  "UserPromptSubmit",
  "PreToolUse",
  "PostToolUse",
  "PostToolUseFailure",
  "PostToolBatch",
  "PermissionRequest",
  "PermissionDenied",
  "Notification",
  "Stop",
  "StopFailure",
  "SubagentStart",
  "SubagentStop",
  "PreCompact",
  "PostCompact",
  "ConfigChange",
] as const;

export function claudeScripts(workspace: string): Scripts {
  const bash = (command: string) => ({ tool: "Bash", args: { command, description: "e2e" } });
  return {
    plan: {
      steps: [
        [bash("echo hello-claude")],
        [bash("echo oops >&2; exit 3")],
        [{ tool: "Read", args: { file_path: join(workspace, "notes.txt") } }],
        [{ tool: "Read", args: { file_path: join(workspace, "missing.txt") } }],
        [bash("echo parallel-one"), bash("echo parallel-two")],
        [{ tool: "Write", args: { file_path: join(workspace, "made.txt"), content: "made by the mock\n" } }],
        [{ tool: "WebFetch", args: { url: "http://127.0.0.1:9/", prompt: "refused" } }],
        [{ tool: "Agent", args: { description: "child", prompt: "script:child", subagent_type: "general-purpose" } }],
      ],
      final: "CLAUDE FINAL",
    },
    child: { steps: [[bash("echo hello-child")]], final: "CHILD FINAL" },
  };
}

export interface ClaudeRun {
  readonly finished: Finished;
  readonly transcripts: readonly string[];
  readonly requests: readonly string[];
}

export async function runClaude(scratch: Scratch): Promise<ClaudeRun> {
  scratch.write("ws/notes.txt", "synthetic\n");
  const mock = await anthropicMessages(claudeScripts(scratch.workspace));
  try {
    const env = {
      ANTHROPIC_BASE_URL: mock.url,
      ANTHROPIC_API_KEY: "synthetic-key",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CONFIG_DIR: join(scratch.home, ".claude"),
      DISABLE_AUTOUPDATER: "1",
    };
    const tools = "Bash Read Write Agent Task";
    const args = ["-p", "script:plan", "--output-format", "stream-json", "--verbose", "--allowedTools", tools];
    const finished = await scratch.run("claude", args, { env });
    const transcripts = globSync(join(scratch.home, ".claude/projects/**/*.jsonl")).sort((a, b) => a.length - b.length);
    return { finished, transcripts, requests: [...mock.log] };
  } finally {
    await mock.close();
  }
}
