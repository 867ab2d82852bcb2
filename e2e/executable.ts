// The command as one file: it is built and tried where no Node is to be found. The demo runs most commands; a hook runs through
// its launcher, as a host starts it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./hosts/install.ts";
import { notRun } from "./lib/not-run.ts";
import { Report, rowsOf } from "./lib/report.ts";
import { Scratch } from "./lib/scratch.ts";

if (process.platform !== "linux") notRun("it is built for Linux only");

const report = new Report();
const scratch = new Scratch("executable", []);
const audit = join(REPOSITORY, "build", "audit");
const manifest = readFileSync(join(REPOSITORY, "packages/cli/package.json"), "utf8");
const { version } = JSON.parse(manifest) as { version: string };
const run = (command: string, args: readonly string[], input = "") =>
  scratch.run(command, args, { env: { PATH: "/bin:/usr/bin" }, input });

try {
  const built = await scratch.run(process.execPath, [join(REPOSITORY, "packages/cli/executable/build.mjs")]);
  report.check(`it is built: ${built.milliseconds} ms`, built.code === 0, built.stderr);

  report.equal("its version", (await run(audit, ["--version"])).stdout, `audit ${version}\n`);
  const demo = await run(audit, ["demo", "--json"]);
  report.check("the demo, and the change that it finds", demo.code === 0 && demo.stdout.includes('"ok":true'), demo);

  await run(audit, ["init"]);
  const installed = await run(audit, ["hook", "install", "claude-code", "--yes"]);
  report.equal("a hook is installed", installed.code, 0);
  const payload = {
    session_id: "one-file",
    cwd: scratch.workspace,
    hook_event_name: "PreToolUse",
    tool_name: "Bash",
    tool_use_id: "call-1",
    tool_input: { command: "echo hello" },
  };
  const launcher = join(scratch.home, ".sealtrail/bin/sealtrail-hook");
  const hook = await run(launcher, ["hook", "claude-code"], JSON.stringify(payload));
  report.equal("a hook ends well and prints nothing", [hook.code, hook.stdout, hook.stderr], [0, "", ""]);
  const rows = rowsOf(join(scratch.home, ".sealtrail/audit.db"));
  report.check(
    "its call is on record",
    rows.some(({ description }) => description.includes("echo hello")),
    rows,
  );
  const verified = await run(audit, ["verify", "--json"]);
  report.check("audit verify", verified.code === 0 && verified.stdout.includes('"verified"'), verified);
} finally {
  scratch.remove();
}
process.exit(report.end());
