// Runs a real host with a hook that only writes down what it is given, and trims what came into fixtures for the
// adapters' tests: `node e2e/capture.ts claude-code|codex <folder>`. Home and workspace paths are neutralised.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLAUDE_EVENTS, runClaude } from "./hosts/claude-code.ts";
import { CODEX_EVENTS, runCodex } from "./hosts/codex.ts";
import { HOSTS, installHost } from "./hosts/install.ts";
import { Scratch } from "./lib/scratch.ts";

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

const [name, folder] = process.argv.slice(2);
if ((name !== "claude-code" && name !== "codex") || folder === undefined) {
  throw new RangeError("usage: node e2e/capture.ts claude-code|codex <folder>");
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
if (name === "claude-code") {
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
save(folder, "hooks.jsonl", readFileSync(taken, "utf8"), scratch);
scratch.remove();
