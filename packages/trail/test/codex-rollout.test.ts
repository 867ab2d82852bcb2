// Codex's session log: each call has one outcome, told by the host and never by what a tool printed; tokens are counted once; forks
// are told from their parents; and what hooks tell too has the same identity.

import { sourceOf } from "@sealtrail/sources";
import type { EventDraft } from "@sealtrail/sources/event";
import { describe, expect, it } from "vitest";
import { ingest } from "../src/ingest/ingest.js";
import { jsonLines, optionsFor, taken } from "./support/ingested.js";
import { newTrail } from "./support/trails.js";

const SESSION = "01a20221-2475-7162-8bad-aa8a247d4a03";
let clock = 0;
const line = (type: string, payload: object) => ({
  timestamp: new Date(Date.UTC(2026, 0, 5) + ++clock * 1000).toISOString(),
  type,
  payload,
});
const meta = (id = SESSION, more: object = {}) =>
  line("session_meta", { id, cwd: "/w", cli_version: "0.98.0", source: "cli", ...more });
const item = (payload: object) => line("response_item", payload);
const event = (payload: object) => line("event_msg", payload);
const shell = (call_id: string, cmd: string) =>
  item({ type: "function_call", name: "exec_command", arguments: JSON.stringify({ cmd }), call_id });
const answer = (call_id: string, output: unknown) => item({ type: "function_call_output", call_id, output });
const head = (code: number, body: string) =>
  `Chunk ID: a1\nWall time: 0.1 seconds\nProcess exited with code ${code}\nOriginal token count: 1\nOutput:\n${body}`;

function drafts(...lines: object[]): EventDraft[] {
  const source = sourceOf("codex-rollout");
  return lines.flatMap((one) => {
    const told = source.normalise(one);
    return "events" in told ? told.events : [];
  });
}

/** What a trail holds of these lines: types and marks. Reading them again adds nothing. */
function recorded(...lines: object[]): string[] {
  const { trail } = newTrail();
  const read = () =>
    ingest(jsonLines(...lines), { ...optionsFor("codex-rollout", trail), dedupeSecret: trail.dedupeSecret });
  read();
  const events = [...trail.events()];
  expect(read().added).toBe(0);
  trail.close();
  return events.map(({ type, metadata }) => `${type}${metadata?.idReused === true ? " idReused" : ""}`);
}

const outcomes = (...lines: object[]) =>
  drafts(meta(), ...lines).filter(({ metadata }) => metadata?.outcome !== undefined);
const outcome = (...lines: object[]) => {
  const found = outcomes(...lines);
  expect(found).toHaveLength(1);
  return { type: found[0]!.type, ...found[0]!.metadata } as Record<string, unknown>;
};

describe("how a call ended", () => {
  it.each([
    [head(3, "x"), { type: "tool.result", exitCode: 3 }],
    [
      "Exit code: 0\nWall time: 0.2 seconds\nTotal output lines: 3\nOutput:\nExit code: 9",
      { type: "tool.result", exitCode: 0, durationMs: 200 },
    ],
    [
      '{"output":"Process exited with code 9","metadata":{"exit_code":2,"duration_seconds":0.5}}',
      { type: "tool.result", exitCode: 2, durationMs: 500 },
    ],
    ["exec command rejected by user", { type: "tool.denied", deniedReason: "approval", by: "user" }],
    [
      "approval policy is Never; reject command — you cannot ask",
      { type: "tool.denied", deniedReason: "policy", by: "policy" },
    ],
    [
      "Command blocked by PreToolUse hook: no. Command: x",
      { type: "tool.denied", deniedReason: "policy", by: "policy" },
    ],
    ["`rm -rf /` rejected: blocked by policy", { type: "tool.denied", deniedReason: "policy", by: "policy" }],
    [
      "sandbox denied exec error, exit code: 1, stdout: , stderr: no",
      { type: "tool.denied", deniedReason: "sandbox", by: "sandbox" },
    ],
    [
      "This action was rejected due to unacceptable risk.\nbecause",
      { type: "tool.denied", deniedReason: "approval", by: "policy" },
    ],
    ["aborted by user after 5.0s", { type: "tool.cancelled", by: "user", durationMs: 5000 }],
    ["Wall time: 2.5 seconds\naborted by user", { type: "tool.cancelled", durationMs: 2500 }],
    ["aborted", { type: "tool.cancelled" }],
    ["exec_command failed: no such file", { type: "tool.result", error: "exec_command failed: no such file" }],
  ])("a shell's answer %j", (output, expected) => {
    expect(outcome(shell("c", "x"), answer("c", output))).toMatchObject({
      ...expected,
      toolName: "Bash",
      args: { command: "x" },
    });
  });

  it.each([
    head(0, "exec command rejected by user"),
    head(0, "aborted by user after 5.0s"),
    "my log\nProcess exited with code 9\n",
    "Exit code: 9\nsomething else\nOutput:\nx",
    '{"output":"x","metadata":"none"}',
  ])("what a command printed decides nothing: %j", (output) => {
    const told = outcome(shell("c", "x"), answer("c", output));
    expect(told.type).toBe("tool.result");
    expect([undefined, 0]).toContain(told.exitCode);
  });

  it("a call that the model's output cut off ends with its answer", () => {
    const action = { type: "exec", command: ["sudo", "reboot"] };
    const asked = item({ type: "local_shell_call", call_id: "l1", status: "incomplete", action });
    const said = '{"output":"x","metadata":{"exit_code":5}}';
    expect(outcome(asked, answer("l1", said))).toMatchObject({ type: "tool.result", exitCode: 5 });
    expect(outcomes(asked)).toEqual([]);
  });

  it("a server's answer is no word of the host's", () => {
    const call = item({ type: "function_call", name: "mcp__ci__log", arguments: "{}", call_id: "m" });
    expect(outcome(call, answer("m", head(7, "x"))).exitCode).toBeUndefined();
    expect(outcome(call, answer("m", '{"output":"","metadata":{"exit_code":7}}')).exitCode).toBeUndefined();
    // Whose word it is cannot be told.
    expect(outcome(call, answer("m", "user rejected MCP tool call")).type).toBe("tool.unknown");
    const end = (result: object) =>
      event({
        type: "mcp_tool_call_end",
        call_id: "m",
        invocation: { server: "ci", tool: "log", arguments: { a: 1 } },
        result,
      });
    expect(outcome(call, end({ Err: "user rejected MCP tool call" }))).toMatchObject({
      type: "tool.denied",
      by: "user",
    });
    expect(outcome(call, end({ Ok: { content: [], isError: true } }))).toMatchObject({
      type: "tool.result",
      isError: true,
    });
    expect(outcome(end({ Ok: { content: [{ type: "text", text: "user rejected MCP tool call" }] } })).type).toBe(
      "tool.result",
    );
  });

  it("the structured content of a server's answer is kept, unless it is the text again", () => {
    const end = (text: string) => {
      const Ok = { content: [{ type: "text", text }], structured_content: { n: 1 } };
      return outcomes(
        event({ type: "mcp_tool_call_end", call_id: "m", invocation: { server: "s", tool: "t" }, result: { Ok } }),
      );
    };
    expect(end("one")[0]?.content).toEqual({ content: "one", structuredContent: { n: 1 } });
    expect(end('{"n":1}')[0]?.content).toBe('{"n":1}');
  });

  it("patches: rejected, failed, applied, declined", () => {
    const patch = item({ type: "custom_tool_call", name: "apply_patch", call_id: "p", input: "*** Begin Patch" });
    const said = (output: string) => item({ type: "custom_tool_call_output", call_id: "p", output });
    expect(
      outcome(
        patch,
        said("patch rejected: writing is blocked by read-only sandbox; rejected by user approval settings"),
      ),
    ).toMatchObject({ type: "tool.denied", by: "sandbox", deniedReason: "sandbox" });
    expect(
      outcome(patch, said("patch rejected: writing outside of the project; rejected by user approval settings")),
    ).toMatchObject({ by: "policy" });
    expect(outcome(patch, said("patch rejected by user"))).toMatchObject({ type: "tool.denied", by: "user" });
    expect(outcome(patch, said("apply_patch verification failed: no"))).toMatchObject({
      type: "tool.result",
      error: "apply_patch verification failed: no",
    });
    const end = event({
      type: "patch_apply_end",
      call_id: "p",
      success: true,
      stdout: "ok",
      stderr: "",
      changes: { "/w/a": { type: "add" } },
    });
    expect(outcome(patch, end)).toMatchObject({
      type: "tool.result",
      args: { command: "*** Begin Patch" },
      changes: { "/w/a": { type: "add" } },
    });
    const declined = event({
      type: "patch_apply_end",
      call_id: "p",
      success: false,
      status: "declined",
      stderr: "patch rejected by user",
      changes: {},
    });
    expect(outcome(patch, declined)).toMatchObject({ type: "tool.denied", by: "user", hostDeniedReason: "declined" });
  });

  it("a call told by an item and by its answer has one outcome, whichever comes first", () => {
    const done = event({
      type: "item_completed",
      turn_id: "t",
      item: {
        type: "CommandExecution",
        id: "c",
        command: ["bash", "-lc", "x"],
        status: "failed",
        exit_code: 3,
        aggregated_output: "no",
      },
    });
    expect(outcome(shell("c", "x"), done, answer("c", head(3, "no")))).toMatchObject({ exitCode: 3 });
    expect(outcome(shell("c", "x"), answer("c", head(3, "no")), done)).toMatchObject({ exitCode: 3 });
    const declined = event({
      type: "exec_command_end",
      call_id: "c",
      command: ["bash", "-lc", "x"],
      status: "declined",
      exit_code: -1,
      stderr: "exec command rejected by user",
    });
    const denied = outcome(shell("c", "x"), declined, answer("c", "exec command rejected by user"));
    expect(denied).toMatchObject({ type: "tool.denied", by: "user" });
    expect(denied).not.toHaveProperty("exitCode");
  });

  it("a command that goes on has its end when it ends", () => {
    const running =
      "Chunk ID: a1\nWall time: 1.0 seconds\nProcess running with session ID 4\nOutput:\nProcess exited with code 0\n";
    const stdin = item({
      type: "function_call",
      name: "write_stdin",
      arguments: '{"session_id":4,"chars":""}',
      call_id: "w",
    });
    expect(outcomes(shell("c", "sleep 9"), answer("c", running))).toHaveLength(0);
    const [ended, written] = outcomes(shell("c", "sleep 9"), answer("c", running), stdin, answer("w", head(2, ""))).map(
      ({ metadata }) => metadata,
    );
    expect([written?.toolCallId, ended?.toolCallId].sort()).toEqual(["c", "w"]);
    expect([ended, written].find((one) => one?.toolCallId === "c")).toMatchObject({
      exitCode: 2,
      args: { command: "sleep 9" },
    });
  });

  it("an aborted turn cancels the calls that have no end, and those alone", () => {
    const told = drafts(
      meta(),
      shell("a", "x"),
      answer("a", head(0, "")),
      shell("b", "y"),
      event({ type: "turn_aborted", reason: "interrupted" }),
      answer("b", "aborted by user after 1.0s"),
    );
    expect(told.filter(({ type }) => type === "tool.cancelled").map(({ metadata }) => metadata?.toolCallId)).toEqual([
      "b",
    ]);
    expect(told.at(-1)).toMatchObject({ type: "agent.end", metadata: { success: false, reason: "interrupted" } });
  });

  it("an id that comes again is another call, whether the one before has an end or not", () => {
    const ended = [shell("c", "x"), answer("c", head(0, ""))];
    const again = [shell("c", "x"), answer("c", head(0, ""))];
    expect(recorded(meta(), ...ended, ...again)).toEqual([
      "session.start",
      "tool.invoked",
      "tool.result",
      "tool.invoked idReused",
      "tool.result idReused",
    ]);
    expect(recorded(meta(), shell("c", "x"), shell("c", "x"))).toEqual([
      "session.start",
      "tool.invoked",
      "tool.invoked idReused",
    ]);
  });
});

describe("prompts and texts", () => {
  it("the model's item and the host's event tell one prompt; the same words again are another", () => {
    const asItem = item({ type: "message", role: "user", content: [{ type: "input_text", text: "go on" }] });
    const asEvent = event({ type: "user_message", message: "go on" });
    expect(recorded(meta(), asItem, asEvent, asEvent, asItem, asItem)).toEqual([
      "session.start",
      "prompt.input",
      "prompt.input",
      "prompt.input",
    ]);
  });

  it("what the host writes in the user's name is marked", () => {
    const context = item({
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: "<environment_context>\n</environment_context>" }],
    });
    expect(drafts(meta(), context).at(-1)).toMatchObject({
      type: "prompt.context",
      metadata: { hostGenerated: true, role: "user" },
    });
  });
});

describe("tokens", () => {
  const total = (input: number, cached: number, output: number, last: object | null = null) =>
    event({
      type: "token_count",
      info: {
        total_token_usage: { input_tokens: input, cached_input_tokens: cached, output_tokens: output },
        last_token_usage: last,
      },
    });
  const used = (...lines: object[]) =>
    drafts(...lines).flatMap(({ metadata }) => (metadata?.inputTokens === undefined ? [] : [metadata]));

  it("running totals count once, cached input apart", () => {
    const told = used(meta(), total(100, 40, 10), total(100, 40, 10), total(250, 90, 30), total(250, 90, 30));
    expect(told.map((one) => [one.inputTokens, one.cacheReadTokens, one.outputTokens])).toEqual([
      [60, 40, 10],
      [100, 50, 20],
    ]);
  });

  it("a record of a response and the count after it are one", () => {
    const usage = { input_tokens: 100, output_tokens: 10 };
    const record = line("token_usage_record", { response_id: "r1", usage, thread_token_usage: usage });
    expect(used(meta(), record, total(100, 0, 10))).toMatchObject([{ inputTokens: 100, responseId: "r1" }]);
  });

  it("a fork is not charged with its parent's", () => {
    const fork = meta("01a220fb-47d2-7061-9121-2157069d2a54", { forked_from_id: SESSION });
    expect(
      used(fork, total(800, 0, 80, { input_tokens: 100, output_tokens: 10 })).map((one) => one.inputTokens),
    ).toEqual([100]);
  });
});

describe("forks", () => {
  const fork = "01a220fb-47d2-7061-9121-2157069d2a54";
  const at = (timestamp: string, type: string, payload: object) => ({ timestamp, type, payload });
  const parent = [shell("c", "ls"), answer("c", head(0, "one"))];

  it("what was copied stands under the parent and is known there; what comes after is the fork's", () => {
    const now = "2026-01-06T00:00:00.000Z";
    const copy = [
      at(now, "session_meta", { id: fork, forked_from_id: SESSION }),
      at(now, "session_meta", { id: SESSION }),
      ...parent.map(({ type, payload }) => at(now, type, payload)),
      at("2026-01-06T00:01:00.000Z", "response_item", shell("d", "rm x").payload),
    ];
    const both = [...drafts(meta(), ...parent), ...drafts(...copy)].filter(
      ({ metadata }) => metadata?.toolCallId !== undefined,
    );
    expect(both.map(({ sessionId }) => sessionId)).toEqual([SESSION, SESSION, SESSION, SESSION, fork]);
    expect(both[2]).toMatchObject({
      dedupeKey: both[0]!.dedupeKey,
      essence: both[0]!.essence,
      metadata: { copiedInto: fork },
    });
    expect(both[3]).toMatchObject({ dedupeKey: both[1]!.dedupeKey, essence: both[1]!.essence });
    expect(both[2]).not.toHaveProperty("occurredAt");
  });

  it("a turn that is younger than the fork is the fork's own, however soon it came", () => {
    const now = "2026-11-28T07:07:48.600Z";
    const told = drafts(
      at(now, "session_meta", { id: fork, forked_from_id: SESSION }),
      at(now, "session_meta", { id: SESSION }),
      at(now, "turn_context", { turn_id: "01a2021f-0000-7b60-86a5-603cffed8583" }),
      at(now, "response_item", parent[0]!.payload),
      at(now, "turn_context", { turn_id: "01a220fb-4857-7ae1-8bc5-fda4daec626e" }),
      at(now, "response_item", shell("d", "rm x").payload),
    );
    expect(told.filter(({ type }) => type === "tool.invoked").map(({ sessionId }) => sessionId)).toEqual([
      SESSION,
      fork,
    ]);
  });

  it("a log behind another one begins another session", () => {
    const other = "01a220fb-0000-7061-9121-2157069d2a54";
    const told = drafts(meta(), ...parent, meta(other), shell("c", "ls"));
    expect(told.map(({ type, sessionId }) => [type, sessionId]).slice(-2)).toEqual([
      ["session.start", other],
      ["tool.invoked", other],
    ]);
  });
});

describe("collaboration", () => {
  it("an agent that was started is on record with its prompt and its thread", () => {
    const end = event({
      type: "collab_agent_spawn_end",
      call_id: "s",
      sender_thread_id: SESSION,
      new_thread_id: "child",
      prompt: "delete it",
      status: "running",
    });
    const call = item({
      type: "function_call",
      name: "spawn_agent",
      arguments: '{"message":"delete it"}',
      call_id: "s",
    });
    for (const lines of [
      [end],
      [call, answer("s", '{"agent_id":"child"}')],
      [call, end, answer("s", '{"agent_id":"child"}')],
    ]) {
      const told = drafts(meta(), ...lines);
      expect(told.filter(({ type }) => type === "agent.subagent_spawned")).toMatchObject([
        { metadata: { childSession: "child" }, content: "delete it" },
      ]);
      expect(told.filter(({ metadata }) => metadata?.outcome !== undefined)).toHaveLength(1);
    }
  });
});

it("an item of a kind that is not known keeps its members, in codex exec too", () => {
  const source = sourceOf("codex");
  const told = source.normalise({
    type: "item.completed",
    item: { id: "item_0", type: "new_kind", zeta: "z", text: "t" },
  });
  expect(told).toMatchObject({
    events: [{ metadata: { hook: "new_kind", zeta: "z", itemId: "item_0" }, content: "t" }],
  });
});

describe("what hooks tell too has the identity that they give it", () => {
  it("calls, prompts, starts and ends of turns", () => {
    const hook = (payload: object) => {
      const told = sourceOf("codex").normalise({ session_id: SESSION, turn_id: "t", ...payload });
      return "events" in told ? told.events[0]! : undefined;
    };
    const log = drafts(
      meta(),
      line("turn_context", { turn_id: "t", model: "m" }),
      item({ type: "message", role: "user", content: [{ type: "input_text", text: "go" }] }),
      shell("c", "ls"),
      event({ type: "task_complete", turn_id: "t", last_agent_message: "done" }),
    );
    const told = [
      hook({ hook_event_name: "SessionStart", source: "startup" }),
      hook({ hook_event_name: "UserPromptSubmit", prompt: "go" }),
      hook({ hook_event_name: "PreToolUse", tool_name: "Bash", tool_use_id: "c", tool_input: { command: "ls" } }),
      hook({ hook_event_name: "Stop", last_assistant_message: "done" }),
    ];
    for (const draft of told) {
      const same = log.find(({ type, dedupeKey }) => type === draft?.type && dedupeKey === draft.dedupeKey);
      expect(same, draft?.type).toMatchObject({ essence: draft!.essence, fromLog: true });
    }
    const notified = sourceOf("codex").normalise({
      type: "agent-turn-complete",
      "thread-id": SESSION,
      "turn-id": "t",
      "last-assistant-message": "done",
    });
    expect("events" in notified && notified.events[0]!.dedupeKey).toBe(told[3]!.dedupeKey);
  });
});

it("the same log again adds nothing, and no line of it throws", () => {
  const lines = [
    meta(),
    shell("c", "x"),
    answer("c", head(0, "x")),
    event({ type: "new_thing", a: 1 }),
    item({ type: "new_item" }),
    line("new_line", { b: 2 }),
  ];
  const { report, events } = taken("codex-rollout", jsonLines(...lines, ...lines));
  expect([report.added, report.refused]).toEqual([events.length, 0]);
  for (const odd of [
    null,
    1,
    [],
    {},
    { type: "event_msg" },
    { type: "event_msg", payload: null },
    { type: "response_item", payload: { type: "function_call", arguments: "{", call_id: 5 } },
  ]) {
    expect(sourceOf("codex-rollout").normalise(odd)).toBeTypeOf("object");
  }
});
