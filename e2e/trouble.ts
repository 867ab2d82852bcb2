// What goes wrong under a hook: a full disk, a read-only file system, a permission taken away. Each time the agent must
// not notice, the event must be on record in the end, and `audit status` must say so meanwhile. Needs root (mounts).
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./hosts/install.ts";
import { NotRunnable, notRun, orNotRun } from "./lib/not-run.ts";
import { Report, rowsOf } from "./lib/report.ts";
import { Scratch } from "./lib/scratch.ts";

if (process.getuid?.() !== 0) notRun("mounting needs root");

const audit = join(REPOSITORY, "packages/cli/bin/audit.js");
const report = new Report();
const nobody = 65534;

interface Trouble {
  name: string;
  begin(folder: string): void;
  end(folder: string): void;
  uid?: number;
}

function fill(folder: string): void {
  const handle = openSync(join(folder, "filler"), "w");
  const piece = new Uint8Array(4096);
  try {
    for (;;) writeSync(handle, piece);
  } catch {
    closeSync(handle);
  }
}

const TROUBLES: Trouble[] = [
  { name: "full disk", begin: fill, end: (folder) => rmSync(join(folder, "filler")) },
  {
    name: "read-only file system",
    begin: (folder) => execFileSync("mount", ["-o", "remount,ro", folder]),
    end: (folder) => execFileSync("mount", ["-o", "remount,rw", folder]),
  },
  {
    name: "permission taken away",
    begin: (folder) => chmodSync(folder, 0o000),
    end: (folder) => chmodSync(folder, 0o700),
    uid: nobody,
  },
];

/** Root in a container may still not be allowed to. */
function mount(folder: string): void {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", folder], { stdio: "pipe" });
  } catch (error) {
    throw new NotRunnable(`a file system can't be mounted here: ${(error as Error).message.trim()}`);
  }
}

for (const { name, begin, end, uid } of TROUBLES) {
  const scratch = new Scratch("trouble", []);
  chmodSync(scratch.folder, 0o755);
  const folder = scratch.path("trail");
  const temporary = scratch.path("tmp");
  mkdirSync(folder);
  mkdirSync(temporary);
  orNotRun(() => mount(folder));
  try {
    if (uid !== undefined) for (const path of [folder, temporary, scratch.home]) chownSync(path, uid, uid);
    scratch.env.TMPDIR = temporary;
    const db = join(folder, "audit.db");
    const run = (args: string[], input = "") =>
      scratch.run(process.execPath, [audit, ...args, "--db", db], { input, ...(uid !== undefined && { uid }) });
    const hook = (id: string) =>
      run(
        ["hook", "claude-code"],
        JSON.stringify({
          session_id: "s",
          hook_event_name: "PreToolUse",
          tool_name: "Bash",
          tool_input: { command: `echo ${id}` },
          tool_use_id: id,
        }),
      );
    await run(["init"]);
    await hook("before");
    begin(folder);
    const during = await hook("during");
    report.equal(`${name}: the agent does not notice`, [during.code, during.stdout, during.stderr], [0, "", ""]);
    const told = await run(["status", "--json"]);
    report.check(`${name}: status is not healthy`, told.code !== 0, told.stdout.slice(0, 300) + told.stderr);
    end(folder);
    const waiting = await run(["status", "--json"]);
    report.check(`${name}: status says what waits`, waiting.stdout.includes('"spooled"'), waiting.stdout.slice(0, 300));
    await hook("after");
    const ids = rowsOf(db).map((row) => row.metadata.toolCallId);
    report.equal(`${name}: all on record`, ids, ["before", "during", "after"]);
    report.equal(`${name}: audit verify`, (await run(["verify"])).code, 0);
    report.equal(`${name}: status is healthy again`, (await run(["status"])).code, 0);
  } finally {
    execFileSync("umount", [folder]);
    scratch.remove();
  }
}
process.exit(report.end());
