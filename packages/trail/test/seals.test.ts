// With the seals on, what people and models wrote is nowhere: a mark is put into every text of every sample payload in turn,
// and may then stand in no byte of what would be written.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { redactionPolicy } from "@sealtrail/redact";
import { type SourceName, sourceOf } from "@sealtrail/sources";
import { expect, it } from "vitest";
import { prepare } from "../src/event/prepare.js";

const fixtures = fileURLToPath(new URL("fixtures", import.meta.url));
const samples: readonly [string, SourceName][] = [
  ["openclaw", "openclaw"],
  ["claude-code/hooks.jsonl", "claude-code"],
  ["codex/hooks.jsonl", "codex"],
  ["codex/rollout.jsonl", "codex-rollout"],
];
const MARK = "quince-mark of it";
const redaction = redactionPolicy({ redactPromptText: true, redactToolArgs: true, redactToolResults: true });

/** Members under which a host puts what a person or a model wrote, whatever stands below them. */
const WRITTEN =
  /(?:^|\.)(?:prompt|content|text|message|messages|params|args|arguments|input|tool_input|tool_response|result|output|stdout|stderr|command|error|last_assistant_message|input-messages|last-assistant-message|aggregated_output|changes|description|subject|summary|task|body|transcript)(?:\.|$)/;
/** Below them: what says whose it is. */
const NAMES =
  /(?:^|\.)(?:role|type|id|toolCallId|toolName|name|model|provider|api|status|stopReason|customType|responseId|idempotencyKey|timestamp|kind|call_id|source|cwd|phase|parentToolCallId|deniedReason|transcriptPath)$/i;

function places(value: unknown, path: string[] = []): string[][] {
  if (typeof value === "string") return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => places(inner, [...path, name]));
}

function withMark(value: object, path: readonly string[]): object {
  const copy = structuredClone(value) as Record<string, unknown>;
  let at = copy;
  for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>;
  at[path.at(-1)!] = MARK;
  return copy;
}

const lines = samples.flatMap(([path, source]) => {
  const file = join(fixtures, path);
  const files = statSync(file).isDirectory() ? readdirSync(file).map((name) => join(file, name)) : [file];
  return files.flatMap((name) =>
    readFileSync(name, "utf8")
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => ({ source, value: JSON.parse(line) as object })),
  );
});

it("a text that was written for or by a model is in no event", () => {
  const shown = new Set<string>();
  let tried = 0;
  for (const { source, value } of lines) {
    for (const path of places(value).slice(0, 300)) {
      const dotted = path.join(".");
      if (!WRITTEN.test(dotted) || NAMES.test(dotted)) continue;
      tried++;
      const normalised = sourceOf(source).normalise(withMark(value, path));
      if (!("events" in normalised)) continue;
      for (const draft of normalised.events) {
        const { content, ...event } = prepare(draft, { source: "ndjson", redaction });
        const written = JSON.stringify(event) + Buffer.from(content ?? []).toString();
        if (written.includes("quince")) shown.add(`${source}: ${dotted.replaceAll(/\.\d+/g, ".#")} in ${draft.type}`);
      }
    }
  }
  expect(tried).toBeGreaterThan(500);
  expect([...shown]).toEqual([]);
});

it("a member that no source knows is sealed, whatever its name; numbers and flags stay", () => {
  const metadata = { toolName: "exec", newMember: MARK, deep: { a: [MARK] }, reason: MARK, count: 3, flag: true };
  for (const settings of [{ redactPromptText: true }, { redactToolArgs: true }, { redactToolResults: true }]) {
    const event = prepare(
      { type: "agent.new_hook", metadata },
      { source: "openclaw", redaction: redactionPolicy(settings) },
    );
    expect(event.metadata).not.toContain("quince");
    expect(JSON.parse(event.metadata)).toMatchObject({ count: 3, flag: true, newMemberLength: 19, toolName: "exec" });
  }
});
