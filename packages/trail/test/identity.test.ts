// What is known already, and what only looks like it: ids that hosts and models chose, calls told from two sides, files that
// were read before.
import { appendFileSync, closeSync, copyFileSync, openSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { redactionPolicy } from "@sealtrail/redact";
import { type SourceName, sourceOf } from "@sealtrail/sources";
import type { EventDraft, EventSource } from "@sealtrail/sources/event";
import { toolCancelled, toolInvoked, toolResult, toolUnknown } from "@sealtrail/sources/host";
import { describe, expect, it } from "vitest";
import { prepare } from "../src/event/prepare.js";
import type { PreparedEvent } from "../src/event/prepared.js";
import { DedupeKeys } from "../src/ingest/dedupe.js";
import { Ingest, ingest } from "../src/ingest/ingest.js";
import { knownFile } from "../src/ingest/known-file.js";
import { keyed, traitsOf } from "../src/ingest/traits.js";
import { systemRandom } from "../src/log/random.js";
import { spool, takeInSpool } from "../src/spool/index.js";
import type { Trail } from "../src/trail.js";
import { jsonLines } from "./support/ingested.js";
import { folder, newTrail } from "./support/trails.js";

const redaction = redactionPolicy();
let now = Date.parse("2026-03-01T12:00:00.000Z");

function ready(draft: EventDraft, source: EventSource): PreparedEvent {
  now += 10;
  const event = prepare(
    { ...draft, occurredAt: draft.occurredAt ?? new Date(now).toISOString() },
    { source, redaction },
  );
  if (draft.fromLog === true) event.fromLog = true;
  else event.live = true;
  return event;
}

/** As a hook process records a payload. */
function hook(trail: Trail, host: "claude-code" | "codex", payload: Record<string, unknown>, occurredAt?: string) {
  const normalised = sourceOf(host).normalise(payload);
  if (!("events" in normalised)) throw new Error("no event");
  const keys = new DedupeKeys(trail.dedupeSecret);
  return trail.append(
    normalised.events.map((draft) =>
      keyed(ready({ ...draft, ...(occurredAt && { occurredAt }) }, host), traitsOf(draft), keys),
    ),
  );
}

/** As a source records what a host's own log says. */
function told(trail: Trail, draft: EventDraft, source: EventSource = "codex") {
  const keys = new DedupeKeys(trail.dedupeSecret);
  const logged: EventDraft = { ...draft, fromLog: true };
  return trail.append([keyed(ready(logged, source), traitsOf(logged), keys)]);
}

const session = "88230dc7-6aa0-4c6a-8bc4-dc655f53b8c2";
const bash = (name: string, command: string, more: object = {}) => ({
  session_id: session,
  hook_event_name: name,
  tool_name: "Bash",
  tool_use_id: "call_0",
  tool_input: { command },
  ...more,
});
const asks = (command = "ls") => bash("PreToolUse", command);
const ends = (command = "ls", out = "ok") => bash("PostToolUse", command, { tool_response: { stdout: out } });
const types = (trail: Trail) => [...trail.events()].map((event) => `${event.type}${marksOf(event.metadata)}`);
const marksOf = (metadata: Record<string, unknown> = {}) =>
  ["idReused", "repeated", "of", "resolves"].map((mark) => (metadata[mark] === undefined ? "" : ` ${mark}`)).join("");

describe("a call id that a model chose", () => {
  it("names another call with other arguments, and with the same ones once its call has ended", () => {
    const { trail } = newTrail();
    for (const payload of [
      asks(),
      asks(),
      ends(),
      ends(),
      asks(),
      asks(),
      ends(),
      ends(),
      asks("rm -rf /"),
      ends("rm -rf /"),
    ]) {
      hook(trail, "claude-code", payload);
    }
    expect(types(trail)).toEqual([
      "tool.invoked",
      "tool.result",
      "tool.invoked idReused",
      "tool.result idReused",
      "tool.invoked idReused",
      "tool.result idReused",
    ]);
    for (let i = 0; i < 40; i++) {
      hook(trail, "claude-code", asks());
      hook(trail, "claude-code", ends());
    }
    expect(trail.lastSequence).toBe(86);
    trail.close();
  });

  it("told once more by a process that comes late is no other call", () => {
    const { trail } = newTrail();
    hook(trail, "claude-code", asks());
    const before = new Date(now).toISOString();
    hook(trail, "claude-code", ends());
    expect(hook(trail, "claude-code", asks(), before)).toMatchObject({ added: 0, duplicate: 1 });
    trail.close();
  });

  it("leaves the call open until an outcome is on record", () => {
    const { trail } = newTrail();
    hook(trail, "claude-code", asks());
    hook(trail, "claude-code", { ...asks("make"), tool_use_id: "call_1" });
    expect([...trail.openCalls({ source: "claude-code", sessionId: session })].map((e) => e.sequence)).toEqual([1, 2]);
    hook(trail, "claude-code", ends());
    expect([...trail.openCalls()].map((event) => event.sequence)).toEqual([2]);
    expect([...trail.openCalls({ source: "codex" })]).toEqual([]);
    expect(trail.call("claude-code", session, "call_0")).toMatchObject({
      asked: { sequence: 1, type: "tool.invoked" },
      outcome: { sequence: 3, type: "tool.result" },
    });
    expect(trail.call("claude-code", "other", "call_0")).toEqual({});
    trail.close();
  });

  it("is one name for all that one file says of it, and for the same in another file", () => {
    const { trail } = newTrail();
    const lines = [asks(), ends(), asks(), ends(), asks(), ends("ls", "other")];
    const options = { sink: trail.sink(), source: "claude-code" as const, redaction, dedupeSecret: trail.dedupeSecret };
    expect(ingest(jsonLines(...lines), options)).toMatchObject({ added: 6, known: 0 });
    expect(ingest(jsonLines(...lines), options)).toMatchObject({ added: 0, known: 6 });
    // And hooks that told the same as it happened.
    const { trail: other } = newTrail();
    for (const payload of lines) hook(other, "claude-code", payload);
    const same = { ...options, sink: other.sink(), dedupeSecret: other.dedupeSecret };
    expect(ingest(jsonLines(...lines), same)).toMatchObject({ added: 0, known: 6 });
    trail.close();
    other.close();
  });
});

describe("the table of calls", () => {
  it("follows from the log, and holds nothing of what was destroyed", () => {
    const { trail } = newTrail();
    hook(trail, "claude-code", asks());
    hook(trail, "claude-code", ends());
    hook(trail, "claude-code", { ...asks("make"), tool_use_id: "call_1" });
    told(trail, {
      ...toolResult({ toolName: "Bash", toolCallId: "call_2", more: { origin: "rollout" } }),
      sessionId: "s",
    });
    const rows = () =>
      JSON.stringify(trail.database.prepare("SELECT hex(key), asked, outcome, logged FROM calls").all());
    const before = rows();
    trail.database.exec("DELETE FROM calls");
    expect(trail.rebuild().ok).toBe(true);
    expect(rows()).toBe(before);
    trail.erase({ sequences: [2] });
    expect(trail.call("claude-code", session, "call_0")).toMatchObject({ asked: { sequence: 1 } });
    trail.erase({ sequences: [1, 3] });
    expect(trail.call("claude-code", session, "call_0")).toEqual({});
    expect([...trail.openCalls()]).toEqual([]);
    expect(trail.database.prepare("SELECT count(*) AS n FROM calls").get()).toEqual({ n: 1 });
    trail.close();
  });

  it("loses no event whatever somebody wrote into it", () => {
    for (const value of ["-1", "9223372036854775807", "0", "3", "NULL"]) {
      const { trail } = newTrail();
      hook(trail, "claude-code", asks());
      trail.database.exec(`UPDATE calls SET asked = ${value}, outcome = ${value}, logged = 7`);
      hook(trail, "claude-code", ends());
      hook(trail, "claude-code", asks("other"));
      hook(trail, "claude-code", ends("other"));
      expect([...trail.events({ category: "tool" })]).toHaveLength(4);
      expect([...trail.openCalls()].length).toBeLessThan(2);
      trail.close();
    }
  });
});

describe("what a hook tells without an id", () => {
  const started = { session_id: session, hook_event_name: "SessionStart", source: "startup" };

  it("is on record each time, and marked where it came twice at once", () => {
    const { trail } = newTrail();
    hook(trail, "claude-code", started);
    hook(trail, "claude-code", started);
    hook(trail, "claude-code", { ...started, source: "resume" });
    hook(trail, "claude-code", { ...started, session_id: "another" });
    now += 5_001;
    hook(trail, "claude-code", started);
    expect(types(trail)).toEqual([
      "session.start",
      "session.start repeated",
      "session.start",
      "session.start",
      "session.start",
    ]);
    trail.close();
  });
});

describe("a prompt", () => {
  it("that a host tells twice is marked, and the same one later in the same turn is another", () => {
    const { trail } = newTrail();
    const prompt = { session_id: session, hook_event_name: "UserPromptSubmit", turn_id: "t", prompt: "go on" };
    hook(trail, "codex", prompt);
    hook(trail, "codex", prompt);
    now += 60_000;
    hook(trail, "codex", prompt);
    hook(trail, "codex", prompt);
    expect(types(trail)).toEqual([
      "prompt.input",
      "prompt.input repeated",
      "prompt.input idReused",
      "prompt.input repeated",
    ]);
    trail.close();
  });
});

describe("a call that hooks and `codex exec --json` tell", () => {
  type Told = [tool: string, input: object, item: object];
  const shell = (cmd: string, exit_code: number): Told => [
    "Bash",
    { command: cmd },
    {
      type: "command_execution",
      command: `/bin/bash -lc '${cmd}'`,
      exit_code,
      status: exit_code ? "failed" : "completed",
    },
  ];
  let calls = 0;
  const recorded = (trail: Trail, turn_id: string, told: Told[]) => {
    for (const [tool_name, tool_input] of told) {
      const call = { session_id: session, turn_id, tool_name, tool_input, tool_use_id: `call_${++calls}` };
      hook(trail, "codex", { ...call, hook_event_name: "PreToolUse" });
      hook(trail, "codex", { ...call, hook_event_name: "PostToolUse", tool_response: "out" });
    }
  };
  const run = (...told: Told[]) => [
    { type: "thread.started", thread_id: session },
    ...told.flatMap(([, , item], i) => [
      { type: "item.started", item: { ...item, exit_code: null, id: `item_${i}`, status: "in_progress" } },
      { type: "item.completed", item: { ...item, id: `item_${i}` } },
    ]),
  ];
  const taken = (trail: Trail, lines: object[]) =>
    ingest(jsonLines(...lines), { sink: trail.sink(), source: "codex", redaction, dedupeSecret: trail.dedupeSecret });
  /** Of each event that came from `codex exec`: its type, the call that it belongs to, and the exit code. */
  const printed = (trail: Trail) => {
    const events = [...trail.events({ category: "tool" })];
    return events
      .filter(({ metadata }) => metadata?.origin === "exec")
      .map(({ type, metadata }) => [
        type,
        events.find(({ id }) => id === metadata?.of)?.metadata?.toolCallId ?? metadata?.toolCallId,
        metadata?.exitCode,
      ]);
  };

  it("is one call, equal ones in their order, with the exit code that no hook tells", () => {
    const { trail } = newTrail();
    calls = 0;
    const patch: Told = [
      "apply_patch",
      { command: "*** Begin Patch\n*** Update File: src/a.ts\n@@\n-a\n+b\n*** End Patch" },
      { type: "file_change", changes: [{ path: "/w/src/a.ts", kind: "update" }], status: "completed" },
    ];
    const mcp: Told = [
      "mcp__ci__log",
      { n: 1 },
      { type: "mcp_tool_call", server: "ci", tool: "log", arguments: { n: 1 }, status: "completed" },
    ];
    const told = [shell("make", 2), patch, mcp, shell("echo oops >&2; exit 3", 3), shell("make", 0)];
    recorded(trail, "t1", told);
    const report = taken(trail, run(...told));
    expect(printed(trail)).toEqual([
      ["tool.detail", "call_1", 2],
      ["tool.detail", "call_2", undefined],
      ["tool.detail", "call_3", undefined],
      ["tool.detail", "call_4", 3],
      ["tool.detail", "call_5", 0],
    ]);
    expect([report.added, report.known]).toEqual([6, 5]);
    expect([...trail.openCalls()]).toEqual([]);
    trail.close();
  });

  it("is told apart by its turn; where the turn is not certain nothing is joined", () => {
    const { trail } = newTrail();
    calls = 0;
    recorded(trail, "t1", [shell("make", 2)]);
    taken(trail, run(shell("make", 2)));
    recorded(trail, "t2", [shell("make", 0)]);
    taken(trail, run(shell("make", 0)));
    const joined = [
      ["tool.detail", "call_1", 2],
      ["tool.detail", "call_2", 0],
    ];
    expect(printed(trail)).toEqual(joined);
    recorded(trail, "t3", [shell("make", 1)]);
    recorded(trail, "t4", [shell("make", 5)]);
    taken(trail, run(shell("make", 5)));
    expect(printed(trail)).toEqual([...joined, ["tool.invoked", "item_0", undefined], ["tool.result", "item_0", 5]]);
    trail.close();
  });

  it("is known where the session log told its end, and its end where the hook comes late", () => {
    const { trail } = newTrail();
    calls = 0;
    recorded(trail, "t1", [shell("make", 2)]);
    const essence = ["Bash", { command: "make" }, 2];
    const ended = { ...toolResult({ toolName: "Bash", toolCallId: "call_1", args: { command: "make" }, exitCode: 2 }) };
    ended.metadata = { ...ended.metadata, origin: "rollout" };
    told(trail, { ...ended, sessionId: session, dedupeKey: JSON.stringify([session, "call_1", "outcome"]), essence });
    taken(trail, run(shell("make", 2)));
    expect(printed(trail)).toEqual([]);
    const late = { session_id: "s2", turn_id: "t", tool_name: "Bash", tool_input: { command: "x" }, tool_use_id: "c" };
    hook(trail, "codex", { ...late, hook_event_name: "PreToolUse" });
    taken(trail, [{ type: "thread.started", thread_id: "s2" }, ...run(shell("x", 7)).slice(1)]);
    hook(trail, "codex", { ...late, hook_event_name: "PostToolUse", tool_response: "" });
    expect(types(trail).slice(-3)).toEqual(["session.start", "tool.result", "tool.detail of"]);
    trail.close();
  });
});

describe("a call that hooks and the host's log tell", () => {
  const call = { toolName: "Bash", toolCallId: "call_0", args: { command: "ls" } };
  const logged = (draft: EventDraft, step: string): EventDraft => ({
    ...draft,
    sessionId: session,
    dedupeKey: JSON.stringify([session, "call_0", step]),
  });

  it("has one outcome; what the log adds says whose it is", () => {
    const { trail } = newTrail();
    hook(trail, "codex", asks());
    hook(trail, "codex", ends());
    told(trail, { ...logged(toolInvoked(call), "invoked"), essence: ["Bash", { command: "ls" }] });
    told(trail, logged(toolResult({ ...call, exitCode: 7 }), "outcome"));
    told(trail, logged(toolResult({ ...call, exitCode: 7 }), "outcome"));
    const events = [...trail.events()];
    expect(types(trail)).toEqual(["tool.invoked", "tool.result", "tool.detail of"]);
    expect(events[2]!.metadata).toMatchObject({ of: events[1]!.id, exitCode: 7 });
    expect([...trail.openCalls()]).toEqual([]);
    trail.close();
  });

  it("is known in Codex's log however often its id, or the prompt of its turn, came again", () => {
    const { trail } = newTrail();
    const turn = { turn_id: "t" };
    const times: string[] = [];
    const later = (seconds: number) => {
      now += seconds * 1000;
      times.push(new Date(now).toISOString());
    };
    for (const seconds of [0, 60]) {
      later(seconds);
      hook(trail, "codex", { session_id: session, hook_event_name: "UserPromptSubmit", prompt: "go on", ...turn });
      hook(trail, "codex", { ...asks(), ...turn });
      hook(trail, "codex", { ...ends(), ...turn });
    }
    const line = (type: string, payload: object) => ({ timestamp: times[0], type, payload });
    const round = (timestamp: string | undefined) =>
      [
        { type: "message", role: "user", content: [{ type: "input_text", text: "go on" }] },
        { type: "function_call", name: "exec_command", arguments: '{"cmd":"ls"}', call_id: "call_0" },
        { type: "function_call_output", call_id: "call_0", output: "Exit code: 0\nWall time: 0 seconds\nOutput:\nok" },
      ].map((payload) => ({ timestamp, type: "response_item", payload }));
    const lines = [line("session_meta", { id: session }), line("turn_context", turn), ...times.flatMap(round)];
    const before = types(trail).length;
    ingest(jsonLines(...lines), {
      sink: trail,
      source: "codex-rollout",
      redaction,
      dedupeSecret: trail.dedupeSecret,
    });
    expect(types(trail).slice(0, before)).toEqual([
      "prompt.input",
      "tool.invoked",
      "tool.result",
      "prompt.input idReused",
      "tool.invoked idReused",
      "tool.result idReused",
    ]);
    expect(types(trail).slice(before)).toEqual([
      "session.start",
      "agent.turn_context",
      "tool.detail of",
      "tool.detail of",
    ]);
    trail.close();
  });

  it("keeps the outcome of the log when the hook comes behind it, and what was unknown is resolved", () => {
    const { trail } = newTrail();
    hook(trail, "codex", asks());
    told(trail, logged(toolCancelled(call), "outcome"));
    hook(trail, "codex", ends());
    hook(trail, "codex", { ...asks("make"), tool_use_id: "call_1" });
    const other = { ...call, toolCallId: "call_1", args: { command: "make" } };
    told(trail, { ...toolUnknown(other), sessionId: session });
    told(trail, { ...toolResult({ ...other, exitCode: 0 }), sessionId: session });
    expect(types(trail)).toEqual([
      "tool.invoked",
      "tool.cancelled",
      "tool.detail of",
      "tool.invoked",
      "tool.unknown",
      "tool.result resolves",
    ]);
    trail.close();
  });
});

describe("the spool", () => {
  it("gives an event the keys that the trail would have given it", () => {
    const { trail, file } = newTrail();
    const spooled = (payload: Record<string, unknown>) => {
      const normalised = sourceOf("claude-code").normalise(payload);
      if (!("events" in normalised)) throw new Error("no event");
      const events = normalised.events.map((draft) => ({ ...ready(draft, "claude-code"), traits: traitsOf(draft) }));
      expect(spool(file, events, { now, random: systemRandom })).toBe(true);
    };
    hook(trail, "claude-code", asks());
    spooled(asks());
    spooled(asks("other"));
    spooled(ends("other"));
    expect(takeInSpool(trail)).toMatchObject({ added: 2, duplicate: 1 });
    hook(trail, "claude-code", ends("other"));
    expect(types(trail)).toEqual(["tool.invoked", "tool.invoked idReused", "tool.result"]);
    expect([...trail.openCalls()]).toEqual([]);
    trail.close();
  });
});

describe("a file", () => {
  const line = (name: string) => `${JSON.stringify({ type: "tool.invoked", description: name })}\n`;
  const said = (trail: Trail) => [...trail.events({ category: "tool" })].map((event) => event.description).join(" ");

  function taker(trail: Trail, source: SourceName = "ndjson") {
    return (path: string) => {
      const fd = openSync(path, "r");
      try {
        const sink = trail.sink();
        const known = knownFile(
          fd,
          { path, source },
          { records: sink.files, secret: trail.dedupeSecret, random: systemRandom },
        )!;
        const { file, inode, head, refused, note } = known;
        const run = new Ingest({
          sink,
          source,
          redaction,
          dedupeSecret: trail.dedupeSecret,
          file: { file, source, path, inode, head, refused },
        });
        run.takeFile(fd, known.start);
        const { read, added, known: before } = run.finish();
        return { read, added, known: before, ...(note && { note }) };
      } finally {
        closeSync(fd);
      }
    };
  }

  it("is the same when it has grown, was renamed, or lies elsewhere now; equal lines in it are events", () => {
    const { trail } = newTrail();
    const take = taker(trail);
    const path = join(folder(), "a.log");
    writeFileSync(path, line("one") + line("one"));
    expect(take(path)).toEqual({ read: 2, added: 2, known: 0 });
    expect(take(path)).toEqual({ read: 2, added: 0, known: 2 });
    appendFileSync(path, line("one"));
    expect(take(path)).toEqual({ read: 3, added: 1, known: 2 });
    renameSync(path, `${path}.1`);
    writeFileSync(path, line("one"));
    expect(take(`${path}.1`)).toEqual({ read: 3, added: 0, known: 3 });
    expect(take(path)).toMatchObject({ read: 1, added: 1, known: 0 });
    // Rotated by copying and cutting short in place.
    copyFileSync(path, `${path}.2`);
    truncateSync(path, 0);
    appendFileSync(path, line("two"));
    expect(take(`${path}.2`)).toEqual({ read: 1, added: 0, known: 1 });
    expect(take(path)).toEqual({ read: 1, added: 1, known: 0 });
    expect(said(trail)).toBe("one one one one two");
    trail.close();
  });

  it("is another one under the same name, beginning as the one did that was renamed", () => {
    const { trail } = newTrail();
    const take = taker(trail);
    const path = join(folder(), "a.log");
    writeFileSync(path, line("one"));
    take(path);
    renameSync(path, `${path}-2026-03-01`);
    writeFileSync(path, line("one") + line("one"));
    expect(take(path)).toMatchObject({ read: 2, added: 2, known: 0 });
    trail.close();
  });

  it("is another one as a copy, while what it was copied from stands unchanged", () => {
    const { trail } = newTrail();
    const take = taker(trail);
    const path = join(folder(), "a.log");
    writeFileSync(path, line("one"));
    take(path);
    copyFileSync(path, `${path}.copy`);
    expect(take(`${path}.copy`)).toEqual({ read: 1, added: 1, known: 0 });
    expect(take(`${path}.copy`)).toEqual({ read: 1, added: 0, known: 1 });
    trail.close();
  });

  it("counts a last line without its end once, and again when it turns out to be another", () => {
    const { trail } = newTrail();
    const take = taker(trail);
    const path = join(folder(), "a.log");
    writeFileSync(path, line("one") + line("two").trimEnd());
    expect(take(path)).toEqual({ read: 2, added: 2, known: 0 });
    appendFileSync(path, `\n${line("three").slice(0, 9)}`);
    expect(take(path)).toEqual({ read: 3, added: 0, known: 2 });
    appendFileSync(path, line("three").slice(9));
    expect(take(path)).toEqual({ read: 3, added: 1, known: 2 });
    expect(said(trail)).toBe("one two three");
    trail.close();
  });

  it("is read again where somebody changed what is on record of it, and adds nothing that is known", () => {
    const changes = ["1e9", "-1", "'x'", "'[1,2,3]'", "x'00'", "9223372036854775807"].map(String);
    for (const value of [...changes, "replace(position, '[', '[9')"]) {
      const { trail } = newTrail();
      const take = taker(trail);
      const path = join(folder(), "a.log");
      writeFileSync(path, line("one") + line("two"));
      take(path);
      appendFileSync(path, line("three"));
      trail.database.exec(`UPDATE files SET position = CAST(${value} AS TEXT)`);
      expect(take(path)).toEqual({ read: 3, added: 1, known: 2, note: "altered" });
      trail.close();
    }
  });

  it("that ended in the middle of a run goes on behind the last batch", () => {
    const { trail } = newTrail();
    const take = taker(trail);
    const path = join(folder(), "a.log");
    writeFileSync(path, Array.from({ length: 5_000 }, () => line("same")).join(""));
    const append = trail.append.bind(trail);
    expect(append([]).added).toBe(0);
    const fd = openSync(path, "r");
    const sink = trail.sink();
    let batches = 0;
    const known = knownFile(
      fd,
      { path, source: "ndjson" },
      { records: sink.files, secret: trail.dedupeSecret, random: systemRandom },
    )!;
    const failing = {
      append: (...args: Parameters<typeof sink.append>) => {
        if (++batches === 2) throw new Error("killed");
        return sink.append(...args);
      },
    };
    const { file, inode, head } = known;
    const run = new Ingest({
      sink: failing,
      source: "ndjson",
      redaction,
      dedupeSecret: trail.dedupeSecret,
      file: { file, source: "ndjson", path, inode, head, refused: 0 },
    });
    expect(() => run.takeFile(fd, known.start)).toThrow("killed");
    closeSync(fd);
    expect(trail.lastSequence).toBe(2_048);
    expect(take(path)).toEqual({ read: 5_000, added: 2_952, known: 2_048 });
    trail.close();
  });
});

describe("red team: ids that collide", () => {
  /** A different one each time it is asked, the same ones in every run. */
  function numbers(seed: number) {
    let state = seed;
    return (below: number) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
  }

  const ids = [
    "call_0",
    "CALL_0",
    "call_0 ",
    "cafe\u0301",
    "caf\u00e9",
    "0",
    "00",
    "x".repeat(600),
    `${"x".repeat(600)}y`,
    "a\nb",
  ];
  const sessions = ["s", "S", "s ", "7", `${"s".repeat(700)}1`, `${"s".repeat(700)}2`];
  const runs = Number(process.env.SEALTRAIL_RUNS ?? 500);

  it(`of ${runs} events under ${ids.length} ids each is on record once, or the second one marked, and marked where its id was used`, () => {
    const { trail } = newTrail();
    const pick = numbers(20260301);
    const happened = new Map<string, { identity: string; said: string }>();
    const again: (() => unknown)[] = [];
    for (let n = 0; n < runs; n++) {
      const id = ids[pick(ids.length)]!;
      const sessionId = sessions[pick(sessions.length)]!;
      const said = `deed ${n}`;
      const kind = pick(4);
      const name = ["PreToolUse", "PostToolUse", "PostToolUseFailure", "PermissionRequest"][pick(4)]!;
      const host = pick(2) === 0 ? "claude-code" : "codex";
      let act: () => unknown;
      if (kind < 2) {
        const payload = { ...bash(name, said), session_id: sessionId, tool_use_id: id, error: said };
        act = () => hook(trail, host, payload);
      } else {
        const source = kind === 2 ? "ndjson" : "gateway-jsonl";
        const value =
          kind === 2
            ? {
                type: "tool.invoked",
                sessionId: sessionId.slice(0, 500),
                description: said,
                dedupeKey: id.slice(0, 500),
              }
            : {
                ts: "2026-01-01T00:00:00Z",
                event: "tool.call",
                tool: "exec",
                args: { command: said },
                session: sessionId,
                toolCallId: id,
              };
        const options = { sink: trail.sink(), source, redaction, dedupeSecret: trail.dedupeSecret } as const;
        act = () => ingest(jsonLines(value), options);
      }
      act();
      if (pick(3) === 0) act();
      if (kind >= 2) again.push(act);
      happened.set(said, { identity: `${kind} ${id}`, said });
    }
    // The same files once more.
    const before = trail.lastSequence;
    for (const act of again) act();
    expect(trail.lastSequence).toBe(before);
    const counts = new Map<string, number>();
    let marked = 0;
    for (const event of trail.events()) {
      const said = /deed \d+/.exec(JSON.stringify(event))?.[0] ?? "";
      // A hook that is no tool's has no call to be known by: told twice, it is on record twice and marked.
      if (event.metadata?.repeated !== true) counts.set(said, (counts.get(said) ?? 0) + 1);
      if (event.metadata?.idReused === true) marked++;
    }
    expect([...happened.keys()].filter((said) => counts.get(said) !== 1)).toEqual([]);
    expect(marked).toBeGreaterThan(runs / 4);
    trail.close();
  });
});
