// `audit hook install|uninstall`: what is not ours in a host's settings comes back as it was.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { noteSeen } from "@sealtrail/trail/marker";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HOST_SETTINGS } from "../src/hook/hosts.js";
import { hookStates } from "../src/hook/state.js";
import { codexHookHash } from "../src/hook/trust.js";
import { run } from "../src/run.js";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sealtrail-hook-"));
});
afterEach(() => rmSync(home, { recursive: true }));

async function audit(...args: string[]) {
  const out = { stdout: "", stderr: "" };
  const sink = (name: "stdout" | "stderr") => ({
    write(text: string | Uint8Array) {
      out[name] += text;
    },
    isTerminal: false,
    columns: 80,
  });
  const code = await run(args, {
    stdin: (async function* () {})(),
    stdinIsTerminal: false,
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    env: {},
    home,
    cwd: home,
    now: () => Date.now(),
    random: (n) => crypto.getRandomValues(new Uint8Array(n)),
    interrupt: () => new AbortController().signal,
  });
  return { code, ...out };
}

const claude = () => join(home, ".claude", "settings.json");

function writeClaude(text: string): void {
  mkdirSync(join(home, ".claude"));
  writeFileSync(claude(), text, { mode: 0o640 });
}

const OTHERS = `{
\t"model": "opus",
\t"big": 12345678901234567890,
\t"one": 1.0,
\t"hooks": {
\t\t"PreToolUse": [
\t\t\t{ "matcher": "Bash", "hooks": [{ "type": "command", "command": "/opt/other.sh" }] }
\t\t]
\t},
\t"last": "é"
}`;

test("install adds one entry an event, keeps the rest, and uninstall gives every byte back", async () => {
  writeClaude(OTHERS);
  const installed = await audit("hook", "install", "claude-code", "--db", join(home, "a b.db"));
  expect(installed.code).toBe(0);
  for (const event of Object.keys(HOST_SETTINGS["claude-code"].events))
    expect(installed.stdout).toContain(`+ ${event}: `);
  const text = readFileSync(claude(), "utf8");
  expect(text).toContain("12345678901234567890");
  expect(text).toContain('"one": 1.0');
  expect(text.startsWith('{\n\t"model"')).toBe(true);
  expect(statSync(claude()).mode & 0o777).toBe(0o640);
  const settings = JSON.parse(text);
  expect(settings.hooks.PreToolUse).toHaveLength(2);
  expect(settings.hooks.PreToolUse[0].hooks[0].command).toBe("/opt/other.sh");
  expect(settings.hooks.PreToolUse[1].hooks[0].command).toMatch(/ hook claude-code --db '.*\/a b\.db'$/);
  const again = await audit("hook", "install", "claude-code", "--db", join(home, "a b.db"));
  expect(again.stdout).toContain("unchanged");
  expect(readFileSync(claude(), "utf8")).toBe(text);
  const removed = await audit("hook", "uninstall", "claude-code", "--yes");
  expect(removed.code).toBe(0);
  expect(readFileSync(claude(), "utf8")).toBe(OTHERS);
  expect(readdirSync(join(home, ".claude"))).toEqual(["settings.json"]);
});

test("a second install with another trail replaces the entries", async () => {
  await audit("hook", "install", "claude-code", "--db", join(home, "one.db"));
  const second = await audit("hook", "install", "claude-code", "--db", join(home, "two.db"), "--json");
  const change = JSON.parse(second.stdout);
  expect(change.added).toHaveLength(20);
  expect(change.removed).toHaveLength(20);
  expect(readFileSync(claude(), "utf8")).not.toContain("one.db");
});

test("settings that we made go away with the hook; changes made since stay", async () => {
  await audit("hook", "install", "codex");
  const path = join(home, ".codex", "hooks.json");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await audit("hook", "uninstall", "codex", "--yes");
  expect(readdirSync(join(home, ".codex"))).toEqual([]);

  writeClaude(OTHERS);
  await audit("hook", "install", "claude-code");
  const changed = JSON.parse(readFileSync(claude(), "utf8"));
  writeFileSync(claude(), JSON.stringify({ ...changed, model: "sonnet" }));
  await audit("hook", "uninstall", "claude-code", "--yes");
  const left = JSON.parse(readFileSync(claude(), "utf8"));
  expect(left).toEqual({ ...JSON.parse(OTHERS), model: "sonnet" });
});

test("Codex' user is told to trust the hook", async () => {
  const { stderr } = await audit("hook", "install", "codex");
  expect(stderr).toContain("trusted");
});

test.each(["// comment\n{}", "[]", '{"hooks": []}', '{"hooks": {"Stop": {}}}', '{"hooks": {"Stop": [1]}}', ""])(
  "unreadable settings are refused and left alone: %s",
  async (text) => {
    writeClaude(text);
    const { code, stderr } = await audit("hook", "install", "claude-code");
    expect(code).toBe(65);
    expect(stderr).toContain("settings.json");
    expect(readFileSync(claude(), "utf8")).toBe(text);
    expect((await audit("hook", "uninstall", "claude-code", "--yes")).code).toBe(65);
  },
);

test("a linked settings file stays a link", async () => {
  mkdirSync(join(home, ".claude"));
  writeFileSync(join(home, "dotfiles.json"), "{}\n");
  symlinkSync(join(home, "dotfiles.json"), claude());
  await audit("hook", "install", "claude-code");
  expect(JSON.parse(readFileSync(join(home, "dotfiles.json"), "utf8")).hooks.Stop).toHaveLength(1);
  await audit("hook", "uninstall", "claude-code", "--yes");
  expect(readFileSync(join(home, "dotfiles.json"), "utf8")).toBe("{}\n");
});

const around = () => ({ env: {}, home, cwd: home, root: join(home, "root"), db: join(home, "a.db"), now: Date.now() });

async function standing(host = "claude-code") {
  const states = (await hookStates(around())).filter((state) => state.host === host);
  return states.map(({ state, why }) => ({ state, why: why ?? "" }));
}

test("state: installed, never seen; recording once it ran; what is missing", async () => {
  expect(await hookStates(around())).toEqual([]);
  await audit("hook", "install", "claude-code", "--db", around().db);
  expect(await hookStates(around())).toMatchObject([
    { host: "claude-code", scope: "user", state: "installed, never seen", missing: [], lastSeenAt: null },
  ]);
  noteSeen(around().db, "claude-code", Date.parse("2026-11-20T10:00:00.000Z"));
  noteSeen(around().db, "claude-code", Date.parse("2026-11-21T10:00:00.000Z"));
  expect(await hookStates(around())).toMatchObject([
    { state: "recording", firstSeenAt: "2026-11-20T10:00:00.000Z", lastSeenAt: "2026-11-21T10:00:00.000Z" },
  ]);
  const { hooks, ...rest } = JSON.parse(readFileSync(claude(), "utf8"));
  delete hooks.Stop;
  writeFileSync(claude(), JSON.stringify({ ...rest, hooks }));
  expect(await hookStates(around())).toMatchObject([{ missing: ["Stop"] }]);
});

test("a hook whose launcher, or whose program behind it, is not there is told", async () => {
  await audit("hook", "install", "claude-code", "--db", around().db);
  noteSeen(around().db, "claude-code", Date.now());
  const launcher = join(home, ".sealtrail/bin/sealtrail-hook");
  const text = readFileSync(launcher, "utf8");
  writeFileSync(launcher, text.replace(/^program=.*$/m, "program='/no/such/audit.js'"));
  expect(await standing()).toMatchObject([
    { state: "program gone", why: expect.stringContaining("/no/such/audit.js") },
  ]);
  writeFileSync(launcher, text);
  expect(await standing()).toMatchObject([{ state: "recording" }]);
  rmSync(launcher);
  expect(await standing()).toMatchObject([{ state: "program gone", why: expect.stringContaining(launcher) }]);
  // Installing it again mends it, although the settings have not changed.
  expect((await audit("hook", "install", "claude-code", "--db", around().db)).stdout).toContain("unchanged");
  expect(await standing()).toMatchObject([{ state: "recording" }]);
});

test.each([
  ["the user's settings", ".claude/settings.json", { disableAllHooks: true }, "disableAllHooks"],
  ["a project's settings", "project/.claude/settings.local.json", { disableAllHooks: true }, "disableAllHooks"],
  [
    "managed settings",
    "root/etc/claude-code/managed-settings.json",
    { allowManagedHooksOnly: true },
    "allowManagedHooksOnly",
  ],
  ["a managed drop-in", "root/etc/claude-code/managed-settings.d/9.json", { disableAllHooks: true }, "disableAllHooks"],
  [
    "managed settings for plugins only",
    "root/etc/claude-code/managed-settings.json",
    { strictPluginOnlyCustomization: ["hooks"] },
    "strictPluginOnlyCustomization",
  ],
])("Claude Code's hooks are switched off by %s", async (_where, file, settings, setting) => {
  await audit("hook", "install", "claude-code", "--db", around().db);
  const path = join(home, file);
  mkdirSync(dirname(path), { recursive: true });
  const before = file.startsWith(".claude") ? JSON.parse(readFileSync(path, "utf8")) : {};
  writeFileSync(path, JSON.stringify({ ...before, ...settings }));
  const states = await hookStates({ ...around(), platform: "linux", cwd: join(home, "project") });
  expect(states).toMatchObject([{ state: "switched off", why: expect.stringContaining(`${setting} in ${path}`) }]);
});

test.each([
  ["[features]\nhooks = false\n", ".codex/config.toml"],
  ["features = { hooks = false }\n", ".codex/config.toml"],
  ["[features]\ncodex_hooks = false\n", ".codex/config.toml"],
  ["allow_managed_hooks_only = true\n", "root/etc/codex/requirements.toml"],
  ["[features]\nhooks = false\n", "root/etc/codex/requirements.toml"],
])("Codex' hooks are switched off by %j in %s", async (text, file) => {
  await audit("hook", "install", "codex", "--db", around().db);
  mkdirSync(dirname(join(home, file)), { recursive: true });
  writeFileSync(join(home, file), text);
  expect(await standing("codex")).toMatchObject([{ state: "switched off", why: expect.stringContaining(file) }]);
});

test("Codex' hook has to be trusted as it stands, or to have run since", async () => {
  await audit("hook", "install", "codex", "--db", around().db);
  expect(await standing("codex")).toMatchObject([
    { state: "not trusted", why: expect.stringContaining("never trusted") },
  ]);
  const path = join(home, ".codex/hooks.json");
  const { hooks } = JSON.parse(readFileSync(path, "utf8"));
  const trust = (change = "") =>
    Object.entries(hooks as Record<string, { hooks: { command: string; timeout: number }[] }[]>)
      .map(([event, [group]]) => {
        const { command, timeout } = group!.hooks[0]!;
        const name = event.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
        const hash = codexHookHash(event, { command: command + change, timeout });
        return `[hooks.state.${JSON.stringify(`${path}:${name}:0:0`)}]\ntrusted_hash = "${hash}"\n`;
      })
      .join("");
  const config = join(home, ".codex/config.toml");
  writeFileSync(config, trust());
  expect(await standing("codex")).toMatchObject([{ state: "installed, never seen" }]);
  writeFileSync(config, trust(" --other"));
  expect(await standing("codex")).toMatchObject([{ state: "not trusted", why: expect.stringContaining("changed") }]);
  writeFileSync(config, `${trust()}enabled = false\n`);
  expect(await standing("codex")).toMatchObject([{ state: "switched off" }]);
  writeFileSync(config, trust(" --other"));
  noteSeen(around().db, "codex", Date.now() + 1_000);
  expect(await standing("codex")).toMatchObject([{ state: "recording" }]);
});

test("the hash that Codex 0.169 prints for a hook is the one that we compute", () => {
  expect(codexHookHash("PreToolUse", { command: "/bin/true hook codex", timeout: 10 })).toBe(
    "sha256:b589b19d16a69c3cf590486224e8414ccb449ba377324d52814424951da1af40",
  );
});

test("a host that writes sessions while its hook does not run is silent, also when the hook was taken out", async () => {
  await audit("hook", "install", "claude-code", "--db", around().db);
  const hour = 3_600_000;
  const session = join(home, ".claude/projects/-w/s.jsonl");
  mkdirSync(dirname(session), { recursive: true });
  writeFileSync(session, "{}\n");
  // A session that was begun before the hook was installed goes on without it.
  expect(await standing()).toMatchObject([{ state: "installed, never seen" }]);
  noteSeen(around().db, "claude-code", Date.now() - hour);
  expect(await standing()).toMatchObject([{ state: "silent", why: expect.stringContaining(session) }]);
  noteSeen(around().db, "claude-code", Date.now());
  expect(await standing()).toMatchObject([{ state: "recording" }]);
  await audit("hook", "uninstall", "claude-code", "--yes");
  expect(await standing()).toMatchObject([{ state: "taken out" }]);
  noteSeen(around().db, "claude-code", Date.now() - hour);
  expect(await standing()).toMatchObject([{ state: "silent" }]);
});

test("a hook that records into another trail is not taken for one of this trail", async () => {
  await audit("hook", "install", "claude-code", "--db", join(home, "other.db"));
  expect(await standing()).toMatchObject([{ state: "another trail", why: expect.stringContaining("other.db") }]);
});

test("a hook that was removed by hand makes status red; one that audit hook uninstall removed does not", async () => {
  const db = join(home, "a.db");
  await audit("init", "--db", db);
  await audit("hook", "install", "claude-code", "--db", db);
  const problems = async () => {
    const { stdout } = await audit("status", "--db", db, "--json");
    return (JSON.parse(stdout).problems as { code: string }[]).map(({ code }) => code);
  };
  expect(await problems()).toEqual([]);
  const installed = readFileSync(claude(), "utf8");
  writeFileSync(claude(), "{}");
  expect(await problems()).toEqual(["hook-removed"]);
  rmSync(claude());
  expect(await problems()).toEqual(["hook-removed"]);
  writeFileSync(claude(), installed);
  expect(await problems()).toEqual([]);
  await audit("hook", "uninstall", "claude-code", "--db", db, "--yes");
  expect(await problems()).toEqual([]);
});

test("without a terminal and --yes nothing is taken out, and the attempt is on record; with --yes the removal is", async () => {
  const db = join(home, "a.db");
  await audit("init", "--db", db);
  await audit("hook", "install", "claude-code", "--db", db);
  const installed = readFileSync(claude(), "utf8");
  const refused = await audit("hook", "uninstall", "claude-code", "--db", db);
  expect([refused.code, refused.stderr]).toEqual([0, expect.stringContaining("nothing was removed")]);
  expect(readFileSync(claude(), "utf8")).toBe(installed);
  await audit("hook", "uninstall", "claude-code", "--db", db, "--dry-run");
  expect(readFileSync(claude(), "utf8")).toBe(installed);
  await audit("hook", "uninstall", "claude-code", "--db", db, "--yes");
  const { stdout } = await audit("list", "--db", db, "--json", "--last", "100");
  const types = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).type);
  expect(types).toEqual(["system.hook_installed", "system.hook_removal_refused", "system.hook_removed"]);
});

test("a secret in a path is masked in the event that a hook was installed", async () => {
  const db = join(home, "password=hunter2hunter2", "a.db");
  await audit("init", "--db", db);
  await audit("hook", "install", "claude-code", "--db", db);
  const { stdout } = await audit("list", "--db", db, "--json", "--last", "100");
  expect(stdout).toContain("system.hook_installed");
  expect(stdout).not.toContain("hunter2hunter2");
});

test("a project's settings take the hook too, and give it back", async () => {
  await audit("hook", "install", "claude-code", "--project", "--db", around().db);
  // The test's home is its working folder too.
  expect(await hookStates({ ...around(), home: join(home, "nobody") })).toMatchObject([{ scope: "project" }]);
  const dry = await audit("hook", "install", "codex", "--project", "--dry-run", "--json");
  expect(JSON.parse(dry.stdout)).toMatchObject({
    dryRun: true,
    scope: "project",
    path: join(home, ".codex/hooks.json"),
  });
  expect(readdirSync(home)).not.toContain(".codex");
  expect((await audit("hook", "install", "codex", "--project", "--managed")).code).toBe(64);
});
