/** `audit due`, what it leaves for `audit status`, and `audit reconcile` against the hosts' own files. */
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Trail } from "@sealtrail/trail";
import { noteSeen } from "@sealtrail/trail/marker";
import { expect, it } from "vitest";
import { Home } from "./_run.js";

const HOUR = 3_600_000;

interface Due {
  jobs: { job: string; state: string; what: string }[];
}
interface Status {
  healthy: boolean;
  problems: { code: string; what: string }[];
  due: { job: string; state: string }[];
  notCovered: string[];
}

const codes = (status: Status) => status.problems.map(({ code }) => code);

/** A rollout of Codex, as its version 0.169 writes it: one command that ran, asked for at `at`. */
function rollout(home: Home, at: number, calls: readonly string[]): string {
  const path = home.path(".codex/sessions/2026/11/28/rollout-2026-11-28T10-00-00-0000.jsonl");
  const line = (ms: number, type: string, payload: object) =>
    JSON.stringify({ timestamp: new Date(ms).toISOString(), type, payload });
  const lines = [
    line(at, "session_meta", { id: "0199-thread", cwd: "/w", cli_version: "0.169.0" }),
    ...calls.flatMap((id, i) => [
      line(at + i * 1_000, "response_item", {
        type: "function_call",
        name: "exec_command",
        call_id: id,
        arguments: JSON.stringify({ cmd: `echo ${id}` }),
      }),
      line(at + i * 1_000 + 500, "response_item", { type: "function_call_output", call_id: id, output: "done" }),
    ]),
  ];
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${lines.join("\n")}\n`);
  utimesSync(path, at / 1000 + 60, at / 1000 + 60);
  return path;
}

it("does each job when its time has come, and status has a line for each", async () => {
  const home = new Home();
  const now = Date.now();
  await home.audit(["init"]);
  expect((await home.json<Status>(["status"])).due).toEqual([]);
  const first = await home.json<Due>(["due"], { now });
  expect(first.jobs.map(({ job, state }) => [job, state])).toEqual([
    ["leftovers", "done"],
    ["launcher", "off"],
    ["anchoring", "off"],
    ["reconcile", "off"],
    ["retention", "off"],
  ]);
  const second = await home.json<Due>(["due"], { now: now + 5 * 60_000 });
  expect(second.jobs.map(({ job }) => job)).toEqual(["leftovers", "launcher", "anchoring"]);
  expect((await home.json<Due>(["due", "--all"], { now: now + 6 * 60_000 })).jobs).toHaveLength(5);
  const status = await home.json<Status>(["status"], { now: now + 6 * 60_000 });
  expect(status.due.map(({ job }) => job)).toEqual(["leftovers", "launcher", "anchoring", "reconcile", "retention"]);
  expect((await home.audit(["due", "--db", home.path("none.db")])).code).toBe(66);
});

it("signs what is due, and prunes by the rules of the configuration without asking", async () => {
  const home = new Home();
  await home.audit(["setup", "--yes", "--anchor", "ledger"]);
  const config = { format: "sealtrail-config/1", anchor: "ledger", retentionMaxAgeDays: 200, anchorEveryEvents: 1 };
  writeFileSync(home.path(".sealtrail/config.json"), JSON.stringify(config));
  await home.audit(["ingest", "ndjson", "-"], { stdin: '{"type":"tool.invoked"}\n{"type":"tool.invoked"}\n' });
  const done = await home.json<Due>(["due"]);
  expect(done.jobs.find(({ job }) => job === "anchoring")).toMatchObject({
    state: "done",
    what: expect.stringContaining("1 anchored"),
  });
  const later = await home.json<Due>(["due"], { now: Date.now() + 201 * 24 * HOUR });
  expect(later.jobs.find(({ job }) => job === "retention")).toMatchObject({ what: "pruned 2 events" });
});

it("says so when the timer that setup wrote runs no more", async () => {
  const home = new Home();
  const now = Date.now();
  await home.audit(["setup", "--yes", "--anchor", "off", "--timer", "systemd"]);
  await home.audit(["due"], { now });
  expect(codes(await home.json<Status>(["status"], { now: now + 10 * 60_000 }))).toEqual([]);
  expect(codes(await home.json<Status>(["status"], { now: now + 3 * HOUR }))).toEqual(["timer-stopped"]);
});

it("a job that fails is told by status, and the others are done all the same", async () => {
  const home = new Home();
  await home.audit(["setup", "--yes", "--anchor", "ledger"]);
  await home.audit(["ingest", "ndjson", "-"], { stdin: '{"type":"tool.invoked"}\n' });
  // A network, and neither an account nor a wallet.
  const config = { format: "sealtrail-config/1", anchor: "test", anchorEveryEvents: 1 };
  writeFileSync(home.path(".sealtrail/config.json"), JSON.stringify(config));
  const { code } = await home.audit(["due"]);
  expect(code).toBe(1);
  const status = await home.json<Status>(["status"]);
  expect(status.due).toHaveLength(5);
  expect(codes(status)).toContain("due-anchoring");
});

it("names the calls of Codex that its rollouts hold and the trail lacks, and takes them in", async () => {
  const home = new Home();
  const now = Date.now();
  await home.audit(["init"], { now: now - 3 * HOUR });
  const made = Trail.open(home.db);
  const createdAt = Date.parse(made.genesis.createdAt);
  made.close();
  noteSeen(home.db, "codex", createdAt + 1_000);
  const path = rollout(home, createdAt + 10_000, ["call_a", "call_b"]);
  const around = { now: createdAt + HOUR };
  const found = await home.json(["reconcile", "codex"], around);
  expect(found).toMatchObject({ files: 1, calls: 2, both: 0, withoutOutcome: [], takenIn: [] });
  expect(found.missing).toMatchObject([
    { toolCallId: "call_a", toolName: "Bash", file: path, line: 2 },
    { toolCallId: "call_b", line: 4 },
  ]);
  expect((await home.audit(["due"], around)).code).toBe(1);
  expect(codes(await home.json<Status>(["status"], around))).toContain("due-reconcile");
  expect(await home.json(["reconcile", "codex", "--take-in"], around)).toMatchObject({
    both: 2,
    missing: [],
    takenIn: [path],
  });
  expect(codes(await home.json<Status>(["status"], around))).not.toContain("due-reconcile");
  // What was there before the hook first ran is nobody's loss, and what is younger than two minutes may be on its way.
  noteSeen(home.db, "codex", createdAt + 1_000);
  rollout(home, createdAt - HOUR, ["call_old"]);
  expect(await home.json(["reconcile", "codex", "--file", path], around)).toMatchObject({ calls: 0, missing: [] });
  rollout(home, around.now - 1_000, ["call_new"]);
  expect(await home.json(["reconcile", "codex", "--file", path], around)).toMatchObject({ calls: 0, missing: [] });
});

it("a rollout that cannot be read is named, and hides nothing of the others", async () => {
  const home = new Home();
  const now = Date.now();
  await home.audit(["init"], { now: now - HOUR });
  const path = rollout(home, now - HOUR / 2, ["call_a"]);
  writeFileSync(home.path("other.jsonl"), "{\nnot JSON\n[1]\n");
  const found = await home.json([
    "reconcile",
    "codex",
    "--file",
    home.folder,
    "--file",
    home.path("other.jsonl"),
    "--file",
    path,
  ]);
  expect(found).toMatchObject({ files: 2, unread: [home.folder], missing: [{ toolCallId: "call_a" }] });
  expect((await home.audit(["reconcile", "codex", "--file", "none.jsonl"])).code).toBe(66);
  expect((await home.audit(["reconcile", "codex", "--ledger", "x"])).code).toBe(64);
  expect((await home.audit(["reconcile", "openclaw", "--take-in"])).code).toBe(64);
});

it("OpenClaw's plugin: switched off, left out, taken out, or silent while sessions are written", async () => {
  const home = new Home();
  await home.audit(["init"]);
  const config = home.path(".openclaw/openclaw.json");
  mkdirSync(dirname(config));
  const plugins = (value: object) => writeFileSync(config, JSON.stringify({ plugins: value }));
  const entry = { enabled: true, hooks: { allowConversationAccess: true } };
  plugins({ entries: {} });
  expect(codes(await home.json<Status>(["status"]))).toEqual([]);
  noteSeen(home.db, "openclaw", Date.now() - HOUR);
  expect(codes(await home.json<Status>(["status"]))).toEqual(["plugin-removed"]);
  for (const off of [
    { entries: { sealtrail: { ...entry, enabled: false } } },
    { enabled: false, entries: { sealtrail: entry } },
    { allow: ["other"], entries: { sealtrail: entry } },
    { deny: ["sealtrail"], entries: { sealtrail: entry } },
  ]) {
    plugins(off);
    expect(codes(await home.json<Status>(["status"]))).toEqual(["plugin-off"]);
  }
  plugins({ entries: { sealtrail: entry } });
  expect(codes(await home.json<Status>(["status"]))).toEqual([]);
  const session = home.path(".openclaw/agents/main/sessions/s.jsonl");
  mkdirSync(dirname(session), { recursive: true });
  writeFileSync(session, "{}\n");
  expect(codes(await home.json<Status>(["status"]))).toEqual(["host-silent"]);
  rmSync(session);
  expect(codes(await home.json<Status>(["status"]))).toEqual([]);
});

it("a payload that could not be read, calls without an end, and prompts that are missing are told", async () => {
  const home = new Home();
  await home.audit(["init"]);
  const trail = Trail.open(home.db);
  trail.record("system.degraded", { description: "not read", metadata: { reason: "payload-refused", host: "codex" } });
  trail.close();
  const call = { session_id: "s", hook_event_name: "PreToolUse", tool_name: "Bash", tool_use_id: "t1", tool_input: {} };
  await home.audit(["ingest", "claude-code", "-"], { stdin: `${JSON.stringify(call)}\n` });
  const status = await home.json<Status & { openCalls: { calls: number }; conversations: object[] }>(["status"], {
    now: Date.now() + HOUR / 2,
  });
  expect(codes(status)).toEqual(["payloads-refused"]);
  expect(status.openCalls.calls).toBe(1);
  expect(status.conversations).toEqual([{ source: "claude-code", state: "silent", calls: 1, prompts: 0 }]);
  expect(status.notCovered).toContain("claude-code: 1 tool call and no prompt in 24 hours");
  expect(codes(await home.json<Status>(["status"], { now: Date.now() + 30 * HOUR }))).toEqual([]);
});

it("names the calls of Claude Code that a transcript holds and the trail lacks, and takes them in", async () => {
  const home = new Home();
  const path = fileURLToPath(new URL("../../trail/test/fixtures/claude-code/transcript.jsonl", import.meta.url));
  await home.audit(["init"], { now: Date.parse("2026-11-22T07:00:00Z") });
  const around = { now: Date.parse("2026-11-23T07:00:00Z") };
  const found = await home.json<{ calls: number; missing: object[] }>(
    ["reconcile", "claude-code", "--file", path],
    around,
  );
  expect(found.calls).toBeGreaterThan(3);
  expect(found.missing).toHaveLength(found.calls);
  expect(await home.json(["reconcile", "claude-code", "--file", path, "--take-in"], around)).toMatchObject({
    both: found.calls,
    missing: [],
    withoutOutcome: [],
    takenIn: [path],
  });
});
