// What a host tells twice, by its hooks and in its own log, is on record once, whichever record is taken in first.

import { readFileSync } from "node:fs";
import { redactionPolicy } from "@sealtrail/redact";
import { sourceOf } from "@sealtrail/sources";
import { callRole, type EventDraft } from "@sealtrail/sources/event";
import { liveIdentity } from "@sealtrail/sources/host";
import { describe, expect, it } from "vitest";
import { prepare } from "../src/event/prepare.js";
import type { PreparedEvent } from "../src/event/prepared.js";
import { DedupeKeys } from "../src/ingest/dedupe.js";
import { ingest } from "../src/ingest/ingest.js";
import { keyed, traitsOf } from "../src/ingest/traits.js";
import type { Trail } from "../src/trail.js";
import { jsonLines } from "./support/ingested.js";
import { newTrail } from "./support/trails.js";

type Host = "claude-code" | "codex";
const redaction = redactionPolicy();
const logOf = { "claude-code": "claude-transcript", codex: "codex-rollout" } as const;

/** As a hook process records payloads, fifteen seconds apart and long after the log was written. */
let now = Date.parse("2026-12-01T12:00:00.000Z");
function hooks(trail: Trail, host: Host, payloads: readonly object[], apart = 15_000): void {
  const keys = new DedupeKeys(trail.dedupeSecret);
  const events: PreparedEvent[] = [];
  for (const payload of payloads) {
    now += apart;
    const told = sourceOf(host).normalise(payload);
    for (const one of "events" in told ? told.events : []) {
      const draft: EventDraft = { ...one, ...(host === "claude-code" ? liveIdentity(payload) : {}) };
      const event = prepare({ ...draft, occurredAt: new Date(now).toISOString() }, { source: host, redaction });
      event.live = true;
      const ready = keyed(event, traitsOf(draft), keys);
      if (host === "claude-code" && event.type === "prompt.input" && ready.dedupe) ready.dedupeBy = "moment";
      events.push(ready);
    }
  }
  trail.append(events);
}

function file(trail: Trail, source: Parameters<typeof sourceOf>[0], lines: readonly object[]) {
  return ingest(jsonLines(...lines), { sink: trail.sink(), source, redaction, dedupeSecret: trail.dedupeSecret });
}

interface Pair {
  host: Host;
  hooks: readonly object[];
  log: readonly object[];
}

type Step = (trail: Trail, pair: Pair) => void;
const half = <T>(all: readonly T[]) => Math.floor(all.length / 2);
const steps: Record<string, Step> = {
  hooks: (trail, { host, hooks: told }) => hooks(trail, host, told),
  "first hooks": (trail, { host, hooks: told }) => hooks(trail, host, told.slice(0, half(told))),
  "other hooks": (trail, { host, hooks: told }) => hooks(trail, host, told.slice(half(told))),
  "captured hooks": (trail, { host, hooks: told }) => file(trail, host, told),
  log: (trail, { host, log }) => file(trail, logOf[host], log),
  "half the log": (trail, { host, log }) => file(trail, logOf[host], log.slice(0, half(log))),
};

const ORDERS = [
  ["hooks", "log"],
  ["hooks", "log", "log"],
  ["log", "hooks"],
  ["log", "hooks", "log"],
  ["half the log", "hooks", "log"],
  ["hooks", "half the log", "log"],
  ["first hooks", "log", "other hooks"],
  ["first hooks", "half the log", "other hooks", "log"],
  ["half the log", "first hooks", "log", "other hooks"],
  ["captured hooks", "log"],
  ["log", "captured hooks"],
  ["half the log", "captured hooks", "log"],
];

/** Of each call how often it was asked for and ended, of each prompt how often it is on record, and so on; by session. */
function onRecord(trail: Trail): Map<string, Record<string, number>> {
  const found = new Map<string, Record<string, number>>();
  for (const { type, sessionId = "", metadata = {}, description } of trail.events()) {
    const counts = found.get(sessionId) ?? {};
    found.set(sessionId, counts);
    const add = (what: string) => {
      counts[what] = (counts[what] ?? 0) + 1;
    };
    const role = callRole(type);
    if (role === "asked" || role === "outcome") add(`${metadata.toolCallId} ${role}`);
    if (type === "prompt.input") add(`${type} ${description}`);
    if (type === "session.start" || type === "agent.end") add(type);
    for (const mark of ["idReused", "repeated"]) if (metadata[mark] === true) add(`${type} ${mark}`);
    if (type === "tool.detail" && metadata.of === undefined) add("a detail of no call");
  }
  return found;
}

/** The same with other ids, so that many copies of a session fit into one trail. */
function copied({ host, hooks, log }: Pair, n: number): Pair {
  const other = (lines: readonly object[]) =>
    JSON.parse(
      JSON.stringify(lines).replace(
        /([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{10})[0-9a-f]{2}/g,
        `$1${String(n).padStart(2, "0")}`,
      ),
    ) as object[];
  return { host, hooks: other(hooks), log: other(log) };
}

/** What a trail holds of the pair after each of the orders. */
function inEachOrder(pair: Pair, orders: readonly (readonly string[])[] = ORDERS): Record<string, number>[] {
  const { trail } = newTrail();
  for (const [n, order] of orders.entries()) for (const step of order) steps[step]!(trail, copied(pair, n));
  const found = [...onRecord(trail).values()];
  trail.close();
  expect(found).toHaveLength(orders.length);
  return found;
}

const sample = (path: string): object[] =>
  readFileSync(new URL(`fixtures/${path}`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

const codex: Pair = { host: "codex", hooks: sample("codex/hooks.jsonl"), log: sample("codex/rollout.jsonl") };
const claude: Pair = {
  host: "claude-code",
  hooks: sample("claude-code/hooks.jsonl"),
  log: [...sample("claude-code/transcript.jsonl"), ...sample("claude-code/transcript-subagent.jsonl")],
};

const ID = "01a20221-2475-7162-8bad-aa8a247d4a03";
const TURNS = ["01a20221-2488-7b60-86a5-603cffed8583", "01a20221-3488-7b60-86a5-603cffed8583"];
const payload = (hook_event_name: string, more: object) => ({ session_id: ID, cwd: "/w", hook_event_name, ...more });
const said = (prompt: string, turn_id?: string) => payload("UserPromptSubmit", { prompt, turn_id });
const ran = (tool_use_id: string, command: string, turn_id?: string, tool_response = "out") => [
  payload("PreToolUse", { turn_id, tool_name: "Bash", tool_use_id, tool_input: { command } }),
  payload("PostToolUse", { turn_id, tool_name: "Bash", tool_use_id, tool_input: { command }, tool_response }),
];
let second = 0;
const line = (type: string, content: object) => ({
  timestamp: new Date(Date.UTC(2026, 2, 1, 10) + ++second * 1000).toISOString(),
  type,
  payload: content,
});
const meta = line("session_meta", { id: ID, cwd: "/w", cli_version: "0.98.0", source: "cli" });
const turn = (n: number) => line("turn_context", { turn_id: TURNS[n], cwd: "/w", model: "m" });
const asksFor = (text: string) =>
  line("response_item", { type: "message", role: "user", content: [{ type: "input_text", text }] });
const runs = (call_id: string, cmd: string, output = "Exit code: 0\nWall time: 0 seconds\nOutput:\nout") => [
  line("response_item", { type: "function_call", name: "exec_command", arguments: JSON.stringify({ cmd }), call_id }),
  line("response_item", { type: "function_call_output", call_id, output }),
];
const twoTurns = (turnOf: (n: number) => string | undefined) => [
  said("go on", turnOf(0)),
  ...ran("c1", "ls", turnOf(0)),
  payload("Stop", { turn_id: turnOf(0), last_assistant_message: "done" }),
  said("go on", turnOf(1)),
  ...ran("c2", "ls", turnOf(1)),
  payload("Stop", { turn_id: turnOf(1), last_assistant_message: "done" }),
];
const loggedTurns = (turnOf: (n: number) => object[]) => [
  meta,
  ...[0, 1].flatMap((n) => [
    ...turnOf(n),
    asksFor("go on"),
    ...runs(`c${n + 1}`, "ls"),
    line("event_msg", { type: "task_complete", turn_id: TURNS[n], last_agent_message: "done" }),
  ]),
];

const TWICE = { "prompt.input prompt: go on": 2, "agent.end": 2 };

describe.each<[string, Pair, Record<string, number>?]>([
  ["Codex", codex],
  ["Claude Code", claude, { "agent.end": 2 }],
  [
    "Codex whose log names no turns",
    { host: "codex", hooks: twoTurns((n) => TURNS[n]), log: loggedTurns(() => []) },
    TWICE,
  ],
  [
    "Codex whose hooks name no turns",
    { host: "codex", hooks: twoTurns(() => undefined), log: loggedTurns((n) => [turn(n)]) },
    TWICE,
  ],
  ["Codex without any turns", { host: "codex", hooks: twoTurns(() => undefined), log: loggedTurns(() => []) }, TWICE],
  [
    "Codex whose hooks were on in the second turn only",
    { host: "codex", hooks: twoTurns((n) => TURNS[n]).slice(4), log: loggedTurns((n) => [turn(n)]) },
    TWICE,
  ],
  [
    "Codex whose log tells only how a command ended",
    {
      host: "codex",
      hooks: ran("c", "ls", TURNS[0]),
      log: [
        meta,
        line("event_msg", {
          type: "item_completed",
          item: { type: "CommandExecution", id: "c", command: ["/bin/bash", "-lc", "ls"], exit_code: 0 },
        }),
      ],
    },
  ],
  [
    "Claude Code that names no prompts",
    {
      host: "claude-code",
      hooks: ["hello", "again", "hello"].map((prompt) => payload("UserPromptSubmit", { prompt })),
      log: ["hello", "again", "hello"].map((content, n) => ({
        type: "user",
        uuid: `86b9941d-f949-4bd6-9c32-f41d88180${n}00`,
        sessionId: ID,
        timestamp: `2026-03-01T10:00:0${n}.000Z`,
        message: { role: "user", content },
      })),
    },
    { "prompt.input prompt: hello": 2 },
  ],
  [
    "Codex in which one id names several calls",
    {
      host: "codex",
      hooks: [
        said("go", TURNS[0]),
        ...ran("c", "ls", TURNS[0]),
        ...ran("c", "ls", TURNS[0], "other"),
        ...ran("c", "rm x", TURNS[0]),
      ],
      log: [meta, turn(0), asksFor("go"), ...runs("c", "ls"), ...runs("c", "ls"), ...runs("c", "rm x")],
    },
    { "c asked": 3, "c outcome": 3, "tool.invoked idReused": 2, "tool.result idReused": 2 },
  ],
  [
    "Codex in which calls were refused",
    {
      host: "codex",
      hooks: [said("go", TURNS[0]), ran("c1", "rm", TURNS[0])[0]!, ran("c2", "rm x", TURNS[0])[0]!],
      log: [
        meta,
        turn(0),
        asksFor("go"),
        ...runs("c1", "rm", "exec command rejected by user"),
        ...runs("c2", "rm x", "aborted by user after 5.0s"),
      ],
    },
  ],
])("a session of %s is on record once", (_, pair, expected = {}) => {
  it("whatever the order", () => {
    const found = inEachOrder(pair);
    for (const [n, one] of found.entries()) expect(one, ORDERS[n]!.join(", ")).toEqual(found[0]);
    for (const [what, count] of Object.entries(found[0]!)) expect(count, what).toBe(expected[what] ?? 1);
  });
});

describe("the log of a fork of a fork, which begins with copies of both", () => {
  const [PARENT, FORK, SECOND] = ["a", "b", "c"].map((letter) => `302b4dfc-8d2e-4350-8885-40b949afa20${letter}`);
  type Row = ReturnType<typeof line>;
  const at = (time: string, rows: readonly Row[]) => rows.map((row) => ({ ...row, timestamp: `2026-03-01T${time}Z` }));
  const head = (id: string, time: string, forked_from_id?: string) =>
    at(time, [line("session_meta", { id, forked_from_id, timestamp: `2026-03-01T${time}Z` })]);
  const parent = [...head(PARENT!, "10:00:00"), ...at("10:00:01", [asksFor("look"), ...runs("p", "ls")])];
  const own = at("11:01:00", [asksFor("more"), ...runs("f", "pwd")]);
  const fork = [...head(FORK!, "11:00:00", PARENT), ...parent, ...own];
  const last = at("12:01:00", runs("s", "id"));
  const second = [...head(SECOND!, "12:00:00", FORK), ...fork, ...last];
  const rewritten = [...head(SECOND!, "12:00:00", FORK), ...at("12:00:00", fork), ...last];

  const calls = (...files: readonly (readonly object[])[]) => {
    const { trail } = newTrail();
    for (const lines of files) file(trail, "codex-rollout", lines);
    const found = [...trail.events()].flatMap(({ type, sessionId, metadata = {} }) => {
      if (type === "prompt.input") return [`${sessionId} prompt`];
      if (type !== "tool.invoked" && type !== "tool.result") return [];
      return [`${sessionId} ${metadata.toolCallId}${metadata.copiedFrom === undefined ? "" : " of one of several"}`];
    });
    trail.close();
    return found.sort();
  };
  const orders = (all: readonly (readonly object[])[]): (readonly object[])[][] =>
    all.length < 2
      ? [[...all]]
      : all.flatMap((one) => orders(all.filter((other) => other !== one)).map((rest) => [one, ...rest]));
  const expected = [
    `${PARENT} p`,
    `${PARENT} p`,
    `${PARENT} prompt`,
    `${FORK} f`,
    `${FORK} f`,
    `${FORK} prompt`,
    `${SECOND} s`,
    `${SECOND} s`,
  ].sort();

  it("that has kept the times stands under the sessions that made the calls, in any order", () => {
    for (const order of orders([parent, fork, second])) expect(calls(...order)).toEqual(expected);
  });

  it("under new times is known behind the others, and marked where it comes before them", () => {
    for (const order of orders([parent, fork, rewritten])) {
      const found = calls(...order);
      const isBehind = order.indexOf(rewritten) > order.indexOf(fork);
      expect(found.filter((one) => !one.startsWith(PARENT!))).toEqual(
        expected.filter((one) => !one.startsWith(PARENT!)),
      );
      if (isBehind) expect(found.filter((one) => one.endsWith(" f"))).toEqual([`${FORK} f`, `${FORK} f`]);
      expect(
        found.filter((one) => / [pf]$/.test(one) && !one.startsWith(FORK!)).every((one) => one === `${PARENT} p`),
      ).toBe(true);
    }
  });
});

it("a call that hooks in two settings files tell is one, also where the log tells its end in between", () => {
  const { trail } = newTrail();
  const [asked, ended] = ran("c", "ls", TURNS[0]);
  hooks(trail, "codex", [asked!], 50);
  file(trail, "codex-rollout", [meta, turn(0), ...runs("c", "ls")]);
  hooks(trail, "codex", [asked!, ended!, ended!], 50);
  const tools = [...trail.events({ category: "tool" })].map(({ type }) => type);
  trail.close();
  expect(tools).toEqual(["tool.invoked", "tool.result", "tool.detail"]);
});

describe("a resumed session of Claude Code whose file begins with a copy under its own id", () => {
  const [BEFORE, AFTER] = ["86b9941d-f949-4bd6-9c32-f41d88180001", "86b9941d-f949-4bd6-9c32-f41d88180002"];
  const said = (uuid: string, type: string, block: object) => ({
    type,
    uuid,
    sessionId: BEFORE,
    timestamp: "2026-03-01T10:00:00.000Z",
    message: { role: type, content: [block] },
  });
  const round = (id: string, n: number, command = "ls") => [
    said(`u${n}`, "assistant", { type: "tool_use", id, name: "Bash", input: { command } }),
    said(`u${n + 1}`, "user", { type: "tool_result", tool_use_id: id, content: "out" }),
  ];
  const before = round("t1", 1);
  const after = [...before, ...round("t2", 3)].map((one) => ({ ...one, sessionId: AFTER }));
  const told = ["PreToolUse", "PostToolUse"].map((hook_event_name) => ({
    session_id: BEFORE,
    hook_event_name,
    tool_name: "Bash",
    tool_use_id: "t1",
    tool_input: { command: "ls" },
    tool_response: "out",
  }));

  it.each([
    ["the file of the one before comes first", [before, after]],
    ["hooks told the one before", [told, before, after]],
  ])("has the copied calls once, where %s", (_, files) => {
    const { trail } = newTrail();
    for (const lines of files) {
      if (lines === told) hooks(trail, "claude-code", told);
      else file(trail, "claude-transcript", lines);
    }
    const tools = [...trail.events({ category: "tool" })].map(({ type, sessionId }) => `${sessionId} ${type}`);
    expect(tools).toEqual([BEFORE, BEFORE, AFTER, AFTER].map((id, n) => `${id} tool.${n % 2 ? "result" : "invoked"}`));
    // Another call in a line with the same id is no copy.
    const other = { ...round("t1", 1, "rm x")[0]!, sessionId: AFTER };
    expect(file(trail, "claude-transcript", [other])).toMatchObject({ added: 1 });
    trail.close();
  });
});
