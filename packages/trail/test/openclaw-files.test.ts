// What OpenClaw itself writes to disk: session files and the gateway's log.
import { describe, expect, it } from "vitest";
import { contentText, jsonLines, taken, writtenText } from "./support/ingested.js";

const metadata = (event: { metadata: string }) => JSON.parse(event.metadata) as Record<string, unknown>;

describe("a session file", () => {
  const at = (n: number) => `2026-02-06T07:49:${String(n).padStart(2, "0")}.000Z`;
  const head = { type: "session", version: 3, id: "S", timestamp: at(0), cwd: "/w" };
  const message = (id: string, n: number, of: object) => ({
    type: "message",
    id,
    parentId: null,
    timestamp: at(n),
    message: of,
  });
  const call = { type: "toolCall", id: "call_1", name: "exec", arguments: { command: "uptime" } };
  const usage = { input: 10, output: 5, cacheRead: 3, cacheWrite: 1, totalTokens: 19, cost: { total: 0.002 } };
  const lines = [
    head,
    message("a", 1, { role: "user", content: "look" }),
    message("b", 2, { role: "assistant", model: "m", content: [{ type: "text", text: "I look" }, call], usage }),
    message("c", 3, {
      role: "toolResult",
      toolCallId: "call_1",
      toolName: "exec",
      content: [{ type: "text", text: "up" }],
      details: { status: "completed", exitCode: 0 },
    }),
  ];

  it("prompts, calls, results and usage, under the file's session and at their own times", () => {
    const { events, report } = taken("openclaw-session", jsonLines(...lines));
    expect(report.refused).toBe(0);
    expect(events.map(({ type }) => type)).toEqual([
      "session.start",
      "prompt.input",
      "message.write",
      "tool.invoked",
      "tool.result",
    ]);
    for (const event of events) expect(event.sessionId).toBe("S");
    const [, prompt, written, asked, result] = events;
    expect([prompt!.occurredAt, contentText(prompt!)]).toEqual([at(1), "look"]);
    expect(metadata(written!)).toMatchObject({
      role: "assistant",
      inputTokens: 10,
      cacheReadTokens: 3,
      costUsd: 0.002,
    });
    expect(contentText(written!)).toBe("I look");
    expect(metadata(asked!)).toMatchObject({ toolName: "exec", toolCallId: "call_1", args: { command: "uptime" } });
    expect(metadata(result!)).toMatchObject({ exitCode: 0, args: { command: "uptime" }, outcome: "ran" });
  });

  it("a refusal stands in the result's details, never in what a tool printed", () => {
    const ended = (of: object) =>
      taken(
        "openclaw-session",
        jsonLines(head, lines[2]!, message("d", 4, { role: "toolResult", toolCallId: "call_1", ...of })),
      ).events.at(-1)!;
    const details = { status: "blocked", deniedReason: "plugin-before-tool-call", reason: "not here" };
    expect(metadata(ended({ content: "no", details }))).toMatchObject({
      outcome: "denied",
      deniedReason: "policy",
      by: "policy",
      reason: "not here",
    });
    expect(ended({ isError: true, content: "Tool call blocked by policy" }).type).toBe("tool.result");
  });

  it("a copy of an entry in a fork's file is known again", () => {
    const fork = { ...head, id: "F", parentSession: "S" };
    const { report } = taken("openclaw-session", jsonLines(...lines, fork, ...lines.slice(1)));
    expect([report.added, report.known]).toEqual([6, 4]);
  });
});

describe("the gateway's log", () => {
  const line = (level: string, ...said: unknown[]) => ({
    ...Object.fromEntries([JSON.stringify({ subsystem: "gateway" }), ...said].map((part, i) => [i, part])),
    _meta: { logLevelName: level, date: "2026-11-28T07:24:11.691Z" },
    time: "2026-11-28T07:24:11.692+00:00",
  });

  it("what was said, by whom and how grave", () => {
    const { events } = taken(
      "openclaw-gateway-log",
      jsonLines(line("INFO", "ready"), line("WARN", { ms: 5 }, "slow"), line("ERROR", "failed")),
    );
    expect(events.map(({ type }) => type)).toEqual(["gateway.log", "gateway.warning", "gateway.error"]);
    expect(events[1]!.occurredAt).toBe("2026-11-28T07:24:11.692Z");
    expect([metadata(events[1]!).subsystem, contentText(events[1]!)]).toEqual(["gateway", '{"ms":5} slow']);
  });

  it.each(["redactPromptText", "redactToolArgs", "redactToolResults"])("%s seals what it quotes", (seal) => {
    const { events } = taken("openclaw-gateway-log", jsonLines(line("INFO", "quince")), { [seal]: true });
    expect(writtenText(events[0]!)).not.toContain("quince");
  });
});
