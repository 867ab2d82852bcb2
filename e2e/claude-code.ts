// Claude Code from npm, a mock model on loopback, the hook installed by our own command: what the session did must be
// on record, and the settings must be as before afterwards.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runClaude } from "./hosts/claude-code.ts";
import { HOSTS, installHost, REPOSITORY } from "./hosts/install.ts";
import { orNotRun } from "./lib/not-run.ts";
import { countTable, Report, rowsOf } from "./lib/report.ts";
import { Scratch } from "./lib/scratch.ts";

const audit = join(REPOSITORY, "packages/cli/bin/audit.js");
const scratch = new Scratch("claude-code", [orNotRun(() => installHost(HOSTS["claude-code"]))]);
const report = new Report();
const db = scratch.path("audit.db");
const command = (...args: string[]) => scratch.run(process.execPath, [audit, ...args, "--db", db]);

const settings = scratch.write("home/.claude/settings.json", { theme: "dark", hooks: { Stop: [] } });
const before = readFileSync(settings, "utf8");
await command("init");
report.equal("audit hook install", (await command("hook", "install", "claude-code")).code, 0);
const idle = await command("status", "--json");
report.check("status before a session: installed, never seen", idle.stdout.includes("installed, never seen"));

const { finished, requests } = await runClaude(scratch);
report.equal("claude ended", finished.code, 0);
report.check("claude answered", finished.stdout.includes("CLAUDE FINAL"), finished.stdout.slice(-500));
if (finished.code !== 0) console.log(finished.stderr, requests);

const rows = rowsOf(db).filter((row) => row.source !== "sealtrail");
countTable(rows);
const of = (type: string, tool?: string) =>
  rows.filter((row) => row.type === type && (tool === undefined || row.metadata.toolName === tool));
report.equal("calls of Bash begun (one in the subagent)", of("tool.invoked", "Bash").length, 5);
report.equal("calls of Bash ended", of("tool.result", "Bash").length, 5);
const failed = of("tool.result", "Bash").filter((row) => row.metadata.exitCode === 3);
report.equal("the command that failed has its exit code", failed.length, 1);
report.equal("reads, one of a file that is not there", of("tool.result", "Read").length, 2);
report.equal("writes", of("tool.result", "Write").length, 1);
report.equal("permission asked for WebFetch", of("tool.permission_request", "WebFetch").length, 1);
report.equal("WebFetch, refused, has no result", of("tool.result", "WebFetch").length, 0);
report.check("the prompt", of("prompt.input").length >= 1);
report.equal("subagent started", of("agent.subagent_spawned").length, 1);
report.equal("subagent ended", of("agent.subagent_ended").length, 1);
report.equal("session started", of("session.start").length, 1);
report.equal("session ended", of("session.end").length, 1);
report.check("the agent's end", of("agent.end").length >= 1);
report.check(
  "every event is of this source",
  rows.every((row) => row.source === "claude-code"),
);
const ids = new Set(of("tool.invoked").map((row) => row.metadata.toolCallId));
report.check(
  "every result has its call",
  of("tool.result").every((row) => ids.has(row.metadata.toolCallId)),
);

report.equal("audit verify", (await command("verify")).code, 0);
const status = await command("status", "--json");
report.check("status after it: recording", status.stdout.includes('"recording"'));
report.equal("audit hook uninstall", (await command("hook", "uninstall", "claude-code", "--yes")).code, 0);
const after = readFileSync(settings, "utf8");
report.check("settings as before, byte for byte", after === before, { before, after });
scratch.remove();
process.exit(report.end());
