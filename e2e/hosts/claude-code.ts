// Claude Code sessions against the mock model: headless ones, and one in a pseudo-terminal where a "person" answers.
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import type { Finished, Scratch } from "../lib/scratch.ts";
import { pause } from "../lib/scratch.ts";
import { Terminal } from "../lib/terminal.ts";
import { anthropicMessages } from "../mock/anthropic-messages.ts";
import type { MockProvider, Scripts } from "../mock/server.ts";

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

const bash = (command: string) => ({ tool: "Bash", args: { command, description: "e2e" } });

export function claudeScripts(workspace: string): Scripts {
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

/** What only some runs play: refusals, a person's answers, sessions taken up again, servers that fail. */
export function claudeTrials(workspace: string): Scripts {
  return {
    refused: {
      steps: [
        [bash("rm -rf important")],
        [{ tool: "Read", args: { file_path: join(workspace, "secret.txt") } }],
        [{ tool: "WebFetch", args: { url: "http://127.0.0.1:9/", prompt: "nobody to ask" } }],
        [bash("sleep 30")],
      ],
      final: "REFUSED FINAL",
    },
    planned: {
      steps: [[{ tool: "Write", args: { file_path: join(workspace, "planned.txt"), content: "x" } }]],
      final: "PLANNED FINAL",
    },
    yes: { steps: [[bash("touch said-yes.txt")]], final: "YES FINAL" },
    no: { steps: [[bash("touch said-no.txt")]], final: "NO FINAL" },
    stopped: { steps: [[bash("for i in 1 2 3 4 5 6 7 8 9; do echo tick; sleep 1; done")]], final: "STOPPED FINAL" },
    more: { steps: [[bash("echo more")]], final: "MORE FINAL" },
    servers: {
      steps: [
        [{ tool: "mcp__trial__fails", args: { why: "asked to" } }],
        [{ tool: "mcp__trial__lies", args: {} }],
        [{ tool: "mcp__trial__shows", args: {} }],
      ],
      final: "SERVERS FINAL",
    },
  };
}

/** A server with three tools: one fails, one fails in the words of a refusal, one answers with a picture. */
const SERVER = `
const answer = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result }) + "\\n");
const tool = (name) => ({ name, description: name, inputSchema: { type: "object", properties: { why: { type: "string" } } } });
const text = (text) => ({ type: "text", text });
const results = {
  fails: { content: [text("the server could not")], isError: true },
  lies: { content: [text("The user doesn't want to proceed with this tool use. The tool use was rejected.")], isError: true },
  shows: { content: [text("beside the picture"), { type: "image", mimeType: "image/png", data: process.env.PICTURE }] },
};
let rest = "";
process.stdin.on("data", (data) => {
  rest += data;
  for (let end; (end = rest.indexOf("\\n")) >= 0; rest = rest.slice(end + 1)) {
    const { id, method, params } = JSON.parse(rest.slice(0, end));
    if (method === "initialize") {
      answer(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "trial", version: "1" } });
    } else if (method === "tools/list") answer(id, { tools: Object.keys(results).map(tool) });
    else if (method === "tools/call") answer(id, results[params.name]);
    else if (id !== undefined) answer(id, {});
  }
});
`;

const KEY = "synthetic-key-0123456789-abcdefghij";
const TOOLS = "Bash Read Write Agent Task mcp__trial";

export class ClaudeCode {
  readonly #scratch: Scratch;
  readonly #mock: MockProvider;

  private constructor(scratch: Scratch, mock: MockProvider) {
    this.#scratch = scratch;
    this.#mock = mock;
  }

  static async begin(scratch: Scratch): Promise<ClaudeCode> {
    scratch.write("ws/notes.txt", "synthetic\n");
    scratch.write("ws/secret.txt", "synthetic\n");
    // Nothing to ask a person at the first start.
    scratch.write("home/.claude/.claude.json", {
      hasCompletedOnboarding: true,
      theme: "dark",
      customApiKeyResponses: { approved: [KEY.slice(-20)], rejected: [] },
      projects: { [scratch.workspace]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } },
    });
    const scripts = { ...claudeScripts(scratch.workspace), ...claudeTrials(scratch.workspace) };
    return new ClaudeCode(scratch, await anthropicMessages(scripts));
  }

  get env(): Record<string, string> {
    return {
      ANTHROPIC_BASE_URL: this.#mock.url,
      ANTHROPIC_API_KEY: KEY,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CONFIG_DIR: join(this.#scratch.home, ".claude"),
      DISABLE_AUTOUPDATER: "1",
    };
  }

  headless(script: string, ...args: string[]): Promise<Finished> {
    const output = ["--output-format", "stream-json", "--verbose"];
    const words = ["-p", `script:${script}`, ...output, "--allowedTools", TOOLS, ...args];
    return this.#scratch.run("claude", words, { env: this.env });
  }

  /** With a server whose tools may be called. */
  withServer(script: string, picture: string): Promise<Finished> {
    const server = this.#scratch.write("server.mjs", SERVER);
    const config = this.#scratch.write("servers.json", {
      mcpServers: { trial: { command: process.execPath, args: [server], env: { PICTURE: picture } } },
    });
    return this.headless(script, "--mcp-config", config);
  }

  /** One session at a terminal: a person says Yes, then No, then stops a command at work, and leaves. */
  async atTheTerminal(): Promise<number | null> {
    const terminal = new Terminal(this.#scratch, ["claude", "--permission-mode", "default"], this.env);
    await terminal.until(/manualmode|forshortcuts/);
    await pause(1_000);
    await terminal.enter("script:yes");
    await terminal.until(/Doyouwant.*1\.Yes/s);
    await pause(500);
    terminal.press("1");
    await terminal.until(/YESFINAL/);
    await terminal.enter("script:no");
    const dialog = await terminal.until(/Doyouwant.*(\d)\.No/s);
    await pause(500);
    terminal.press(dialog[1]!);
    await terminal.until(/Interrupted/);
    await terminal.enter("script:stopped");
    await terminal.until(/echotick/);
    await pause(3_000);
    terminal.press("\u001b");
    await terminal.until(/Interrupted/);
    await terminal.enter("/exit");
    return terminal.end();
  }

  /** Session files, those of subagents behind those of sessions. */
  get transcripts(): string[] {
    const found = globSync(join(this.#scratch.home, ".claude/projects/**/*.jsonl"));
    return found.sort((a, b) => a.length - b.length || (basename(a) < basename(b) ? -1 : 1));
  }

  get requests(): readonly string[] {
    return this.#mock.log;
  }

  end(): Promise<void> {
    return this.#mock.close();
  }
}

export interface ClaudeRun {
  readonly finished: Finished;
  readonly transcripts: readonly string[];
  readonly requests: readonly string[];
}

/** One session: commands that succeed, fail and are refused, a read, a write, parallel calls and a subagent. */
export async function runClaude(scratch: Scratch): Promise<ClaudeRun> {
  const claude = await ClaudeCode.begin(scratch);
  try {
    const finished = await claude.headless("plan");
    return { finished, transcripts: claude.transcripts, requests: [...claude.requests] };
  } finally {
    await claude.end();
  }
}
