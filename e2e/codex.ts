// Codex from npm, a mock model on loopback, the hook installed by our own command; once without trust (nothing may
// come in, and status says so) and once with it. Exit codes, which its hooks lack, are filled in from its session log.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runCodex } from "./hosts/codex.ts";
import { HOSTS, installHost, REPOSITORY } from "./hosts/install.ts";
import { orNotRun } from "./lib/not-run.ts";
import { countTable, Report, rowsOf } from "./lib/report.ts";
import { Scratch } from "./lib/scratch.ts";

const audit = join(REPOSITORY, "packages/cli/bin/audit.js");
const scratch = new Scratch("codex", [orNotRun(() => installHost(HOSTS.codex))]);
const report = new Report();
const db = scratch.path("audit.db");
const command = (...args: string[]) => scratch.run(process.execPath, [audit, ...args, "--db", db]);

await command("init");
const installed = await command("hook", "install", "codex");
report.equal("audit hook install", installed.code, 0);
report.check("it says that the user must trust the hook", installed.stderr.includes("trust"));

const untrusted = await runCodex(scratch, { trusted: false });
report.equal("codex without trust ended", untrusted.finished.code, 0);
report.equal("events without trust", rowsOf(db).length, 0);
const never = await command("status", "--json");
report.check("status: installed, never seen", never.stdout.includes("installed, never seen"));

const { finished, rollouts } = await runCodex(scratch, { trusted: true });
report.equal("codex ended", finished.code, 0);
report.check("codex answered", finished.stdout.includes("CODEX FINAL"), finished.stdout.slice(-500));
const rows = rowsOf(db);
const of = (type: string, tool?: string) =>
  rowsOf(db).filter((row) => row.type === type && (tool === undefined || row.metadata.toolName === tool));
countTable(rows);
report.equal("commands begun", of("tool.invoked", "Bash").length, 4);
report.equal("commands ended", of("tool.result", "Bash").length, 4);
report.equal("patches", of("tool.result", "apply_patch").length, 1);
report.equal("prompts", of("prompt.input").length, 1);
report.equal("session started", of("session.start").length, 1);
report.equal("session ended", of("session.end").length, 1);
report.equal("the agent's end", of("agent.end").length, 1);
report.equal("audit verify", (await command("verify")).code, 0);

report.equal("session logs", rollouts.length, 2);
const log = await command("ingest", "codex-rollout", rollouts.at(-1)!);
report.equal("audit ingest codex-rollout", log.code, 0);
const withCode = rowsOf(db).filter((row) => row.metadata.exitCode === 3);
report.equal("the command that failed has its exit code", withCode.length, 1);
report.equal("audit verify", (await command("verify")).code, 0);
report.equal("audit hook uninstall", (await command("hook", "uninstall", "codex", "--yes")).code, 0);
report.check("the settings that we made are gone", !existsSync(join(scratch.home, ".codex/hooks.json")));
scratch.remove();
process.exit(report.end());
