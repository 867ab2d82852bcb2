// Claude Code's session files: what each line becomes, and that copies, duplicates and hooks tell the same events once.

import { claudeTranscript, liveIdentity } from "@sealtrail/sources/host";
import { describe, expect, it } from "vitest";
import { contentText, jsonLines, taken } from "./support/ingested.js";

const metadata = (event: { metadata: string }) => JSON.parse(event.metadata) as Record<string, unknown>;

let lines = 0;
const uuid = () => `00000000-0000-4000-8000-${String(++lines).padStart(12, "0")}`;
const base = (more: object) => ({ uuid: uuid(), sessionId: "s1", timestamp: "2026-01-05T08:00:00.000Z", ...more });
const prompt = (words: string, more: object = {}) =>
  base({ type: "user", promptId: "p1", message: { role: "user", content: words }, ...more });
const answer = (blocks: unknown[], more: object = {}, message: object = {}) =>
  base({ type: "assistant", message: { id: "msg_1", model: "m", content: blocks, ...message }, ...more });
const ask = (id: string, command = "ls", more: object = {}, message: object = {}) =>
  answer([{ type: "tool_use", id, name: "Bash", input: { command } }], more, message);
const result = (id: string, content: unknown, more: object = {}, block: object = {}) =>
  base({
    type: "user",
    message: { role: "user", content: [{ type: "tool_result", tool_use_id: id, content, ...block }] },
    ...more,
  });
const events = (...values: unknown[]) => taken("claude-transcript", jsonLines(...values)).events;
const outcome = (...values: unknown[]) =>
  events(...values).filter(({ type }) => /^tool\.(result|denied|cancelled|unknown)$/.test(type));
const failed = { is_error: true };

describe("how a call ended", () => {
  it("ran, with what it returned; an exit code stands in the text of a failure", () => {
    const response = { stdout: "x", stderr: "", interrupted: false };
    const [ran] = outcome(ask("t1"), result("t1", "x", { toolUseResult: response }));
    expect([ran!.type, metadata(ran!).outcome, contentText(ran!)]).toEqual([
      "tool.result",
      "ran",
      JSON.stringify({ interrupted: false, stderr: "", stdout: "x" }),
    ]);
    const [bad] = outcome(
      ask("t2"),
      result("t2", "Exit code 3\noops", { toolUseResult: "Error: Exit code 3" }, failed),
    );
    expect(metadata(bad!)).toMatchObject({
      exitCode: 3,
      error: "Exit code 3",
      args: { command: "ls" },
      toolName: "Bash",
    });
  });

  const judged = (members: object, content = "words", block: object = failed) =>
    outcome(ask("t"), result("t", content, members, block)).map((event) => {
      const { deniedReason, by, hostDeniedReason } = metadata(event);
      return [event.type, deniedReason, by, hostDeniedReason].filter((part) => part !== undefined).join(" ");
    });
  const decision = (members: object) => ({ permissionDecision: { decision: "reject", ...members } });

  it("refused, by whom and why, as the host's own members say", () => {
    const rule = {
      ...decision({ source: "config", reasonCode: "rule:userSettings" }),
      toolDenialKind: "permission-rule",
    };
    expect(judged(rule)).toEqual(["tool.denied policy policy permission-rule rule:userSettings"]);
    // A path rule: the host writes the source of a person, with a reason that no person gives.
    const path = decision({ source: "user_reject", reasonType: "rule", ruleSource: "userSettings" });
    expect(judged(path)).toEqual(["tool.denied policy policy rule:userSettings"]);
    const headless = { ...decision({ source: "config", reasonCode: "unknown" }), toolDenialKind: "user-rejected" };
    expect(judged(headless)).toEqual(["tool.denied approval host user-rejected"]);
    const plan = { ...decision({ source: "config", reasonCode: "mode:plan" }), toolDenialKind: "user-rejected" };
    expect(judged(plan)).toEqual(["tool.denied policy policy user-rejected mode:plan"]);
    expect(judged({ toolDenialKind: "user-rejected", toolDenialBeforeRun: true })).toEqual([
      "tool.denied approval user user-rejected",
    ]);
    const person = { ...decision({ source: "user_reject" }), toolDenialKind: "user-rejected" };
    expect(judged(person)).toEqual(["tool.denied approval user user-rejected dialog"]);
    expect(judged({ toolDenialKind: "automode-blocked" })).toEqual(["tool.denied policy policy automode-blocked"]);
    expect(judged({ toolDenialKind: "automode-unavailable" })).toEqual(["tool.denied host host automode-unavailable"]);
    expect(judged({ toolDenialKind: "of a newer version" })).toEqual(["tool.denied host host of a newer version"]);
  });

  it("stopped while it ran, or never seen to end", () => {
    expect(judged({ toolDenialKind: "user-rejected" })).toEqual(["tool.cancelled user"]);
    expect(judged({ toolDenialKind: "interrupted" })).toEqual(["tool.cancelled user"]);
    expect(judged({ toolDenialKind: "interrupted", interruptedByShutdown: true })).toEqual(["tool.cancelled host"]);
    expect(judged({ toolDenialKind: "cancelled" })).toEqual(["tool.cancelled host"]);
    const unseen = "[Tool call interrupted: the session ended before this call's result was recorded, so ...]";
    expect(judged({ toolDenialKind: "interrupted" }, unseen)).toEqual(["tool.unknown"]);
  });

  it("of older versions, which have only words, by the words that the host begins with", () => {
    const words = (text: string, name = "Bash") =>
      outcome(
        answer([{ type: "tool_use", id: "t", name, input: {} }]),
        result("t", text, { toolUseResult: `Error: ${text}` }, failed),
      ).map((event) => [event.type, metadata(event).by, metadata(event).judgedBy]);
    expect(words("The user doesn't want to proceed with this tool use. The tool use was rejected.")).toEqual([
      ["tool.denied", "user", "text"],
    ]);
    expect(words("Permission to use Bash with command rm x has been denied.")).toEqual([
      ["tool.denied", "policy", "text"],
    ]);
    expect(words("Claude requested permissions to use Bash, but you haven't granted it yet.")).toEqual([
      ["tool.denied", "host", "text"],
    ]);
    expect(words("[Request interrupted by user for tool use]")).toEqual([["tool.cancelled", "user", "text"]]);
    expect(words("PreToolUse:Bash hook error: [x]: no")).toEqual([["tool.denied", "policy", "text"]]);
    expect(words("<tool_use_error>InputValidationError: x</tool_use_error>")).toEqual([
      ["tool.denied", "host", "text"],
    ]);
    expect(words("Cannot write to /a while in plan mode.", "Write")).toEqual([["tool.denied", "policy", "text"]]);
    expect(words("Permission to read /w/.env has been denied.", "Read")).toEqual([["tool.denied", "policy", "text"]]);
    expect(words("This command requires approval")).toEqual([["tool.denied", "host", "text"]]);
    expect(words("This command requires approval", "mcp__x__y").map(([type]) => type)).toEqual(["tool.result"]);
  });

  it("refused by a decision that the host spells deny", () => {
    expect(judged({ permissionDecision: { decision: "deny", source: "config", reasonType: "rule" } }, "No.")).toEqual([
      "tool.denied policy policy rule",
    ]);
  });

  it("the words of an output make no refusal", () => {
    const denial = "Permission to use Bash has been denied.";
    expect(judged({}, denial, { is_error: false })).toEqual(["tool.result"]);
    expect(judged({}, `Exit code 1\n${denial}`)).toEqual(["tool.result"]);
    expect(judged({}, `cat: ${denial}`)).toEqual(["tool.result"]);
    expect(judged({ permissionDecision: { decision: "accept", source: "config" } }, denial)).toEqual(["tool.result"]);
    const server = outcome(
      answer([{ type: "tool_use", id: "t", name: "mcp__x__y", input: {} }]),
      result("t", "Exit code 9\n<tool_use_error>x", {}, failed),
    );
    expect([server[0]!.type, metadata(server[0]!).exitCode]).toEqual(["tool.result", undefined]);
  });

  it("approved, by whom and by which route, as an event of its own", () => {
    const approved = (members: object) =>
      events(ask("t"), result("t", "x", { permissionDecision: { decision: "accept", ...members } }))
        .filter(({ type }) => type === "tool.approved")
        .map((event) => [metadata(event).by, metadata(event).route]);
    expect(approved({ source: "user_temporary", grantScope: "once" })).toEqual([["user", "dialog once"]]);
    expect(approved({ source: "user_permanent" })).toEqual([["user", "dialog permanent"]]);
    expect(approved({ source: "config", reasonType: "rule", ruleSource: "cliArg" })).toEqual([
      ["policy", "rule:cliArg"],
    ]);
    expect(approved({ source: "config", reasonType: "mode" })).toEqual([["policy", "mode"]]);
    expect(approved({ source: "hook", reasonType: "hook" })).toEqual([["hook", "hook"]]);
  });

  it("several results in one line: the members beside them are about none for certain", () => {
    const both = base({
      type: "user",
      toolDenialKind: "user-rejected",
      message: {
        content: [
          { type: "tool_result", tool_use_id: "a", content: "ok" },
          { type: "tool_result", tool_use_id: "b", content: "ok" },
        ],
      },
    });
    expect(outcome(ask("a"), ask("b"), both).map(({ type }) => type)).toEqual(["tool.result", "tool.result"]);
  });
});

describe("answers and their usage", () => {
  const usage = (output_tokens: number) => ({
    usage: { input_tokens: 10, cache_read_input_tokens: 7, cache_creation_input_tokens: 3, output_tokens },
  });
  const responses = (...values: unknown[]) => events(...values).filter(({ type }) => type === "prompt.response");
  const text = (words: string) => [{ type: "text", text: words }];

  it("the lines of one answer are one event, with the usage of the last one", () => {
    const request = { requestId: "r1" };
    const found = responses(
      answer(text("one"), request, usage(1)),
      ask("t1", "ls", request, usage(1)),
      result("t1", "x"),
      answer(text("two"), request, { ...usage(9), stop_reason: "end_turn" }),
      answer(text("next"), { requestId: "r2" }, { id: "msg_2", ...usage(4) }),
    );
    expect(found.map(contentText)).toEqual(["one\ntwo", "next"]);
    expect(metadata(found[0]!)).toMatchObject({
      inputTokens: 10,
      cacheReadTokens: 7,
      cacheWriteTokens: 3,
      outputTokens: 9,
      toolCallsCount: 1,
      stopReason: "end_turn",
    });
    expect(found.map((event) => metadata(event).outputTokens)).toEqual([9, 4]);
  });

  it("an answer that comes back after another one has its words, and no usage again", () => {
    const found = responses(
      answer(text("one"), { requestId: "r1" }, usage(5)),
      answer(text("other"), { requestId: "r2" }, { id: "msg_2", ...usage(6) }),
      answer(text("again"), { requestId: "r1" }, usage(5)),
    );
    expect(found.map((event) => metadata(event).outputTokens)).toEqual([5, 6, undefined]);
  });

  it("message ids that a proxy gives to every answer make no two answers one", () => {
    const found = responses(
      ask("a", "ls", {}, usage(1)),
      result("a", "x"),
      ask("b", "pwd", {}, usage(2)),
      result("b", "y"),
    );
    expect(found.map((event) => metadata(event).outputTokens)).toEqual([1, 2]);
  });

  it("a subagent's answers stand apart from those between which they come", () => {
    const found = responses(
      answer(text("main"), { requestId: "r1" }, usage(1)),
      answer(text("child"), { requestId: "r2", agentId: "a1", isSidechain: true }, { id: "msg_2", ...usage(2) }),
      answer(text("main goes on"), { requestId: "r1" }, usage(3)),
    );
    expect(found.map((event) => [event.agentId, contentText(event)])).toEqual([
      [undefined, "main\nmain goes on"],
      ["a1", "child"],
    ]);
  });

  it("tools that the model's maker runs have their result in the answer", () => {
    const found = outcome(
      answer([
        { type: "server_tool_use", id: "srv_1", name: "web_search", input: { query: "x" } },
        { type: "web_search_tool_result", tool_use_id: "srv_1", content: [{ type: "web_search_result", title: "y" }] },
      ]),
    );
    expect(found.map((event) => [event.type, metadata(event).toolName])).toEqual([["tool.result", "web_search"]]);
  });
});

describe("prompts", () => {
  const prompts = (...values: unknown[]) => events(...values).filter(({ type }) => type === "prompt.input");

  it("say who gave them", () => {
    const given = prompts(
      prompt("typed", { promptSource: "typed", origin: { kind: "human" } }),
      prompt("<task-notification>", { promptId: "p2", promptSource: "system", turnOrigin: "task_notification" }),
      prompt("for the child", { isSidechain: true, agentId: "a1" }),
      base({ type: "attachment", attachment: { type: "queued_command", prompt: "typed meanwhile" }, promptId: "p3" }),
      prompt("Caveat: ...", { isMeta: true }),
    );
    expect(given.map((event) => [contentText(event), metadata(event).hostGenerated ?? false])).toEqual([
      ["typed", false],
      ["<task-notification>", true],
      ["for the child", true],
      ["typed meanwhile", false],
      ["Caveat: ...", true],
    ]);
  });

  it("that the user stopped the turn is no prompt", () => {
    const mark = prompt("", { message: { content: [{ type: "text", text: "[Request interrupted by user]" }] } });
    expect(events(mark).map(({ type }) => type)).toEqual(["agent.interrupted"]);
  });
});

describe("the same session told again", () => {
  const session = () => [
    prompt("go", { promptId: "p9" }),
    ask("t1", "make", { requestId: "r1" }),
    result("t1", "x", { toolUseResult: { stdout: "x" }, permissionDecision: { decision: "accept", source: "config" } }),
    answer([{ type: "text", text: "done" }], { requestId: "r2" }, { id: "msg_2" }),
  ];

  it("a forked session's copy of the lines before are the events of the session before", () => {
    const before = session();
    const copy = before.map((line) => ({
      ...line,
      sessionId: "fork",
      ...("type" in line && line.type === "assistant" && { requestSessionId: "s1" }),
    }));
    const own = [
      prompt("on", { promptId: "p10", sessionId: "fork" }),
      ask("t2", "make", { sessionId: "fork", requestId: "r3" }),
      result("t2", "y", { sessionId: "fork" }),
    ];
    const alone = taken("claude-transcript", jsonLines(...before));
    const both = taken("claude-transcript", jsonLines(...before, ...copy, ...own));
    expect(both.report).toMatchObject({ added: alone.report.added + 4, known: alone.report.added, refused: 0 });
    expect(both.events.filter(({ sessionId }) => sessionId === "fork").map(({ type }) => type)).toEqual([
      "prompt.input",
      "tool.invoked",
      "tool.result",
      "prompt.response",
    ]);
    // Also where the session before is not on record.
    const fork = taken("claude-transcript", jsonLines(...copy, ...own));
    expect(fork.report).toMatchObject({ added: alone.report.added + 4, known: 0 });
    expect(fork.events.filter(({ sessionId }) => sessionId === "s1")).toHaveLength(alone.report.added);
  });

  it("hooks and session file have the same identity and essence for prompts, calls and results", async () => {
    const { traitsOf } = await import("../src/ingest/traits.js");
    const { claudeCode } = await import("@sealtrail/sources/host");
    const common = { session_id: "s1", prompt_id: "p9" };
    const call = { tool_name: "Bash", tool_input: { command: "make" }, tool_use_id: "t1" };
    const hooked = [
      { ...common, hook_event_name: "UserPromptSubmit", prompt: "go" },
      { ...common, hook_event_name: "PreToolUse", ...call },
      { ...common, hook_event_name: "PostToolUse", ...call, tool_response: { stdout: "x" }, duration_ms: 4 },
    ].map((payload) => {
      const normalised = claudeCode.normalise(payload);
      return "events" in normalised ? traitsOf({ ...normalised.events[0]!, ...liveIdentity(payload) }) : undefined;
    });
    const source = claudeTranscript();
    const logged = session()
      .flatMap((line) => {
        const normalised = source.normalise(line);
        return "events" in normalised ? normalised.events : [];
      })
      .filter(({ type }) => ["prompt.input", "tool.invoked", "tool.result"].includes(type))
      .map((draft) => traitsOf(draft))
      .map(({ line: _, ...traits }) => traits);
    expect(logged).toEqual(hooked);
  });
});

describe("lines of no use", () => {
  it("are passed over with a reason, or refused; nothing throws", () => {
    const { report } = taken(
      "claude-transcript",
      jsonLines(
        { type: "attachment" },
        { type: "cost-state" },
        { a: 1 },
        7,
        null,
        [],
        { type: "user" },
        { type: "assistant" },
      ),
    );
    expect(report).toMatchObject({ read: 8, added: 0, skipped: { bookkeeping: 2 }, refused: 6 });
  });

  it("a file that only asks is read in bounded memory", () => {
    const source = claudeTranscript();
    const big = "x".repeat(1_000_000);
    for (let i = 0; i < 200; i++) source.normalise(ask(`t${i}`, big));
    const last = source.normalise(result("t199", "x"));
    const first = source.normalise(result("t0", "x"));
    const name = (normalised: typeof last) =>
      "events" in normalised ? normalised.events.at(-1)?.metadata?.toolName : "";
    expect([name(last), name(first)]).toEqual(["Bash", undefined]);
  });
});
