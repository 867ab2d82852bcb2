// A real OpenClaw gateway, headless, with the plugin as it is packed: allowed, failing, unknown, denied, rewritten and nested
// calls, a subagent, cron runs, chat, reset, /tools/invoke, the plugin taken out and back, a restart and a kill; then every
// expected event must be on record.
// At last the trail's file is spoiled under the running gateway.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { HOSTS, installHost, REPOSITORY } from "./hosts/install.ts";
import { Gateway } from "./hosts/openclaw.ts";
import { orNotRun } from "./lib/not-run.ts";
import { compareCounts, type Expected, Report, type Row, rowsOf } from "./lib/report.ts";
import { type Finished, Scratch, until } from "./lib/scratch.ts";
import { openaiChat } from "./mock/openai-chat.ts";
import type { Scripts } from "./mock/server.ts";

const exec = (command: string) => ({ tool: "exec", args: { command } });

const SCRIPTS: Scripts = {
  plan: {
    steps: [
      [{ tool: "read", args: { path: "notes.txt" } }],
      [exec("echo allowed")],
      [exec("echo oops >&2; exit 3")],
      [{ tool: "read", args: { path: "missing.txt" } }],
      [{ tool: "no_such_tool", args: { x: 1 } }],
      [exec("echo DENY-ME")],
      [exec("echo ASK-ME")],
      [exec("echo parallel-one"), exec("echo parallel-two")],
      [exec("curl -H 'Authorization: Bearer e2e-secret-token-abcdef' http://127.0.0.1:9/ || true")],
    ],
    final: "PLAN DONE",
  },
  nested: {
    steps: [[{ tool: "tool_call", args: { id: "sessions_list", args: {} } }]],
    final: "NESTED DONE",
  },
  parent: {
    steps: [[{ tool: "tool_call", args: { id: "sessions_spawn", args: { task: "script:child", mode: "run" } } }]],
    final: "PARENT DONE",
  },
  child: { steps: [[exec("echo child")]], final: "CHILD DONE" },
  locked: { steps: [[exec("touch ran-without-record")]], final: "LOCKED DONE" },
  cron: { steps: [[exec("echo from-cron")]], final: "CRON DONE" },
  rewritten: { steps: [[exec("echo REWRITE-ME")]], final: "REWRITTEN DONE" },
  local: { steps: [[exec("echo from-local")]], final: "LOCAL DONE" },
  chat: { steps: [[exec("echo from-chat")]], final: "CHAT DONE" },
  unseen: { steps: [[exec("echo while-uninstalled")]], final: "UNSEEN DONE" },
  again: { steps: [[exec("echo installed-again")]], final: "AGAIN DONE" },
  spoiled: { steps: [[exec("echo on-garbage")]], final: "SPOILED DONE" },
};

/** At least, where the host decides how often: it may compact, ask or write once more. */
const EXPECTED: Expected = {
  "agent.agent_turn_prepare": ">= 8",
  "agent.before_agent_finalize": ">= 8",
  "agent.before_agent_reply": ">= 8",
  "agent.before_agent_run": ">= 8",
  "agent.compaction_start": 1,
  "agent.end": ">= 8",
  "agent.reset": 1,
  "agent.subagent_delivery": 1,
  "agent.subagent_ended": ">= 1",
  "agent.subagent_progress": ">= 1",
  "agent.subagent_spawned": 1,
  "config.cron_changed": ">= 2",
  "cron.cron_reconciled": ">= 4",
  "cron.executed": 3,
  "cron.failed": 1,
  "gateway.start": ">= 5",
  "gateway.stop": ">= 4",
  "message.dispatched": ">= 1",
  "message.received": ">= 1",
  "message.reply_dispatch": ">= 1",
  "message.reply_payload_sending": ">= 1",
  "message.sending": ">= 1",
  "message.write": ">= 20",
  "prompt.build": ">= 8",
  "prompt.input": ">= 8",
  "prompt.model_call_ended": ">= 16",
  "prompt.model_call_started": ">= 16",
  "prompt.model_resolve": ">= 8",
  "prompt.response": ">= 8",
  "session.end": ">= 2",
  "session.start": ">= 1",
  // The missing grant, and the kill.
  "system.degraded": 2,
  // By setup: with the grant, and again after the plugin was taken out.
  "system.hook_installed": 2,
  "system.hook_removed": 1,
  "system.install": ">= 1",
  // Conversation hooks without the grant.
  "system.install_hook_unavailable": 9,
  // By policy, by an approval that nobody could give, and fail-closed.
  "tool.denied": 3,
  "tool.invoked": 23,
  "tool.persisted": ">= 16",
  "tool.resolve_exec_env": ">= 8",
  "tool.result": 20,
};

const audit = join(REPOSITORY, "packages/cli/bin/audit.js");
const scratch = new Scratch("openclaw", [orNotRun(() => installHost(HOSTS.openclaw))]);
const report = new Report();
const db = scratch.path("trail", "audit.db");
const command = (...args: string[]) => scratch.run(process.execPath, [audit, ...args, "--db", db]);
const model = await openaiChat(SCRIPTS);
const gateway = await Gateway.prepare(scratch, model.url);
const of = (type: string, tool?: string) =>
  rowsOf(db).filter((row) => row.type === type && (tool === undefined || row.metadata.toolName === tool));
const withArgs = (text: string) =>
  rowsOf(db).filter(
    (row) => /^tool[.](invoked|result)$/.test(row.type) && JSON.stringify(row.metadata.args ?? "").includes(text),
  );
/** Not of a reload of plugins, which tells them to stop and start as well. */
const isAtShutdown = (row: Row) => row.metadata.reason !== "plugin replacement";
const seen = (what: string, probe: () => boolean) =>
  until(what, 180, async () => (probe() ? true : undefined)).catch((error: Error) => console.log(error.message));

async function main(): Promise<void> {
  scratch.write("ws/notes.txt", "synthetic\n");
  report.equal("audit init", (await command("init")).code, 0);

  // As a user gets it: packed, installed by the host's own command, configured by its schema.
  const packed = scratch.path("packed");
  scratch.write("packed/.keep", "");
  execFileSync("npm", ["pack", "--silent", "--pack-destination", packed], {
    cwd: join(REPOSITORY, "packages/openclaw"),
  });
  const tarball = readdirSync(packed).find((name) => name.endsWith(".tgz"))!;
  const forced = ["--force", "--accept-capabilities"];
  const installed = await gateway.command(["plugins", "install", join(packed, tarball), ...forced]);
  report.equal("openclaw plugins install", installed.code, 0);
  if (installed.code !== 0) console.log(installed.stdout, installed.stderr);
  const entry = "plugins.entries.sealtrail";
  await gateway.command(["config", "set", `${entry}.config.db`, db]);
  await gateway.command(["config", "set", `${entry}.config.userId`, "e2e-user"]);
  const refused = await gateway.command(["config", "set", `${entry}.config.nonsense`, "1"]);
  report.check("the schema refuses what it does not know", refused.code !== 0, refused.stdout);

  // Without the grant first: that it lacks must be seen.
  await gateway.start();
  await seen("gateway start", () => of("gateway.start").length === 1);
  await seen("missing grant", () => of("system.degraded").length === 1);
  report.equal(
    "missing grant is on record",
    of("system.degraded")[0]?.metadata.reason,
    "conversation-hooks-not-granted",
  );
  const ungranted = await command("status", "--json");
  const refusedHooks = of("system.install_hook_unavailable").map((row) => row.metadata.hook);
  report.check(
    "each hook that the host refuses is on record",
    refusedHooks.includes("llm_input") && refusedHooks.length === 9,
    refusedHooks,
  );
  report.check(
    "status names the grant that is missing",
    ungranted.stdout.includes(`${entry}.hooks.allowConversationAccess`),
  );
  const blocker = join(REPOSITORY, "e2e/blocker");
  const policy = await gateway.command(["plugins", "install", "--link", blocker, ...forced]);
  report.equal("the policy plugin, installed by the running gateway", policy.code, 0);
  await seen("install", () => of("system.install").length >= 1);
  report.equal("the install is on record", of("system.install")[0]?.metadata.pluginId, "e2e-blocker");
  report.equal("gateway stopped", await gateway.stop(), 0);
  report.equal("gateway.stop", of("gateway.stop").filter(isAtShutdown).length, 1);
  const setup = () =>
    command(
      ...["setup", "--yes", "--anchor", "off", "--user-id", "e2e-user"],
      ...["--hook", "openclaw", "--openclaw-plugin", join(packed, tarball), "--json"],
    );
  const granted = await setup();
  report.equal("audit setup installs it anew and grants what it needs", granted.code, 0);
  if (granted.code !== 0) console.log(granted.stdout, granted.stderr);

  // What the host itself thinks of the plugin.
  const audited = await gateway.command(["security", "audit", "--deep", "--json"]);
  const findings = findingsOf(audited.stdout);
  report.check("openclaw security audit --deep gives findings as JSON", findings !== undefined, audited.stdout);
  // Of the configuration, and so for every plugin: no allow list, no tool policy. Named in the plugin's README.
  const general = ["plugins.extensions_no_allowlist", "plugins.tools_reachable_permissive_policy"];
  const ours = (findings ?? []).filter((finding) => JSON.stringify(finding).includes("sealtrail"));
  report.equal(
    "its findings about the plugin itself",
    ours.filter(({ checkId }) => !general.includes(checkId)),
    [],
  );
  const hosted = await gateway.command(["sealtrail", "list", "--type", "system.hook_installed", "--json"]);
  report.check(
    "openclaw sealtrail <command> runs on the plugin's trail",
    hosted.stdout.includes('"host":"openclaw"'),
    hosted.stdout.slice(0, 500) + hosted.stderr.slice(0, 500),
  );

  // A command of the host's that loads the plugin, too, and ends when its own work is done: nothing of it may be lost.
  const local = await gateway.command(["agent", "--local", "--agent", "main", "--message", "script:local", "--json"]);
  report.equal("openclaw agent --local", local.code, 0);
  if (local.code !== 0) console.log(local.stdout.slice(-1500), local.stderr.slice(-1500));
  report.equal("its call, begun and ended", withArgs("from-local").length, 2);

  await gateway.start();

  const turn = await gateway.turn("script:plan");
  report.check("the turn's answer", turn.body.includes("PLAN DONE"), turn.body.slice(0, 500));
  await seen("end of the turn", () => of("agent.end").length >= 1);
  report.equal("calls of exec begun", of("tool.invoked", "exec").length, 8);
  report.equal("exec ended, but for those that were denied", of("tool.result", "exec").length, 6);
  const exits = of("tool.result", "exec").map((row) => row.metadata.exitCode);
  report.equal("exit 3 is one of them", exits.filter((code) => code === 3).length, 1);
  report.equal("reads, one of a file that is not there", of("tool.result", "read").length, 2);
  const failedRead = of("tool.result", "read").filter((r) => r.metadata.error);
  report.equal(
    "the one that failed says so, with the host's category of the error",
    failedRead.map((row) => row.metadata.errorCategory),
    ["Error"],
  );
  const unknown = rowsOf(db).filter((row) => row.metadata.toolName === "no_such_tool" && row.type.startsWith("tool."));
  report.check(
    "unknown tool: a result without a call",
    unknown.some((r) => r.type === "tool.result"),
    unknown,
  );
  report.equal(
    "denied",
    of("tool.denied", "exec").map(({ metadata }) => [metadata.deniedReason, metadata.by, metadata.reason]),
    [
      ["policy", "policy", "policy says no"],
      ["approval", "host", "Plugin approval unavailable (no approval route)"],
    ],
  );
  const costs = (type: string) => of(type).filter((row) => row.metadata.inputTokens !== undefined).length;
  report.check("usage stands on the messages", costs("message.write") >= 8, costs("message.write"));
  report.equal("and not again on the response", costs("prompt.response"), 0);
  const doors = new Set(of("tool.invoked", "read").map((row) => row.metadata.surface));
  report.equal("by which door the calls came", [...doors], ["chat-completions"]);
  report.check("prompts and answers", of("prompt.input").length >= 1 && of("prompt.response").length >= 1);
  report.check("model calls", of("prompt.model_call_ended").length >= 8);
  report.check("persisted results", of("tool.persisted").length >= 8);

  await gateway.turn("script:rewritten");
  const asked = of("tool.invoked", "exec").find((row) => JSON.stringify(row.metadata.args).includes("REWRITE-ME"));
  await seen("the rewritten call", () =>
    of("tool.result", "exec").some((row) => row.metadata.toolCallId === asked?.metadata.toolCallId),
  );
  const ran = of("tool.result", "exec").find((row) => row.metadata.toolCallId === asked?.metadata.toolCallId);
  report.check(
    "rewritten parameters: what ran is in the result",
    JSON.stringify(ran?.metadata.args).includes("echo rewritten"),
    ran,
  );

  const cli = await gateway.command(["agent", "--agent", "main", "--message", "script:nested", "--json"]);
  report.equal("openclaw agent", cli.code, 0);
  await seen("nested call", () => of("tool.result", "tool_call").length >= 1);
  const inner = of("tool.invoked").find((row) => String(row.metadata.toolCallId).startsWith("tool_search_code:"));
  const outer = of("tool.invoked", "tool_call")[0];
  report.check(
    "nested: the inner call names the outer",
    String(inner?.metadata.toolCallId).includes(String(outer?.metadata.toolCallId)),
    inner,
  );

  await gateway.turn("script:parent");
  await seen("subagent", () => of("agent.subagent_ended").length >= 1);
  report.equal("subagent spawned", of("agent.subagent_spawned").length, 1);
  report.check("subagent ended", of("agent.subagent_ended").length >= 1);
  const childCall = of("tool.invoked", "exec").find((row) => row.sessionId?.includes(":subagent:"));
  report.check("the subagent's own call, in its session", childCall !== undefined);

  const call = (method: string, params: object) =>
    gateway.command(["gateway", "call", method, "--params", JSON.stringify(params), "--json"]);
  await call("chat.send", { sessionKey: "main", message: "script:chat", idempotencyKey: "chat-1" });
  await seen("chat's answer", () => of("message.sending").length >= 1);
  report.check("chat: the message that came", of("message.received").length >= 1);
  report.check(
    "chat: what went out",
    of("message.sending").some((row) => row.metadata.direction === "outbound"),
  );
  await call("chat.send", { sessionKey: "main", message: "/compact", idempotencyKey: "compact-1" });
  await seen("compaction", () => of("agent.compaction_start").length >= 1);
  await call("sessions.reset", { key: "agent:main:main" });
  await seen("reset", () => of("agent.reset").length >= 1);
  report.equal("session reset", of("agent.reset").length, 1);
  report.check(
    "the session that was reset has ended",
    of("session.end").some((row) => row.metadata.reason === "reset"),
  );

  const direct = await gateway.post("/tools/invoke", {
    tool: "sessions_list",
    args: {},
    idempotencyKey: "k1",
  });
  report.equal("/tools/invoke", direct.status, 200);
  const alone = of("tool.invoked").filter((row) => String(row.metadata.toolCallId).startsWith("http-direct"));
  report.equal(
    "/tools/invoke is on record, with its door",
    alone.map((row) => row.metadata.surface),
    ["tools-invoke"],
  );

  const cron = async (name: string, ...more: string[]) => {
    const job = ["--agent", "main", "--session", "isolated", "--message", "script:cron", "--json", ...more];
    const added = await gateway.command(["cron", "add", "--name", name, "--at", "2030-01-01T00:00:00Z", ...job]);
    const { id } = JSON.parse(added.stdout.slice(added.stdout.indexOf("{"))) as { id: string };
    await gateway.command(["cron", "run", id]);
  };
  const jobs = of("config.cron_changed").length;
  await cron("e2e", "--no-deliver");
  await seen("cron run", () => of("cron.executed").length === 2);
  report.equal("cron run, started and finished", of("cron.executed").length, 2);
  // There is no channel to deliver to, so a job that wants to deliver fails.
  await cron("e2e-undelivered", "--announce");
  await seen("failed cron run", () => of("cron.failed").length === 1);
  report.equal("a cron run that failed", of("cron.failed").length, 1);
  report.check("cron jobs added", of("config.cron_changed").length >= jobs + 2);
  const cronCall = of("tool.invoked", "exec").find((row) => row.sessionId?.includes(":cron:"));
  report.equal("the cron run's call, with its door", cronCall?.metadata.surface, "cron");

  await takenOutAndBack(setup);

  report.equal("gateway stopped", await gateway.stop(), 0);
  report.equal(
    "no marker after a clean stop",
    readdirSync(join(db, "..")).filter((n) => n.endsWith(".run")),
    [],
  );
  const before = of("gateway.start").length;
  await gateway.start();
  await seen("next start", () => of("gateway.start").length > before);
  const starts = of("gateway.start").length;
  await gateway.stop("SIGKILL");
  await gateway.start();
  await seen("marker of the killed one", () => of("system.degraded").length === 2);
  const killed = of("system.degraded")[1];
  report.equal("kill -9 is on record", killed?.metadata.unknown, true);
  report.equal("gateway stopped", await gateway.stop(), 0);
  report.equal("a start after the kill", of("gateway.start").length, starts + 1);

  // No record, no action: with the file locked by somebody else the call must not run.
  await gateway.command(["config", "set", `${entry}.config.failClosed`, "true"]);
  await gateway.start();
  const other = new DatabaseSync(db);
  other.exec("BEGIN IMMEDIATE");
  await gateway.turn("script:locked");
  other.exec("ROLLBACK");
  other.close();
  report.check("fail-closed: the call did not run", !existsSync(join(scratch.workspace, "ran-without-record")));
  report.equal("gateway stopped", await gateway.stop(), 0);
  const stopped = of("tool.denied", "exec").filter((row) =>
    String(row.metadata.reason).includes("no record, no action"),
  );
  report.equal("fail-closed: denied, on record once the lock was gone", stopped.length, 1);

  const rows = rowsOf(db);
  compareCounts(report, rows, EXPECTED);
  const users = new Set(rows.filter((row) => row.source === "openclaw").map((row) => row.userId));
  report.equal("every event of the gateway has its user", [...users], ["e2e-user"]);
  const bytes = JSON.stringify(rows);
  report.check("no secret of the command", !bytes.includes("e2e-secret-token"));
  report.check("no gateway token", !bytes.includes("synthetic-e2e-token"));
  const both = await scratch.run(process.execPath, [audit, "reconcile", "openclaw", "--json", "--db", db]);
  const { onlyTrail, onlyLedger, expected } = JSON.parse(both.stdout) as Record<string, unknown[]>;
  report.equal("calls that only the trail has, unexpectedly", onlyTrail, []);
  report.equal("calls that only the host's ledger has: the one while the plugin was out", onlyLedger?.length, 1);
  report.equal("calls that the host leaves out: /tools/invoke and the unknown tool", expected?.length, 2);
  const status = await command("status", "--json");
  report.check("status says that agent exec is not covered", status.stdout.includes("openclaw agent exec"));
  const verified = await command("verify");
  report.check("audit verify", verified.code === 0, verified.stdout + verified.stderr);

  // Somebody writes over the trail's file under a running gateway: the agent goes on, and it can't be hidden.
  await gateway.command(["config", "set", `${entry}.config.failClosed`, "false"]);
  await gateway.start();
  writeFileSync(db, new Uint8Array(statSync(db).size).fill(0x5a), { flag: "r+" });
  const onGarbage = await gateway.turn("script:spoiled");
  report.check(
    "garbage in the file: the agent goes on",
    onGarbage.body.includes("SPOILED DONE"),
    onGarbage.body.slice(0, 300),
  );
  await seen("begun anew", () => isReadable() && rowsOf(db)[0]?.type === "system.restarted");
  const names = readdirSync(join(db, ".."));
  report.check("the spoiled file is kept", names.includes(String(rowsOf(db)[0]?.metadata.keptAs)), names);
  await gateway.turn("script:chat");
  await seen("recording goes on", () => of("agent.end").length >= 1);
  report.equal("gateway stopped", await gateway.stop(), 0);
  const unhealthy = await command("status", "--json");
  report.check("status is unhealthy: restarted", unhealthy.code === 1 && unhealthy.stdout.includes("trail-restarted"));
  report.equal("audit verify: restarted", (await command("verify")).code, 1);
  report.equal("audit recover --accept", (await command("recover", "--accept")).code, 0);
  report.equal("audit verify: accepted", (await command("verify")).code, 0);
}

/** The plugin is uninstalled under the running gateway, a turn goes by, and it is installed again. */
async function takenOutAndBack(setup: () => Promise<Finished>): Promise<void> {
  const table: string[] = [];
  const row = (did: string, says: string) => table.push(`| ${did} | ${says} |`);
  const uninstalled = await gateway.command(["plugins", "uninstall", "sealtrail", "--force"]);
  report.equal("openclaw plugins uninstall, under the running gateway", uninstalled.code, 0);
  await seen("removal", () => of("system.hook_removed").length === 1);
  const removal = of("system.hook_removed")[0];
  // The host switches a plugin off before it takes its settings away.
  report.check(
    "that the plugin was taken out is on record",
    ["disabled", "uninstalled"].includes(String(removal?.metadata.reason)),
    removal,
  );
  row("plugin uninstalled", `#${removal?.sequence} system.hook_removed: ${removal?.metadata.reason}`);
  const before = rowsOf(db).length;
  const unseen = await gateway.turn("script:unseen");
  report.check("a turn without the plugin", unseen.body.includes("UNSEEN DONE"), unseen.body.slice(0, 300));
  report.equal("of which the trail has nothing", rowsOf(db).length, before);
  row(
    "a turn with one call of exec",
    "nothing: what is not installed records nothing (audit reconcile names the call)",
  );
  const starts = of("gateway.start").length;
  const back = await setup();
  report.equal("audit setup, under the running gateway", back.code, 0);
  if (back.code !== 0) console.log(back.stdout, back.stderr);
  const installed = of("system.hook_installed").at(-1);
  row(
    "plugin installed by audit setup",
    `#${installed?.sequence} system.hook_installed: ${installed?.metadata.version}`,
  );
  await seen("the plugin again", () => of("gateway.start").length > starts);
  row("gateway takes the plugin in", `#${of("gateway.start").at(-1)?.sequence} gateway.start`);
  await gateway.turn("script:again");
  await seen("its call", () => withArgs("installed-again").length === 2);
  report.equal("a call after that, begun and ended", withArgs("installed-again").length, 2);
  row(
    "a turn with one call of exec",
    withArgs("installed-again")
      .map(({ sequence, type }) => `#${sequence} ${type}`)
      .join(", "),
  );
  console.log(["| the host did | the trail says |", "| --- | --- |", ...table].join("\n"));
}

/** Findings of the host's security audit; undefined where there is no JSON in what it printed. */
function findingsOf(printed: string): { checkId: string }[] | undefined {
  try {
    const { findings } = JSON.parse(printed.slice(printed.indexOf("{"))) as { findings?: { checkId: string }[] };
    return Array.isArray(findings) ? findings : undefined;
  } catch {
    return undefined;
  }
}

function isReadable(): boolean {
  try {
    return rowsOf(db).length > 0;
  } catch {
    return false;
  }
}

let code = 1;
try {
  await main();
  code = report.end();
  if (code !== 0) console.log(gateway.output());
} catch (error) {
  console.log(error);
  console.log(gateway.output());
  report.end();
} finally {
  await gateway.stop("SIGKILL");
  await model.close();
  if ((code === 0 || process.env.CI) && !process.env.E2E_KEEP) scratch.remove();
  else console.log(`left for a look: ${scratch.folder}`);
}
process.exit(code);
