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
  // In a read-only sandbox where nobody can be asked: nothing of it may leave a trace in the workspace.
  box: {
    steps: [
      [exec("echo x > made-in-the-box.txt")],
      [
        {
          tool: "exec_command",
          args: { cmd: "echo escalated", sandbox_permissions: "require_escalated", justification: "j" },
        },
      ],
      [{ tool: "apply_patch", args: { input: PATCH } }],
    ],
    final: "BOX FINAL",
  },
  again: { steps: [[exec("echo again")]], final: "AGAIN FINAL" },
};

export interface CodexRun {
  readonly finished: Finished;
  readonly rollouts: readonly string[];
  readonly requests: readonly string[];
}

/** The model has a name that the host knows, or it would not offer `apply_patch`. Untrusted hooks do not run: `trusted` passes the host's own flag that skips asking the user. */
export async function runCodex(scratch: Scratch, options: { trusted: boolean }): Promise<CodexRun> {
  const mock = await openaiResponses(CODEX_SCRIPTS);
  try {
    const finished = await codexExec(scratch, mock.url, { ...options, prompt: "script:plan" });
    return { finished, rollouts: rolloutsOf(scratch), requests: [...mock.log] };
  } finally {
    await mock.close();
  }
}

export interface BoxedRuns {
  /** The thread that was begun in the sandbox and resumed later, and the one that was forked from it. */
  readonly thread: string;
  readonly fork: string;
  readonly runs: Readonly<Record<"first" | "resumed" | "forked", Finished>>;
  readonly rollouts: readonly string[];
}

/** A thread in a read-only sandbox, the same thread resumed, and a fork of it. */
export async function runBoxed(scratch: Scratch): Promise<BoxedRuns> {
  const mock = await openaiResponses(CODEX_SCRIPTS);
  const before = new Set(rolloutsOf(scratch));
  try {
    const first = await codexExec(scratch, mock.url, { trusted: true, sandbox: "read-only", prompt: "script:box" });
    const thread = threadOf(first);
    const resumed = await codexExec(scratch, mock.url, {
      trusted: true,
      continues: ["resume", thread],
      prompt: "script:again",
    });
    const forked = await codexExec(scratch, mock.url, {
      trusted: true,
      continues: ["fork", thread],
      prompt: "script:again",
    });
    const rollouts = rolloutsOf(scratch).filter((path) => !before.has(path));
    return { thread, fork: threadOf(forked), runs: { first, resumed, forked }, rollouts };
  } finally {
    await mock.close();
  }
}

interface Exec {
  readonly trusted: boolean;
  readonly prompt: string;
  readonly sandbox?: "read-only";
  readonly continues?: readonly ["resume" | "fork", string];
}

function codexExec(scratch: Scratch, url: string, { trusted, prompt, sandbox, continues }: Exec): Promise<Finished> {
  mkdirSync(join(scratch.home, ".codex"), { recursive: true });
  const provider = `{ name = "mock", base_url = "${url}/v1", wire_api = "responses", env_key = "MOCK_KEY" }`;
  const free = sandbox === undefined ? ["--dangerously-bypass-approvals-and-sandbox"] : ["--sandbox", sandbox];
  const args = [
    ...["exec", ...(continues === undefined ? [] : [continues[0]]), "--json", "--skip-git-repo-check"],
    ...(trusted ? ["--dangerously-bypass-hook-trust"] : []),
    ...free,
    ...["-c", `model_providers.mock=${provider}`, "-c", 'model_provider="mock"', "-c", 'model="gpt-5.5"'],
    ...(continues === undefined ? [] : [continues[1]]),
    prompt,
  ];
  return scratch.run("codex", args, { env: { CODEX_HOME: join(scratch.home, ".codex"), MOCK_KEY: "synthetic-key" } });
}

function rolloutsOf(scratch: Scratch): string[] {
  return globSync(join(scratch.home, ".codex/sessions/**/rollout-*.jsonl")).sort();
}

function threadOf({ stdout, stderr }: Finished): string {
  const thread = /"thread_id":"([0-9a-f-]{36})"/.exec(stdout)?.[1];
  if (thread === undefined) throw new Error(`codex named no thread: ${stderr.slice(-500)}`);
  return thread;
}
