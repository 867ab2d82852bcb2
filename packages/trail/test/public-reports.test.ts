// Reports from public trackers about agent hosts, and about programs that log what agents do: each situation is made anew with
// invented input, and the record must tell it as it was.

import type { SourceName } from "@sealtrail/sources";
import { describe, expect, it } from "vitest";
import { ingest } from "../src/ingest/ingest.js";
import { jsonLines, MemorySink, optionsFor } from "./support/ingested.js";
import { newTrail } from "./support/trails.js";

type Line = Record<string, unknown>;
const metadataOf = (event: { metadata: string }) => JSON.parse(event.metadata) as Record<string, unknown>;

/** Each list of lines is a file of its own. */
function taken(source: SourceName, ...files: (readonly Line[])[]) {
  const sink = new MemorySink();
  const reports = files.map((lines) => ingest(jsonLines(...lines), optionsFor(source, sink)));
  return { events: sink.events, refused: reports.reduce((sum, { refused }) => sum + refused, 0) };
}

/** `type:call` of each tool event, then its outcome's exit code or reason. */
function told(source: SourceName, files: readonly Line[][]): string[] {
  return taken(source, ...files).events.flatMap((event) => {
    const { toolName, exitCode, error, running } = metadataOf(event);
    if (!event.type.startsWith("tool.")) return [];
    const more = [exitCode, error, running === true ? "running" : undefined].filter((part) => part !== undefined);
    return [[event.type.slice(5), toolName, ...more].join(" ")];
  });
}

/** Tokens by session: `session input/cached/output`. */
function used(source: SourceName, files: readonly Line[][]): string[] {
  return taken(source, ...files).events.flatMap((event) => {
    const { inputTokens, cacheReadTokens, outputTokens } = metadataOf(event);
    return inputTokens === undefined ? [] : [`${event.sessionId} ${inputTokens}/${cacheReadTokens}/${outputTokens}`];
  });
}

// --- Claude Code -----------------------------------------------------------------------------------------------------

let uuids = 0;
const claude = (sessionId: string, more: Line): Line => ({
  uuid: `00000000-0000-4000-8000-${String(++uuids).padStart(12, "0")}`,
  timestamp: "2026-01-05T08:00:00.000Z",
  sessionId,
  ...more,
});
const answer = (sessionId: string, n: number, block: Line, output: number) =>
  claude(sessionId, {
    type: "assistant",
    requestId: `req_${n}`,
    message: {
      id: `msg_${n}`,
      model: "m",
      content: [block],
      usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: output },
    },
  });
const says = (text: string): Line => ({ type: "text", text });
const asks = (id: string, name: string): Line => ({ type: "tool_use", id, name, input: { path: "a" } });
const fails = (sessionId: string, id: string, content: string) =>
  claude(sessionId, {
    type: "user",
    message: { content: [{ type: "tool_result", tool_use_id: id, is_error: true, content }] },
  });
const hook = (hook_event_name: string, more: Line = {}): Line => ({
  session_id: "s",
  hook_event_name,
  tool_name: "Bash",
  tool_input: { command: "make" },
  ...more,
});

// --- Codex -----------------------------------------------------------------------------------------------------------

let seconds = 0;
const at = (type: string, payload: Line, timestamp?: string): Line => ({
  timestamp: timestamp ?? new Date(Date.UTC(2026, 0, 5) + ++seconds * 1000).toISOString(),
  type,
  payload,
});
const PARENT = "019b8b5e-0000-7000-8000-000000000001";
const meta = (id = PARENT, more: Line = {}) => at("session_meta", { id, cwd: "/w", ...more });
const item = (type: string, more: Line) => at("response_item", { type, ...more });
const event = (type: string, more: Line) => at("event_msg", { type, ...more });
const done = (more: Line) => event("item_completed", { item: more });
const shell = (call_id: string, cmd: string) =>
  item("function_call", { name: "exec_command", arguments: JSON.stringify({ cmd }), call_id });
const output = (call_id: string, said: unknown) => item("function_call_output", { call_id, output: said });
const tokens = (input: number, cached: number, out: number, last: [number, number, number]) => {
  const of = ([input_tokens, cached_input_tokens, output_tokens]: [number, number, number]) => ({
    input_tokens,
    cached_input_tokens,
    output_tokens,
  });
  return event("token_count", { info: { total_token_usage: of([input, cached, out]), last_token_usage: of(last) } });
};
const turn = (turn_id: string) => at("turn_context", { turn_id, model: "m" });
const again = (lines: readonly Line[], timestamp: string) => lines.map((line) => ({ ...line, timestamp }));
const script = (...parts: string[]) => parts.map((text) => ({ type: "input_text", text }));
const PATCH = "*** Begin Patch\n*** Add File: a\n+x\n*** End Patch";

interface Report {
  report: string;
  says: string;
  source: SourceName;
  /** The lines of one file, or those of several. */
  lines?: Line[];
  files?: Line[][];
  tools?: string[];
  tokens?: string[];
}

const exec = (type: string, more: Line = {}): Line => ({ type, ...more });
const command = { type: "command_execution", id: "item_0", command: "sleep 9", exit_code: null };

const reports: Report[] = [
  {
    report: "anthropics/claude-code#13241, #18093",
    says: "a call of which the hooks name no id is on record as often as it was made",
    source: "claude-code",
    lines: [1, 2].flatMap((n) => [
      hook("PreToolUse", { tool_use_id: null, n }),
      hook("PostToolUse", { tool_response: { stdout: "ok" }, n }),
    ]),
    tools: ["invoked Bash", "result Bash", "invoked Bash", "result Bash"],
  },
  {
    report: "anthropics/claude-code#24908",
    says: "an error of the host before a tool ran, of which no hook tells, is a refusal",
    source: "claude-transcript",
    lines: [
      answer("s", 1, asks("t1", "Edit"), 1),
      fails("s", "t1", "<tool_use_error>File has not been read yet.</tool_use_error>"),
    ],
    tools: ["invoked Edit", "denied Edit"],
  },
  {
    report: "ccusage/ccusage#888, #994",
    says: "of several lines of one answer the last usage counts, once",
    source: "claude-transcript",
    lines: [
      answer("s", 2, { type: "thinking", thinking: "h" }, 1),
      answer("s", 2, says("one"), 1),
      answer("s", 2, asks("t", "Read"), 77),
    ],
    tokens: ["s 10/5/77"],
  },
  {
    report: "steipete/CodexBar#1002, ccusage/ccusage#19",
    says: "answers that a forked file repeats under its own session, with the line's id alone to tell, count once",
    source: "claude-transcript",
    files: ((): Line[][] => {
      const before = [answer("old", 3, says("a"), 3), answer("old", 4, says("b"), 4)];
      return [before, [...before.map((line) => ({ ...line, sessionId: "new" })), answer("new", 5, says("c"), 5)]];
    })(),
    tokens: ["old 10/5/3", "old 10/5/4", "new 10/5/5"],
  },
  {
    report: "graykode/abtop#170",
    says: "commands, file changes and extensions that only completed items tell are calls",
    source: "codex-rollout",
    lines: [
      meta(),
      done({ type: "CommandExecution", id: "c", command: ["bash", "-lc", "make"], status: "completed", exit_code: 0 }),
      done({ type: "FileChange", id: "f", changes: { a: { type: "add" } }, status: "completed" }),
      done({ type: "Extension", id: "x", kind: "web.search", query: "weather", status: "completed" }),
    ],
    tools: ["result Bash 0", "result apply_patch", "result web_search"],
  },
  {
    report: "openai/codex#14691",
    says: "a command that the turn left behind, printed as completed without an exit code, has no known end",
    source: "codex",
    lines: [
      exec("thread.started", { thread_id: PARENT }),
      exec("item.started", { item: { ...command, status: "in_progress" } }),
      exec("item.completed", { item: { ...command, status: "completed" } }),
      exec("turn.completed", { usage: { input_tokens: 1, output_tokens: 1 } }),
    ],
    tools: ["invoked Bash", "unknown Bash"],
    tokens: [],
  },
  {
    report: "meawoppl/rust-code-agent-sdks#134",
    says: "a patch that the host gave up is cancelled",
    source: "codex-rollout",
    lines: [
      meta(),
      item("custom_tool_call", { name: "apply_patch", call_id: "p", input: PATCH }),
      item("custom_tool_call_output", { call_id: "p", output: "aborted" }),
    ],
    tools: ["invoked apply_patch", "cancelled apply_patch"],
  },
  {
    report: "TheGaySupreme123/yoetz#422",
    says: "an exit code below zero is kept",
    source: "codex-rollout",
    lines: [meta(), shell("c", "x"), output("c", "Wall time: 0.1 seconds\nProcess exited with code -1\nOutput:\n")],
    tools: ["invoked Bash", "result Bash -1"],
  },
  {
    report: "gptme/gptme-contrib#1575",
    says: "a script that goes on ends with the call that waits for it; what it ran inside is on record",
    source: "codex-rollout",
    lines: [
      meta(),
      item("custom_tool_call", { name: "exec", call_id: "e", input: "await tools.exec_command({})" }),
      item("custom_tool_call_output", {
        call_id: "e",
        output: script("Script running with cell ID 7\nWall time 10.0 seconds\nOutput:\n"),
      }),
      item("function_call", { name: "wait", arguments: '{"cell_id":"7"}', call_id: "w" }),
      event("exec_command_end", { call_id: "i", command: ["bash", "-lc", "make"], exit_code: 2, status: "failed" }),
      event("patch_apply_end", { call_id: "j", success: true, changes: { b: { type: "update" } } }),
      output("w", script("Script failed\nWall time 3.0 seconds\nOutput:\n", '{\\"exit_code\\":2}')),
    ],
    tools: [
      "invoked exec",
      "detail exec running",
      "invoked wait",
      "result Bash 2",
      "result apply_patch",
      "result wait",
      "result exec the script failed",
    ],
  },
  {
    report: "sesori-ai/sesori_apps_monorepo#969, ingo-eichhorst/Irrlicht#453",
    says: "an aborted turn that names no turn cancels what was at work, and the session goes on",
    source: "codex-rollout",
    lines: [
      meta(),
      turn("t1"),
      shell("a", "sleep 9"),
      event("turn_aborted", { reason: "interrupted" }),
      shell("b", "ls"),
      output("b", "Wall time: 0.1 seconds\nProcess exited with code 0\nOutput:\n"),
    ],
    tools: ["invoked Bash", "cancelled Bash", "invoked Bash", "result Bash 0"],
  },
  {
    report: "fullsend-ai/fullsend#6924, openai/codex#19689",
    says: "running totals that exec prints are never summed, and an error that the turn survives ends nothing",
    source: "codex",
    lines: [
      exec("thread.started", { thread_id: PARENT }),
      exec("item.completed", { item: { id: "item_0", type: "error", message: "stream lagged" } }),
      exec("item.completed", {
        item: {
          id: "item_1",
          type: "collab_tool_call",
          tool: "spawn_agent",
          receiver_thread_ids: ["t2"],
          prompt: "look",
          status: "completed",
        },
      }),
      exec("turn.completed", { usage: { input_tokens: 100, output_tokens: 10 } }),
      exec("turn.completed", { usage: { input_tokens: 250, output_tokens: 30 } }),
    ],
    tools: ["result spawn_agent"],
    tokens: [],
  },
  {
    report: "openai/codex#26751",
    says: "a patch that comes as a function in the host's own namespace, as text and no JSON, is a patch",
    source: "codex-rollout",
    lines: [
      meta(),
      item("function_call", { namespace: "functions.", name: "apply_patch", arguments: PATCH, call_id: "q" }),
      output("q", "Exit code: 0\nWall time: 0.1 seconds\nOutput:\nSuccess"),
    ],
    tools: ["invoked apply_patch", "result apply_patch 0"],
  },
  {
    report: "openai/codex#27833",
    says: "a patch that a hook denied and that the host applied all the same has run",
    source: "codex-rollout",
    lines: [
      meta(),
      item("custom_tool_call", { name: "apply_patch", call_id: "z", input: PATCH }),
      event("hook_completed", { run: { event_name: "pre_tool_use", status: "blocked" } }),
      event("patch_apply_end", { call_id: "z", success: true, changes: { a: { type: "add" } } }),
      item("custom_tool_call_output", { call_id: "z", output: '{"output":"ok","metadata":{"exit_code":0}}' }),
    ],
    tools: ["invoked apply_patch", "result apply_patch"],
  },
  {
    report: "openai/codex#39872",
    says: "a refusal of the sandbox that somebody overrules ends as what ran",
    source: "codex-rollout",
    lines: [
      meta(),
      shell("d", "touch /etc/x"),
      event("exec_approval_request", { call_id: "d", command: ["bash", "-lc", "touch /etc/x"], reason: "retry?" }),
      event("exec_command_end", { call_id: "d", command: ["bash", "-lc", "touch /etc/x"], exit_code: 0 }),
      output("d", "Wall time: 0.1 seconds\nProcess exited with code 0\nOutput:\n"),
    ],
    tools: ["invoked Bash", "permission_request Bash", "result Bash 0"],
  },
  {
    report: "ccusage/ccusage#1349, #1370, #1460, stablyai/orca#8023",
    says: "a fork's copy of its parent's log, with new times or the old ones, is not used again",
    source: "codex-rollout",
    files: ((): Line[][] => {
      const parent = [meta(), turn("t1"), tokens(100, 40, 10, [100, 40, 10]), tokens(250, 90, 30, [150, 50, 20])];
      const fork = (id: string, copy: Line[], day: string): Line[] => [
        at("session_meta", { id, forked_from_id: PARENT }, `${day}T00:00:00.000Z`),
        ...copy,
        ...again([turn("t2"), tokens(400, 150, 50, [150, 60, 20])], `${day}T00:01:00.000Z`),
      ];
      return [
        parent,
        fork("019c1600-0000-7000-8000-000000000002", again(parent, "2026-02-01T00:00:00.000Z"), "2026-02-01"),
        fork("019c1b00-0000-7000-8000-000000000003", parent, "2026-02-02"),
      ];
    })(),
    tokens: [
      `${PARENT} 60/40/10`,
      `${PARENT} 100/50/20`,
      "019c1600-0000-7000-8000-000000000002 90/60/20",
      "019c1b00-0000-7000-8000-000000000003 90/60/20",
    ],
  },
];

describe("what hosts write", () => {
  it.each(reports)("$report: $says", ({ source, lines, files = [lines ?? []], tools, tokens: expected }) => {
    if (tools !== undefined) expect(told(source, files)).toEqual(tools);
    if (expected !== undefined) expect(used(source, files)).toEqual(expected);
    expect(taken(source, ...files).refused).toBe(0);
  });

  it("ccusage/ccusage#1175: in a fork of a fork each copied call stands under the session that made it", () => {
    const [fork, second] = ["019b8b60-0000-7000-8000-000000000002", "019b8b70-0000-7000-8000-000000000003"];
    const end = "Wall time: 0.1 seconds\nProcess exited with code 0\nOutput:\n";
    const parent = [meta(), turn("019b8b5e-1000-7000-8000-000000000000"), shell("a", "ls"), output("a", end)];
    const own = [turn("019b8b60-1000-7000-8000-000000000000"), shell("b", "pwd"), output("b", end)];
    const first = [
      at("session_meta", { id: fork, forked_from_id: PARENT }),
      ...again(parent, "2026-01-05T01:00:00Z"),
      ...again(own, "2026-01-05T01:01:00Z"),
    ];
    const now = "2026-01-05T02:00:00Z";
    const chain = [
      at("session_meta", { id: second, forked_from_id: fork }, now),
      ...again(first, now),
      ...again(
        [turn("019b8b70-1000-7000-8000-000000000000"), shell("c", "id"), output("c", end)],
        "2026-01-05T02:01:00Z",
      ),
    ];
    const calls = taken("codex-rollout", parent, first, chain).events.filter(({ type }) => type === "tool.invoked");
    expect(calls.map((call) => [call.sessionId, metadataOf(call).toolCallId])).toEqual([
      [PARENT, "a"],
      [fork, "b"],
      [second, "c"],
    ]);
  });
});

// --- What a host tells again, on record ------------------------------------------------------------------------------

let captures = 0;
/** Of a file of captures: each telling has a number of its own, also where it tells the same call. */
const capture = (hook: string, event: Line, run: string | undefined = "r1"): Line => ({
  hook,
  event: { toolName: "exec", toolCallId: "call_0", params: { command: "ls" }, ...event },
  ctx: { sessionKey: "agent:main:main", ...(run !== undefined && { runId: run }) },
  ts: Date.UTC(2026, 0, 5) + ++captures * 100,
  pid: 1,
  inst: "a",
  n: captures,
});
const before = (event: Line = {}, run?: string) => capture("before_tool_call", event, run);
const after = (event: Line = {}, run?: string) =>
  capture("after_tool_call", { result: { content: "ok", details: { exitCode: 0 } }, ...event }, run);
const anonymous = ({ pid: _, inst: __, n: ___, ...line }: Line): Line => line;
const entry = (id: string, message: Line): Line => ({
  type: "message",
  id,
  timestamp: "2026-01-05T08:00:00Z",
  message,
});
const toolResult = (id: string) =>
  entry(id, { role: "toolResult", toolCallId: "call_0", toolName: "exec", content: "ok" });

interface Telling {
  report: string;
  says: string;
  source?: SourceName;
  lines: Line[];
  tools: string[];
  redactToolArgs?: true;
}

const tellings: Telling[] = [
  {
    report: "openclaw/openclaw#15502",
    says: "a call that three hooks ask for is asked for once, and twice more marked",
    lines: [before(), before(), before(), after()],
    tools: ["invoked", "invoked repeated", "invoked repeated", "result"],
  },
  {
    report: "openclaw/openclaw#84730",
    says: "one id for two calls before an outcome is marked at the second",
    lines: [before(), before({ params: { command: "rm -r x" } }), after()],
    tools: ["invoked", "invoked idReused", "result"],
  },
  {
    report: "openclaw/openclaw#84730",
    says: "the same words in another run, where the call before has no end, are another call",
    lines: [before(), before({}, "r2"), after({}, "r2")],
    tools: ["invoked", "invoked idReused", "result"],
  },
  {
    report: "openclaw/openclaw#84730",
    says: "what is sealed is not taken for the same",
    redactToolArgs: true,
    lines: [before(), before({ params: { command: "rm -r x" } })],
    tools: ["invoked", "invoked idReused"],
  },
  {
    report: "openclaw/openclaw#111979",
    says: "results told again after an abort belong to the outcome on record",
    lines: [before(), after({ error: "aborted" }), after(), after()],
    tools: ["invoked", "result", "detail of", "detail of"],
  },
  {
    report: "openclaw/openclaw#111979",
    says: "also where the captures have no numbers",
    lines: [before(), after(), after({ error: "aborted" })].map(anonymous),
    tools: ["invoked", "result", "detail of"],
  },
  {
    report: "openclaw/openclaw#111979",
    says: "also in the host's own session file",
    source: "openclaw-session",
    lines: [
      { type: "session", id: "s1", timestamp: "2026-01-05T08:00:00Z", cwd: "/w" },
      entry("e1", { role: "assistant", content: [{ type: "toolCall", id: "call_0", name: "exec", arguments: {} }] }),
      toolResult("e2"),
      toolResult("e3"),
      toolResult("e4"),
    ],
    tools: ["invoked", "result", "detail of", "detail of"],
  },
  {
    report: "openclaw/openclaw#110956",
    says: "an id that another run uses, of whose call only the end is told, is another call",
    lines: [before(), after(), after({}, "r2")],
    tools: ["invoked", "result", "result idReused"],
  },
  {
    report: "fullsend-ai/fullsend#6924",
    says: "items of a resumed run, numbered from 0 again, have outcomes of their own",
    source: "codex",
    lines: [0, 0].flatMap(() => [
      exec("thread.started", { thread_id: PARENT }),
      exec("item.completed", { item: { ...command, status: "completed", exit_code: 0 } }),
    ]),
    tools: ["result", "result"],
  },
];

describe("what a host tells again is on record, as what it is", () => {
  it.each(tellings)("$report: $says", async ({ source = "openclaw", lines, tools, redactToolArgs }) => {
    const { trail } = newTrail();
    const options = optionsFor(source, trail, { redactToolArgs: redactToolArgs === true });
    const { added } = ingest(jsonLines(...lines), { ...options, dedupeSecret: trail.dedupeSecret });
    const events = [...trail.events()];
    expect(added).toBe(events.length);
    const told = events
      .filter(({ type }) => type.startsWith("tool."))
      .map(({ type, metadata = {} }) => {
        const marks = ["repeated", "idReused", "of"].filter((mark) => metadata[mark] !== undefined);
        return [type.slice(5), ...marks].join(" ");
      });
    expect(told).toEqual(tools);
    const open = tools.filter((tool) => tool.startsWith("result")).length === 0;
    expect([...trail.openCalls()]).toHaveLength(open ? 1 : 0);
    expect((await trail.verify()).findings).toEqual([]);
    trail.close();
  });
});

const S = "q8Zt4Lw9Xr2Vb7Nk";
/** Report, and a command whose secret stands between « and »: all else is kept. */
const commands: [string, string][] = [
  ["slopus/happy#1297", `openclaw gateway --gateway-token «${S}» --port 18789`],
  ["slopus/happy#1297", "openclaw gateway --gateway-password «hunter2» --bind lan"],
  ["slopus/happy#1297", `happy --claude-env ANTHROPIC_TOKEN=«${S}» start`],
  ["basefoundry/base#1129", `tool --token «${S}» --x`],
  ["basefoundry/base#1129", `tool --token=«${S}» --x`],
  ["basefoundry/base#1129", `TOKEN=«${S}» tool run`],
  ["basefoundry/base#1129", `git clone https://bob:«${S}»@git.example.com/a/b.git`],
  ["yc-software/qm#80", `echo «${S}» | gh auth login --with-token`],
  ["yc-software/qm#80", `gh auth login --with-token <<< "«${S}»"`],
  ["yc-software/qm#80", `gh auth login --with-token <<EOF\n«${S}»\nEOF`],
  ["secrets kept by a program", `wrangler secret put API_KEY <<EOF\n«${S}»\nEOF`],
  ["secrets kept by a program", `echo «${S}» | gh secret set NPM_KEY -R a/b`],
  ["secrets kept by a program", `printf '%s' '«${S}»' | gcloud secrets versions add db --data-file=-`],
  ["secrets kept by a program", "chpasswd <<EOF\nbob:«hunter2»\nEOF"],
  ["gotgenes/pi-packages#920", `KEY="«${S}»" node run.js`],
  ["gotgenes/pi-packages#920", `export OPENROUTER_KEY=«${S}» && npm test`],
  ["gotgenes/pi-packages#920", `curl -H "Authorization: Bearer «${S}»" https://a.example/v1`],
  ["jitpass/jit#61", "jit vault set prod/db/password «hunter2»"],
  ["triggerdotdev/trigger.dev#4087", `trigger deploy --access-token «${S}» --env-file .env`],
  ["work-spaces/spaces#1123", 'curl -d "{\\"password\\":\\"«hunter2two»\\"}" https://a.example'],
  ["fauna/fauna-shell#511", `fauna query x --accountKey «${S}»`],
  ["jaylfc/taOS#1558", `taos run --api-key «${S}»`],
  ["vshulcz/deja-vu#1765", 'echo "{\\"api_key\\": \\"«8f14e45fceea167a5a36dedd4bea2543»\\"}" > /tmp/x'],
  ["5dive-ai/5dive#881", `5dive agent config seat set telegram.token=«${S}»`],
  ["hojinzs/github-symphony#520", 'curl "https://example.test/?access_token=«abc123xyz»" && echo "done"'],
  ["termaxa/termaxa#104", `*** Begin Patch\n*** Update File: /w/.env\n@@\n+API_TOKEN=«${S}»\n+# kept\n*** End Patch`],
  ["openclaw/openclaw#113709", 'echo "=== deploy token ==="'],
  ["openclaw/openclaw#113709", 'test "$token" == "$other" && echo same'],
  ["no secret", "KEY=value ./run && KEY=$OTHER_KEY ./run"],
];

describe("commands with a secret", () => {
  it.each(commands)("%s: %j", (_, marked) => {
    const line = hook("PreToolUse", { tool_input: { command: marked.replaceAll(/[«»]/g, "") } });
    const [event] = taken("claude-code", [line]).events;
    expect(metadataOf(event!).args).toEqual({ command: marked.replaceAll(/«[^»]*»/g, "[REDACTED]") });
  });
});
