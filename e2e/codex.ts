// Codex from npm, a mock model on loopback, the hook installed by our own command; once without trust (nothing may
// come in, and status says so) and once with it. Exit codes, which its hooks lack, are filled in from its session log.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runBoxed, runCodex } from "./hosts/codex.ts";
import { HOSTS, installHost, REPOSITORY } from "./hosts/install.ts";
import { orNotRun } from "./lib/not-run.ts";
import { callTable, countTable, Report, rowsOf } from "./lib/report.ts";
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
const ofHost = rowsOf(db).filter(({ source }) => source === "codex");
report.equal("events of the host without trust", ofHost.length, 0);
const never = await command("status", "--json");
report.check("status says that the hook is not trusted", never.stdout.includes("not trusted"), never.stdout);

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
report.equal("commands that ran are told once", of("tool.result", "Bash").length, 4);
report.equal("the prompt is told once", of("prompt.input").length, 1);
report.equal("audit verify", (await command("verify")).code, 0);

const { thread, fork, runs, rollouts: boxed } = await runBoxed(scratch);
for (const [name, run] of Object.entries(runs)) report.equal(`the ${name} run ended`, run.code, 0);
report.check("the fork is a thread of its own", fork !== thread);
for (const path of boxed) {
  const taken = await command("ingest", path);
  report.equal(`audit ingest ${path.split("/").at(-1)}`, taken.code, 0);
  report.check("the file's source is recognised", taken.stdout.startsWith("codex-rollout:"), taken.stdout);
}
const calls = callTable(
  rowsOf(db).filter(({ sessionId }) => sessionId === thread || sessionId === fork),
  {
    "echo x > made-in-the-box.txt": "the sandbox lets it write nothing: it exits with an error",
    "echo escalated": "refused: nobody can be asked for more rights",
    "*** Begin Patch": "rejected: the sandbox is read-only",
    "echo again": "runs, in the resumed thread and in the fork",
  },
);
const ended = (text: string) => calls.filter(({ asked }) => asked.startsWith(text));
report.check("the sandbox wrote nothing", !existsSync(join(scratch.workspace, "made-in-the-box.txt")));
const [write, ...more] = ended("echo x >");
report.check(
  "the command in the sandbox failed",
  more.length === 0 && (Number(write?.exitCode) > 0 || write?.by === "sandbox"),
  write,
);
const refused = ended("echo escalated").map(({ outcome, deniedReason, by }) => [outcome, deniedReason, by]);
report.equal("the command without rights", refused, [["tool.denied", "policy", "policy"]]);
const rejected = ended("*** Begin Patch").map(({ outcome, deniedReason, by }) => [outcome, deniedReason, by]);
report.equal("the patch", rejected, [["tool.denied", "sandbox", "sandbox"]]);
const again = ended("echo again").map(({ outcome, exitCode, session }) => [outcome, exitCode, session]);
report.equal("the resumed and the forked thread, each under its own id", again, [
  ["tool.result", 0, thread],
  ["tool.result", 0, fork],
]);
const prompts = rowsOf(db).filter(
  ({ type, sessionId }) => type === "prompt.input" && (sessionId === thread || sessionId === fork),
);
report.equal("prompts of both threads, each once", prompts.length, 3);
const before = rowsOf(db).length;
for (const path of boxed) await command("ingest", path);
report.equal("the same logs again add nothing", rowsOf(db).length, before);
report.equal("audit verify", (await command("verify")).code, 0);
report.equal("audit hook uninstall", (await command("hook", "uninstall", "codex", "--yes")).code, 0);
report.check("the settings that we made are gone", !existsSync(join(scratch.home, ".codex/hooks.json")));
scratch.remove();
process.exit(report.end());
