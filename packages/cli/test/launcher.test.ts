// The launcher as hosts run it: it prints nothing, ends with 0, and what it could not hand over is counted.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Trail } from "@sealtrail/trail";
import { afterEach, beforeEach, expect, test } from "vitest";
import { launcherTargets, launcherText } from "../src/hook/launcher.js";
import { missingProgram, trailOf } from "../src/hook/program.js";

const AUDIT = fileURLToPath(new URL("../bin/audit.js", import.meta.url));

let folder: string;
let db: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealtrail launcher's-"));
  mkdirSync(join(folder, "trail"));
  mkdirSync(join(folder, "tmp"));
  db = join(folder, "trail", "audit.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

const payload = JSON.stringify({ session_id: "s", hook_event_name: "SessionStart", source: "startup", cwd: "/w" });

function launch(targets: { node?: string; program?: string }, env: Record<string, string> = {}) {
  const launcher = join(folder, "sealtrail-hook");
  writeFileSync(launcher, launcherText({ node: process.execPath, program: AUDIT, ...targets }), { mode: 0o755 });
  const { status, stdout, stderr } = spawnSync(launcher, ["hook", "claude-code", "--db", db], {
    input: payload,
    encoding: "utf8",
    env: { HOME: folder, PATH: "/bin:/usr/bin", TMPDIR: join(folder, "tmp"), ...env },
  });
  return { status, output: stdout + stderr };
}

const silent = { status: 0, output: "" };
const lost = () => (existsSync(`${db}.spool/lost`) ? readFileSync(`${db}.spool/lost`, "utf8").length : 0);

function types(): string[] {
  const trail = Trail.open(db, { readOnly: true });
  try {
    return [...trail.events()].map((event) => event.type);
  } finally {
    trail.close();
  }
}

test("it runs the hook, from a folder with a blank and a quote in its name", () => {
  Trail.create(db).close();
  expect(launch({})).toEqual(silent);
  expect(types()).toEqual(["session.start"]);
  expect(launcherTargets(join(folder, "sealtrail-hook"))).toEqual({ node: process.execPath, program: AUDIT });
});

test("where its Node has gone it takes another one", () => {
  Trail.create(db).close();
  const bin = join(folder, ".nvm/versions/node/v99.0.0/bin");
  mkdirSync(bin, { recursive: true });
  symlinkSync(process.execPath, join(bin, "node"));
  const path = join(folder, "path");
  mkdirSync(path);
  for (const name of ["sh", "cat", "mkdir"])
    symlinkSync(spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim(), join(path, name));
  expect(launch({ node: join(folder, "gone/node") }, { PATH: path })).toEqual(silent);
  expect(types()).toEqual(["session.start"]);
});

test("a program that is gone, and one that fails, cost the event and not the agent: it is counted", () => {
  Trail.create(db).close();
  expect(launch({ program: join(folder, "gone.js") })).toEqual(silent);
  expect(lost()).toBe(1);
  writeFileSync(join(folder, "broken.js"), "import('nothing-like-this');");
  expect(launch({ program: join(folder, "broken.js") })).toEqual(silent);
  expect(lost()).toBe(2);
  // The next hook that runs puts the loss on record.
  expect(launch({})).toEqual(silent);
  expect(types().sort()).toEqual(["session.start", "system.degraded"]);
});

test("on a Node that is too old the hook is run by a newer one, or counted where there is none", () => {
  Trail.create(db).close();
  const old = join(folder, "old.mjs");
  writeFileSync(
    old,
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });\n',
  );
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const node = join(bin, "node");
  const oldNode = join(folder, "node-20");
  writeFileSync(oldNode, `#!/bin/sh\nexec '${process.execPath}' --import '${old.replaceAll("'", "'\\''")}' "$@"\n`);
  chmodSync(oldNode, 0o755);
  symlinkSync(process.execPath, node);
  expect(launch({ node: oldNode }, { PATH: bin })).toEqual(silent);
  expect(types()).toEqual(["session.start"]);
  rmSync(node);
  if (["/usr/local/bin/node", "/opt/homebrew/bin/node", "/usr/bin/node"].some((path) => isNewEnough(path))) return;
  expect(launch({ node: oldNode }, { PATH: bin })).toEqual(silent);
  expect(lost()).toBe(1);
  expect(JSON.parse(readFileSync(`${db}.state-hook-claude-code-unrecorded.json`, "utf8"))).toMatchObject({
    node: "20.20.2",
  });
});

function isNewEnough(path: string): boolean {
  const { stdout } = spawnSync(path, ["-p", "process.versions.node"], { encoding: "utf8" });
  const [major = 0, minor = 0] = String(stdout ?? "")
    .split(".")
    .map(Number);
  return major > 22 || (major === 22 && minor >= 13);
}

test("what a hook's line names is told from the line: quotes, other shells, no path at all", () => {
  const launcher = join(folder, "sealtrail-hook");
  const line = `'${launcher.replaceAll("'", "'\\''")}' hook codex --db '/a b/c.db'`;
  expect(missingProgram(line, "codex")).toBe(launcher);
  expect(trailOf(line)).toBe("/a b/c.db");
  writeFileSync(launcher, launcherText({ node: "/gone/node", program: "/gone/audit.js" }), { mode: 0o755 });
  expect(missingProgram(line, "codex")).toBe("/gone/audit.js");
  writeFileSync(launcher, launcherText({ node: "/gone/node", program: AUDIT }), { mode: 0o755 });
  expect(missingProgram(line, "codex")).toBeUndefined();
  chmodSync(launcher, 0o644);
  expect(missingProgram(line, "codex")).toBe(launcher);
  const own = join(folder, ".sealtrail", "bin", "sealtrail-hook");
  mkdirSync(dirname(own), { recursive: true });
  writeFileSync(own, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  expect(missingProgram(`'${own.replaceAll("'", "'\\''")}' hook codex`, "codex")).toBe(own);
  expect(missingProgram(`${process.execPath} /gone/audit.js hook codex`, "codex")).toBe("/gone/audit.js");
  expect(missingProgram("sealtrail hook codex", "codex")).toBeUndefined();
  for (const more of ["$(which audit)", "A=1 /gone", "/gone/a && /gone/b", "/gone/{a,b}", "/gone/a >/dev/null"])
    expect(missingProgram(`${more} hook codex`, "codex"), more).toBeUndefined();
});
