// Claude Code from npm, a mock model on loopback, the hooks installed by our own command: what sessions did must be on
// record, by hooks and session files together, and the settings must be as before afterwards.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ClaudeCode } from "./hosts/claude-code.ts";
import { HOSTS, installHost, REPOSITORY } from "./hosts/install.ts";
import { orNotRun } from "./lib/not-run.ts";
import { countTable, Report, type Row, rowsOf } from "./lib/report.ts";
import { Scratch } from "./lib/scratch.ts";

const audit = join(REPOSITORY, "packages/cli/bin/audit.js");
const scratch = new Scratch("claude-code", [orNotRun(() => installHost(HOSTS["claude-code"]))]);
const report = new Report();
const db = scratch.path("audit.db");
const command = (...args: string[]) => scratch.run(process.execPath, [audit, ...args, "--db", db]);

const settings = scratch.write("home/.claude/settings.json", {
  theme: "dark",
  hooks: { Stop: [] },
  permissions: { deny: ["Bash(rm:*)", "Read(./secret.txt)"] },
});
const before = readFileSync(settings, "utf8");
await command("init");
report.equal("audit hook install", (await command("hook", "install", "claude-code", "--yes")).code, 0);
const idle = await command("status", "--json");
report.check("status before a session: installed, never seen", idle.stdout.includes("installed, never seen"));

const claude = await ClaudeCode.begin(scratch);
/** The events that a part of the run added. */
async function part<T>(what: string, run: () => Promise<T>): Promise<{ rows: Row[]; result: T }> {
  const from = rowsOf(db).length;
  const started = performance.now();
  const result = await run();
  console.log(`--- ${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return { rows: rowsOf(db).slice(from), result };
}

const table: string[][] = [];
/** Every call of a part: what the host did, and what the trail says. */
function told(host: string, rows: readonly Row[], id: unknown): string {
  const about = rows.filter((row) => row.metadata.toolCallId === id && row.type !== "tool.detail");
  const said = about.map(({ type, metadata: { by, deniedReason, exitCode, route } }) =>
    [type, deniedReason, by, route, exitCode].filter((piece) => piece !== undefined).join(" "),
  );
  table.push([host, said.join(", ")]);
  return said.join(", ");
}
const idOf = (rows: readonly Row[], tool: string, word = "") =>
  rows.find(
    ({ type, metadata }) =>
      type === "tool.invoked" && metadata.toolName === tool && JSON.stringify(metadata.args).includes(word),
  )?.metadata.toolCallId;

const plan = await part("commands, files, a refusal, a subagent", () => claude.headless("plan"));
report.equal("claude ended", plan.result.code, 0);
report.check("claude answered", plan.result.stdout.includes("CLAUDE FINAL"), plan.result.stdout.slice(-500));
if (plan.result.code !== 0) console.log(plan.result.stderr, claude.requests);
countTable(plan.rows);
const of = (type: string, tool?: string) =>
  plan.rows.filter((row) => row.type === type && (tool === undefined || row.metadata.toolName === tool));
report.equal("calls of Bash begun (one in the subagent)", of("tool.invoked", "Bash").length, 5);
report.equal("calls of Bash ended", of("tool.result", "Bash").length, 5);
const failed = of("tool.result", "Bash").filter((row) => row.metadata.exitCode === 3);
report.equal("the command that failed has its exit code", failed.length, 1);
report.equal("reads, one of a file that is not there", of("tool.result", "Read").length, 2);
report.equal("writes", of("tool.result", "Write").length, 1);
report.equal("permission asked for WebFetch", of("tool.permission_request", "WebFetch").length, 1);
report.equal("WebFetch, refused, has no result", of("tool.result", "WebFetch").length, 0);
report.equal(
  "prompts, one of them the host's own",
  of("prompt.input").filter((row) => row.metadata.hostGenerated !== true).length,
  1,
);
report.equal("subagent started", of("agent.subagent_spawned").length, 1);
report.equal("subagent ended", of("agent.subagent_ended").length, 1);
report.equal("session started", of("session.start").length, 1);
report.equal("session ended", of("session.end").length, 1);
report.check("the agent's end", of("agent.end").length >= 1);
report.check(
  "every event is of this source",
  plan.rows.every((row) => row.source === "claude-code"),
);
const used = of("prompt.response");
report.equal(
  "each answer with its usage, once",
  [
    used.length,
    new Set(used.map((row) => row.metadata.responseId)).size,
    used.every((row) => row.metadata.outputTokens === 5),
  ],
  [used.length, used.length, true],
);
report.check("answers of the subagent too", used.length >= 12, used.length);
for (const [host, tool, word] of [
  ["ran a command", "Bash", "hello-claude"],
  ["ran a command that failed", "Bash", "oops"],
  ["ran a command in a subagent", "Bash", "hello-child"],
  ["read a file that is not there", "Read", "missing"],
] as const) {
  report.check(
    `${host}: one outcome`,
    /tool\.result(?!.*tool\.(?:result|denied))/.test(told(host, plan.rows, idOf(plan.rows, tool, word))),
  );
}

const refused = await part("refusals without anybody to ask", () => claude.headless("refused"));
report.equal(
  "deny rule for a command",
  told("refused a command by a deny rule", refused.rows, idOf(refused.rows, "Bash", "rm -rf")),
  "tool.invoked, tool.denied policy policy",
);
report.equal(
  "deny rule for a path, of which no hook tells",
  told("refused a read by a deny rule", refused.rows, idOf(refused.rows, "Read")),
  "tool.invoked, tool.denied policy policy",
);
report.equal(
  "headless refusal",
  told("refused what nobody could approve", refused.rows, idOf(refused.rows, "WebFetch")),
  "tool.invoked, tool.denied approval host",
);
report.equal(
  "a command that the host does not run",
  told("refused a command as unfit", refused.rows, idOf(refused.rows, "Bash", "sleep 30")),
  "tool.invoked, tool.denied host host",
);

const planned = await part("plan mode", () => claude.headless("planned", "--permission-mode", "plan"));
report.equal(
  "plan mode",
  told("refused a write in plan mode", planned.rows, idOf(planned.rows, "Write")),
  "tool.invoked, tool.denied policy policy",
);

const terminal = await part("a person at a terminal", () => claude.atTheTerminal());
report.equal("the terminal ended", terminal.result, 0);
report.equal(
  "a person's Yes",
  told("asked, a person said Yes", terminal.rows, idOf(terminal.rows, "Bash", "said-yes")),
  "tool.invoked, tool.result, tool.approved user dialog once",
);
report.equal(
  "a person's No",
  told("asked, a person said No", terminal.rows, idOf(terminal.rows, "Bash", "said-no")),
  "tool.invoked, tool.denied approval user",
);
report.equal(
  "a command that a person stopped",
  told("ran a command, a person stopped it", terminal.rows, idOf(terminal.rows, "Bash", "tick")),
  "tool.invoked, tool.cancelled user",
);

const picture = Buffer.from(Array.from({ length: 3_000 }, (_, i) => (i * 7919) % 251)).toString("base64");
const servers = await part("a server that fails", () => claude.withServer("servers", picture));
report.equal(
  "a server's failure",
  told("called a server that failed", servers.rows, idOf(servers.rows, "mcp__trial__fails")),
  "tool.invoked, tool.result, tool.approved policy rule:cliArg",
);
report.equal(
  "a server's failure in the words of a refusal",
  told("called a server that spoke as if refused", servers.rows, idOf(servers.rows, "mcp__trial__lies")),
  "tool.invoked, tool.result, tool.approved policy rule:cliArg",
);
report.equal(
  "a server's picture",
  told("called a server that sent a picture", servers.rows, idOf(servers.rows, "mcp__trial__shows")),
  "tool.invoked, tool.result, tool.approved policy rule:cliArg",
);

const session = "11111111-1111-4111-8111-111111111111";
const calls = (rows: readonly Row[]) => rows.filter(({ type }) => type === "tool.invoked").length;
const ends = (rows: readonly Row[]) => rows.filter(({ type }) => type === "tool.result").length;
const sessions = (rows: readonly Row[]) => new Set(rows.map(({ sessionId }) => sessionId)).size;
for (const [what, args, others] of [
  ["began", ["--session-id", session], 0],
  ["was taken up again", ["--resume", session], 0],
  ["was forked", ["--resume", session, "--fork-session"], 1],
  ["was taken up again after the fork", ["--resume", session], 0],
] as const) {
  const { rows } = await part(`a session ${what}`, () => claude.headless("more", ...args));
  report.equal(
    `a session ${what}: its one call and result, under one session`,
    [calls(rows), ends(rows), sessions(rows)],
    [1, 1, 1],
  );
  report.equal(`a session ${what}: under its own id`, Number(rows[0]!.sessionId !== session), others);
  table.push([
    `a session ${what}`,
    `${calls(rows)} call, ${ends(rows)} result, under ${rows[0]!.sessionId === session ? "the session" : "the fork"}`,
  ]);
}

// The same hooks in the project's settings too: the host runs each of them twice.
mkdirSync(join(scratch.workspace, ".claude"), { recursive: true });
writeFileSync(
  join(scratch.workspace, ".claude", "settings.json"),
  JSON.stringify({ hooks: (JSON.parse(readFileSync(settings, "utf8")) as { hooks: unknown }).hooks }).replaceAll(
    " hook claude-code",
    "  hook claude-code",
  ),
);
const doubled = await part("hooks in two places", () => claude.headless("more"));
const counted = (type: string) =>
  doubled.rows.filter((row) => row.type === type && row.metadata.repeated !== true && row.metadata.idReused !== true)
    .length;
report.equal(
  "hooks in two places: a call, a result, a prompt, a start and an end that are not marked as repeated",
  ["tool.invoked", "tool.result", "prompt.input", "session.start", "agent.end"].map(counted),
  [1, 1, 1, 1, 1],
);
table.push([
  "ran every hook twice",
  `${doubled.rows.length} events, ${doubled.rows.filter((row) => row.metadata.repeated === true).length} marked as repeated`,
]);
writeFileSync(join(scratch.workspace, ".claude", "settings.json"), "{}");

const rows = rowsOf(db);
const outcomes = new Map<unknown, number>();
for (const { type, sessionId, metadata } of rows) {
  if (!/^tool\.(?:result|denied|cancelled|unknown)$/.test(type)) continue;
  const call = `${sessionId} ${metadata.toolCallId}`;
  outcomes.set(call, (outcomes.get(call) ?? 0) + 1);
}
const asked = rows
  .filter(({ type }) => type === "tool.invoked")
  .map((row) => `${row.sessionId} ${row.metadata.toolCallId}`);
report.equal(
  "every call has exactly one outcome",
  asked.filter((call) => outcomes.get(call) !== 1),
  [],
);
report.check(
  "no id is told to be reused",
  rows.every((row) => row.metadata.idReused !== true),
);

const files = claude.transcripts;
for (const file of files) {
  const { code, stdout, stderr } = await command("ingest", "claude-transcript", file);
  report.equal(`audit ingest claude-transcript ${basename(file)}`, code, 0);
  if (code !== 0) console.log(stdout, stderr);
}
const late = rowsOf(db).slice(rows.length);
report.equal(
  `the session files add no call, outcome, prompt or answer (${late.length} events in all)`,
  late.map((row) => `${row.type} ${row.description}`),
  [],
);
await claude.end();

console.log("\n| the host | the trail |\n| --- | --- |");
for (const row of table) console.log(`| ${row.join(" | ")} |`);
console.log();
report.equal("audit verify", (await command("verify")).code, 0);
const status = await command("status", "--json");
report.check("status after it: recording", status.stdout.includes('"recording"'));
report.equal("audit hook uninstall", (await command("hook", "uninstall", "claude-code", "--yes")).code, 0);
const after = readFileSync(settings, "utf8");
report.check("settings as before, byte for byte", after === before, { before, after });
scratch.remove();
process.exit(report.end());
