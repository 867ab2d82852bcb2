// Runs a real host with a hook that only writes down what it is given, and trims what came into fixtures for the
// adapters' tests: `node e2e/capture.ts claude-code|codex|openclaw <folder>`. Home and workspace paths are neutralised.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HOOKS } from "../packages/openclaw/src/hooks.ts";
import { CLAUDE_EVENTS, runClaude } from "./hosts/claude-code.ts";
import { CODEX_EVENTS, runCodex } from "./hosts/codex.ts";
import { HOSTS, installHost, REPOSITORY } from "./hosts/install.ts";
import { Gateway } from "./hosts/openclaw.ts";
import { pause, Scratch, until } from "./lib/scratch.ts";
import { openaiChat } from "./mock/openai-chat.ts";

/** Vendor texts (system prompts and the like) are long and not ours to publish. */
const LONGEST = 200;

const BOOKKEEPING = /^(attachment|api-request.*|queue-operation|tools-used|last-prompt|atis-latch|cost-state)$/;

function trim(value: unknown): unknown {
  if (typeof value === "string") return value.length > LONGEST ? `${value.slice(0, 12)}…[cut ${value.length}]` : value;
  if (Array.isArray(value)) return value.map(trim);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, trim(v)]));
}

function neutral(text: string, scratch: Scratch): string {
  return text
    .replaceAll(scratch.workspace, "/home/user/ws")
    .replaceAll(scratch.workspace.replace(/\W/g, "-"), "-home-user-ws")
    .replaceAll(scratch.home, "/home/user")
    .replaceAll(scratch.folder, "/home/user/e2e");
}

function save(folder: string, name: string, text: string, scratch: Scratch): void {
  const seen = new Set<string>();
  const lines: string[] = [];
  for (const line of neutral(text, scratch).split("\n").filter(Boolean)) {
    const value = JSON.parse(line) as Record<string, unknown>;
    // Of the host's own bookkeeping one line of each kind is enough for an adapter to skip it.
    const type = String(value.type);
    if (BOOKKEEPING.test(type) && seen.has(type)) continue;
    seen.add(type);
    lines.push(JSON.stringify(trim(value)));
  }
  writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
  console.log(`${name}: ${lines.length} lines`);
}

/** How sessions end: compaction, reset, deletion, shutdown; and what the host's own ledger says of it. */
async function captureOpenclaw(folder: string, file: string): Promise<void> {
  const exec = (command: string) => ({ tool: "exec", args: { command } });
  const model = await openaiChat({ chat: { steps: [[exec("echo from-chat")], [exec("exit 3")]], final: "CHAT DONE" } });
  const gateway = await Gateway.prepare(scratch, model.url);
  // Off by default: messages, and who was behind a run.
  await gateway.command(["config", "set", "logging.audit.messages", "all"]);
  await gateway.command(["config", "set", "logging.audit.executionIdentity", "true"]);
  Object.assign(scratch.env, { E2E_RECORD_FILE: file, E2E_RECORD_HOOKS: [...HOOKS.keys()].join(",") });
  const recorder = join(REPOSITORY, "e2e/recorder");
  await gateway.command(["plugins", "install", "--link", recorder, "--force", "--accept-capabilities"]);
  await gateway.command(["config", "set", "plugins.entries.e2e-recorder.hooks.allowConversationAccess", "true"]);
  const call = (method: string, params: object) =>
    gateway.command(["gateway", "call", method, "--params", JSON.stringify(params), "--json"]);
  const heard = (what: string) =>
    until(what, 120, async () => readFileSync(file, "utf8").includes(`"hook":"${what}"`) || undefined).catch(
      console.log,
    );
  await gateway.start();
  await call("chat.send", { sessionKey: "main", message: "script:chat", idempotencyKey: "chat-1" });
  await heard("message_sending");
  await call("chat.send", { sessionKey: "main", message: "/compact", idempotencyKey: "compact-1" });
  await heard("before_compaction");
  await call("sessions.reset", { key: "agent:main:main" });
  await heard("before_reset");
  await gateway.turn("script:chat");
  await call("sessions.delete", { key: "agent:main:main" });
  await pause(2_000);
  const told = async (name: string, ...command: string[]): Promise<unknown> => {
    const { stdout } = await gateway.command([...command, "--json"]);
    const value: unknown = JSON.parse(stdout);
    writeFileSync(join(folder, name), `${neutral(JSON.stringify(trim(value), undefined, 2), scratch)}\n`);
    console.log(`${name}: ${stdout.length} characters`);
    return value;
  };
  const ledger = (await told("audit-list.json", "audit", "--limit", "50")) as { events?: { runId?: string }[] };
  const runId = ledger.events?.find((event) => event.runId !== undefined)?.runId;
  if (runId !== undefined) await told("audit-run-explain.json", "audit", "--run", runId, "--explain");
  await told("security-audit.json", "security", "audit");
  await gateway.stop();
  await model.close();
}

const [name, folder] = process.argv.slice(2);
if ((name !== "claude-code" && name !== "codex" && name !== "openclaw") || folder === undefined) {
  throw new RangeError("usage: node e2e/capture.ts claude-code|codex|openclaw <folder>");
}
mkdirSync(folder, { recursive: true });
const scratch = new Scratch(`capture-${name}`, [installHost(HOSTS[name])]);
const taken = scratch.write("hooks.jsonl", "");
const recorder = scratch.write(
  "recorder.sh",
  // Hosts end a payload with or without a line feed; the file wants exactly one.
  `#!/bin/sh\npayload=$(cat)\nprintf '%s\\n' "$payload" >> '${taken}'\n`,
  0o755,
);
const entry = [{ hooks: [{ type: "command", command: recorder, timeout: 30 }] }];
if (name === "openclaw") {
  await captureOpenclaw(folder, taken);
} else if (name === "claude-code") {
  scratch.write("home/.claude/settings.json", { hooks: Object.fromEntries(CLAUDE_EVENTS.map((e) => [e, entry])) });
  const { finished, transcripts } = await runClaude(scratch);
  console.log(finished.code, finished.stderr.slice(0, 2000));
  for (const [i, path] of transcripts.entries()) {
    save(folder, i === 0 ? "transcript.jsonl" : "transcript-subagent.jsonl", readFileSync(path, "utf8"), scratch);
  }
  save(folder, "stream-json.jsonl", finished.stdout, scratch);
} else {
  scratch.write("home/.codex/hooks.json", { hooks: Object.fromEntries(CODEX_EVENTS.map((e) => [e, entry])) });
  const { finished, rollouts } = await runCodex(scratch, { trusted: true });
  console.log(finished.code, finished.stderr.slice(0, 2000));
  for (const path of rollouts) save(folder, "rollout.jsonl", readFileSync(path, "utf8"), scratch);
  save(folder, "exec.jsonl", finished.stdout, scratch);
}
const lines = readFileSync(taken, "utf8");
if (name === "openclaw") {
  // Turns, with their tools and messages, are long and known already.
  const ends = /"hook":"(gateway_|session_|before_compaction|before_reset|subagent_ended|cron_reconciled)/;
  save(
    folder,
    "session-ends.jsonl",
    lines
      .split("\n")
      .filter((line) => ends.test(line))
      .join("\n"),
    scratch,
  );
} else {
  save(folder, "hooks.jsonl", lines, scratch);
}
scratch.remove();
