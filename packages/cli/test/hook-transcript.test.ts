// What Claude Code's session file adds to its hooks, through the process that the host runs.
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Trail } from "@sealtrail/trail";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordPayload } from "../src/hook/record.js";
import { Home } from "./_run.js";

const home = new Home();

let folder: string;
let db: string;
let file: string;
let now = Date.parse("2026-01-05T08:00:00.000Z");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealtrail-session-"));
  db = join(folder, "audit.db");
  file = join(folder, "s1.jsonl");
  Trail.create(db).close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const raw = (payload: string | Uint8Array) =>
  recordPayload("claude-code", Buffer.from(payload), { db, env: { HOME: folder }, now: () => (now += 5_000) });
const hook = (hook_event_name: string, more: object = {}) =>
  raw(JSON.stringify({ session_id: "s1", transcript_path: file, hook_event_name, ...more }));
const pre = (id: string, command = "ls", more: object = {}) =>
  hook("PreToolUse", { tool_name: "Bash", tool_input: { command }, tool_use_id: id, ...more });
const post = (id: string, command = "ls") =>
  hook("PostToolUse", { tool_name: "Bash", tool_input: { command }, tool_use_id: id, tool_response: { stdout: "x" } });

let lines = 0;
function write(path: string, ...values: object[]): void {
  mkdirSync(dirname(path), { recursive: true });
  for (const value of values) {
    const uuid = `00000000-0000-4000-8000-${String(++lines).padStart(12, "0")}`;
    appendFileSync(
      path,
      `${JSON.stringify({ sessionId: "s1", uuid, timestamp: new Date(now).toISOString(), ...value })}\n`,
    );
  }
}
const asks = (id: string, command = "ls") => ({
  type: "assistant",
  requestId: `r-${id}`,
  message: {
    id: `msg-${id}`,
    content: [{ type: "tool_use", id, name: "Bash", input: { command } }],
    usage: { input_tokens: 3, output_tokens: 4 },
  },
});
const answers = (id: string, content: string, more: object = {}, block: object = {}) => ({
  type: "user",
  message: { content: [{ type: "tool_result", tool_use_id: id, content, ...block }] },
  ...more,
});
const refused = (id: string) =>
  answers(id, "no", { toolDenialKind: "user-rejected", toolDenialBeforeRun: true }, { is_error: true });

function events() {
  const trail = Trail.open(db);
  const all = Array.from({ length: trail.lastSequence }, (_, i) => trail.event(i + 1)!);
  trail.close();
  return all;
}
const types = () => events().map(({ type }) => type);
const outcomes = () => types().filter((type) => /^tool\.(result|denied|cancelled|unknown|detail)$/.test(type));

describe("calls are closed from the session file", () => {
  it("at the next hook, at the end of the agent and of the session, once", () => {
    pre("t1");
    write(file, asks("t1"), refused("t1"));
    hook("UserPromptSubmit", { prompt: "go on", prompt_id: "p2" });
    expect(outcomes()).toEqual(["tool.denied"]);
    hook("Stop");
    hook("SessionEnd", { reason: "other" });
    expect(outcomes()).toEqual(["tool.denied"]);
    expect(types().filter((type) => type === "tool.invoked")).toHaveLength(1);
    expect(types().filter((type) => type === "prompt.response")).toHaveLength(1);
  });

  it("a call that no hook told of is told, with its refusal", () => {
    hook("SessionStart", { source: "startup" });
    write(
      file,
      asks("t1", "cat secret"),
      answers("t1", "no", { toolDenialKind: "permission-rule" }, { is_error: true }),
    );
    hook("Stop");
    expect(types()).toEqual(["session.start", "agent.end", "tool.invoked", "tool.denied", "prompt.response"]);
  });

  it("what hooks told is not told again; an approval is", () => {
    pre("t1");
    post("t1");
    const accept = { permissionDecision: { decision: "accept", source: "user_temporary", grantScope: "once" } };
    write(file, asks("t1"), answers("t1", "x", { toolUseResult: { stdout: "x" }, ...accept }));
    // A subagent's file has the text of the answer alone.
    write(file, asks("t2"), answers("t2", "y"));
    pre("t2");
    post("t2");
    hook("Stop");
    expect(outcomes()).toEqual(["tool.result", "tool.result"]);
    expect(types().filter((type) => type === "tool.approved")).toHaveLength(1);
  });

  it("of parallel calls, each when its result is there, also where its beginning was read before", () => {
    pre("t1");
    pre("t2");
    write(file, asks("t1"), asks("t2"), refused("t1"));
    pre("t3");
    expect(outcomes()).toEqual(["tool.denied"]);
    write(file, refused("t2"), refused("t3"));
    hook("SubagentStop", { agent_id: "a" });
    const denied = events().filter(({ type }) => type === "tool.denied");
    expect(denied.map(({ metadata }) => [metadata?.toolCallId, metadata?.toolName])).toEqual([
      ["t1", "Bash"],
      ["t2", "Bash"],
      ["t3", "Bash"],
    ]);
  });

  it("an approval whose call was read before names the tool, and is known when the file is read as a whole", async () => {
    pre("t1");
    write(file, asks("t1"));
    pre("t2");
    const accept = { permissionDecision: { decision: "accept", source: "config", reasonType: "rule" } };
    write(file, answers("t1", "x", { toolUseResult: { stdout: "x" }, ...accept }));
    hook("Stop");
    const approvals = () => events().filter(({ type }) => type === "tool.approved");
    expect(approvals().map(({ metadata }) => metadata?.toolName)).toEqual(["Bash"]);
    const count = events().length;
    const ran = await home.audit(["ingest", "claude-transcript", file, "--db", db]);
    expect(ran.code).toBe(0);
    expect(events().slice(count)).toEqual([]);
  });

  it("a subagent's calls from the subagent's file", () => {
    pre("t1", "ls", { agent_id: "a1", agent_type: "general" });
    write(
      join(folder, "s1", "subagents", "agent-a1.jsonl"),
      { ...asks("t1"), agentId: "a1", isSidechain: true },
      refused("t1"),
    );
    hook("SessionEnd", { reason: "other" });
    expect(outcomes()).toEqual(["tool.denied"]);
  });

  it("what is open at the end of the session has no known end, until somebody tells it", () => {
    pre("t1");
    hook("SessionEnd", { reason: "other" });
    const [unknown] = events().filter(({ type }) => type === "tool.unknown");
    expect(unknown?.metadata).toMatchObject({ toolCallId: "t1", toolName: "Bash", outcome: "unknown" });
    expect(unknown?.metadata?.startedAt).toBe(events()[0]!.occurredAt ?? events()[0]!.createdAt);
    write(file, asks("t1"), refused("t1"));
    hook("Stop");
    expect(events().find(({ type }) => type === "tool.denied")?.metadata?.resolves).toBe(unknown?.id);
  });

  it("a result that is half written is read when it is whole", () => {
    pre("t1");
    write(file, asks("t1"));
    const line = JSON.stringify({ sessionId: "s1", uuid: "u", ...refused("t1") });
    appendFileSync(file, line.slice(0, 40));
    hook("Stop");
    expect(outcomes()).toEqual([]);
    appendFileSync(file, `${line.slice(40)}\n`);
    hook("Stop", { stop_hook_active: true });
    expect(outcomes()).toEqual(["tool.denied"]);
  });

  it("a file that is replaced, cut or of another maker disturbs nothing", () => {
    pre("t1");
    write(file, asks("t1"), { type: "user" }, { type: 7 }, answers("t1", "x"));
    hook("Stop");
    writeFileSync(file, "{not json\n[]\n\u0000\n");
    hook("Stop", { stop_hook_active: true });
    for (const transcript_path of ["/dev/zero", folder, join(folder, "gone"), "", "a\0b", 7, null]) {
      hook("SessionEnd", { reason: "other", transcript_path });
    }
    expect(types().filter((type) => type === "session.end")).toHaveLength(7);
    expect(outcomes()).toEqual(["tool.result"]);
  });

  it("a long file is read up to a bound", () => {
    pre("t1");
    const filler = `${JSON.stringify({ type: "attachment", sessionId: "s1", fill: "x".repeat(100_000) })}\n`;
    writeFileSync(file, filler.repeat(60));
    write(file, asks("t1"), refused("t1"));
    const begun = performance.now();
    hook("Stop");
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(outcomes()).toEqual(["tool.denied"]);
  });
});

describe("payloads", () => {
  it("that are cut off or have a bad byte keep what can be read, and say so", () => {
    const payload = JSON.stringify({ session_id: "s9", hook_event_name: "Stop", last_assistant_message: "half of it" });
    raw(payload.slice(0, -6));
    const [stop, degraded] = events();
    expect([stop!.type, stop!.sessionId, stop!.metadata?.damaged]).toEqual(["agent.end", "s9", "cut-off"]);
    expect([degraded!.type, degraded!.metadata?.reason]).toEqual(["system.degraded", "payload-damaged"]);
    raw('{"session_id":"s9","tool_name":"Bash","tool_input":{"command":"rm x"} , oops');
    expect(events()[2]).toMatchObject({ sessionId: "s9", metadata: { hook: "unknown", unread: "oops" } });
  });

  it("that are nothing leave no byte of themselves", () => {
    for (const payload of ["hunter2 <<<", "", '{"a":1', "[]", '"session_id"']) raw(payload);
    expect(new Set(types())).toEqual(new Set(["system.degraded"]));
    expect(JSON.stringify(events())).not.toContain("hunter2");
  });
});
