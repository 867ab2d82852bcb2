// Which source a file belongs to, by its lines; a file of another source is told.
import { readdirSync, readFileSync } from "node:fs";
import { inputOf, recognise, SOURCE_NAMES, type SourceName } from "@sealtrail/sources";
import { describe, expect, it } from "vitest";
import { readLines } from "../src/ingest/lines.js";
import { otherSource, recogniseLines } from "../src/ingest/recognise.js";

const fixtures = new URL("./fixtures/", import.meta.url).pathname;
const captured: readonly (readonly [SourceName, string])[] = [
  ...readdirSync(`${fixtures}openclaw`).map((name) => ["openclaw", `openclaw/${name}`] as const),
  ["claude-code", "claude-code/hooks.jsonl"],
  ["codex", "codex/hooks.jsonl"],
  ["codex", "codex/exec.jsonl"],
  ["codex-rollout", "codex/rollout.jsonl"],
];

describe("captured input", () => {
  it.each(captured)("%s: %s", (name, file) => {
    const recognised = recogniseLines(readLines(fixtures + file));
    expect(recognised.source).toBe(name);
    // No line of it alone is taken for another source's, but for the shape that two hosts share.
    for (const text of readFileSync(fixtures + file, "utf8")
      .trim()
      .split("\n")) {
      const { source } = recognise([JSON.parse(text)]);
      const shared = name === "codex" && source === "claude-code";
      if (!shared) expect([name, undefined], text.slice(0, 100)).toContain(source);
    }
    for (const other of SOURCE_NAMES) {
      if (other === name || (recognised.counts.get(other) ?? 0) > 0) continue;
      expect(otherSource(other, recognised)).toBe(name);
    }
  });
});

it.each([
  ["gateway-jsonl", { ts: 1, event: "tool.call", tool: "x" }],
  ["gateway-jsonl", { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "x" } }],
  ["gateway-jsonl", { Datetime: "2026-01-05T08:00:00Z", ToolCallName: "x" }],
  ["ndjson", { type: "tool.invoked", description: "x" }],
  ["codex", { type: "agent-turn-complete", "thread-id": "t", "turn-id": "1" }],
  ["codex", { type: "error", message: "stream disconnected" }],
  ["codex-rollout", { timestamp: "2026-01-05T08:00:00Z", type: "event_msg", payload: { type: "token_count" } }],
  ["openclaw-session", { type: "session", version: 3, id: "s", timestamp: "2026-01-05T08:00:00Z", cwd: "/w" }],
  ["openclaw-session", { type: "message", id: "a", parentId: null, message: { role: "user", content: "x" } }],
  ["openclaw-gateway-log", { 0: "started", _meta: { logLevelName: "INFO" }, time: "2026-01-05T08:00:00Z" }],
  ["claude-code", { hook_event_name: "Stop", session_id: "s" }],
  [undefined, { hello: "world" }],
  [undefined, [1, 2]],
  [undefined, null],
] as const)("%s: %j", (name, value) => {
  expect(recognise([value]).source).toBe(name);
});

it("every source says what its input is, in words of its own", () => {
  expect(new Set(SOURCE_NAMES.map(inputOf)).size).toBe(SOURCE_NAMES.length);
});
