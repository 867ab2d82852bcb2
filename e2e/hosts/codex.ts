// One headless Codex session against the mock model: commands that succeed and fail, parallel calls, a patch.
import { globSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Finished, Scratch } from "../lib/scratch.ts";
import { openaiResponses } from "../mock/openai-responses.ts";
import type { Scripts } from "../mock/server.ts";

export const CODEX_EVENTS = [
  "SessionStart",
  "SessionEnd",
  "UserPromptSubmit",
  "PreToolUse",
  "PostToolUse",
  "PermissionRequest",
  "Stop",
  "SubagentStart",
  "SubagentStop",
  "PreCompact",
  "PostCompact",
] as const;

const exec = (cmd: string) => ({ tool: "exec_command", args: { cmd } });

const PATCH = "*** Begin Patch\n*** Add File: made.txt\n+made by the mock\n*** End Patch\n";

export const CODEX_SCRIPTS: Scripts = {
  plan: {
    steps: [
      [exec("echo hello-codex")],
      [exec("echo oops >&2; exit 3")],
      [exec("echo parallel-one"), exec("echo parallel-two")],
      [{ tool: "apply_patch", args: { input: PATCH } }],
    ],
    final: "CODEX FINAL",
  },
};

export interface CodexRun {
  readonly finished: Finished;
  readonly rollouts: readonly string[];
  readonly requests: readonly string[];
}

/** The model has a name that the host knows, or it would not offer `apply_patch`. Untrusted hooks do not run: `trusted` passes the host's own flag that skips asking the user. */
export async function runCodex(scratch: Scratch, options: { trusted: boolean }): Promise<CodexRun> {
  mkdirSync(join(scratch.home, ".codex"), { recursive: true });
  const mock = await openaiResponses(CODEX_SCRIPTS);
  try {
    const provider = `{ name = "mock", base_url = "${mock.url}/v1", wire_api = "responses", env_key = "MOCK_KEY" }`;
    const args = [
      "exec",
      "--json",
      "--skip-git-repo-check",
      ...(options.trusted ? ["--dangerously-bypass-hook-trust"] : []),
      "--dangerously-bypass-approvals-and-sandbox",
      ...["-c", `model_providers.mock=${provider}`, "-c", 'model_provider="mock"', "-c", 'model="gpt-5.5"'],
      "script:plan",
    ];
    const env = { CODEX_HOME: join(scratch.home, ".codex"), MOCK_KEY: "synthetic-key" };
    const finished = await scratch.run("codex", args, { env });
    const rollouts = globSync(join(scratch.home, ".codex/sessions/**/rollout-*.jsonl")).sort();
    return { finished, rollouts, requests: [...mock.log] };
  } finally {
    await mock.close();
  }
}
