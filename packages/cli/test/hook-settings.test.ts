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
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HOST_SETTINGS } from "../src/hook/hosts.js";
import { hookStates } from "../src/hook/state.js";
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
    now: () => 0,
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
  const removed = await audit("hook", "uninstall", "claude-code");
  expect(removed.code).toBe(0);
  expect(readFileSync(claude(), "utf8")).toBe(OTHERS);
  expect(readdirSync(join(home, ".claude"))).toEqual(["settings.json"]);
});

test("a second install with another trail replaces the entries", async () => {
  await audit("hook", "install", "claude-code", "--db", join(home, "one.db"));
  const second = await audit("hook", "install", "claude-code", "--db", join(home, "two.db"), "--json");
  const change = JSON.parse(second.stdout);
  expect(change.added).toHaveLength(15);
  expect(change.removed).toHaveLength(15);
  expect(readFileSync(claude(), "utf8")).not.toContain("one.db");
});

test("settings that we made go away with the hook; changes made since stay", async () => {
  await audit("hook", "install", "codex");
  const path = join(home, ".codex", "hooks.json");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await audit("hook", "uninstall", "codex");
  expect(readdirSync(join(home, ".codex"))).toEqual([]);

  writeClaude(OTHERS);
  await audit("hook", "install", "claude-code");
  const changed = JSON.parse(readFileSync(claude(), "utf8"));
  writeFileSync(claude(), JSON.stringify({ ...changed, model: "sonnet" }));
  await audit("hook", "uninstall", "claude-code");
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
    expect((await audit("hook", "uninstall", "claude-code")).code).toBe(65);
  },
);

test("a linked settings file stays a link", async () => {
  mkdirSync(join(home, ".claude"));
  writeFileSync(join(home, "dotfiles.json"), "{}\n");
  symlinkSync(join(home, "dotfiles.json"), claude());
  await audit("hook", "install", "claude-code");
  expect(JSON.parse(readFileSync(join(home, "dotfiles.json"), "utf8")).hooks.Stop).toHaveLength(1);
  await audit("hook", "uninstall", "claude-code");
  expect(readFileSync(join(home, "dotfiles.json"), "utf8")).toBe("{}\n");
});

test("state: installed, never seen; recording; what is missing", async () => {
  const place = { env: {}, home };
  expect(hookStates(place, new Set())).toEqual([]);
  await audit("hook", "install", "claude-code");
  expect(hookStates(place, new Set())).toMatchObject([
    { host: "claude-code", state: "installed, never seen", missing: [] },
  ]);
  expect(hookStates(place, new Set(["claude-code"]))).toMatchObject([{ state: "recording" }]);
  const { hooks, ...rest } = JSON.parse(readFileSync(claude(), "utf8"));
  delete hooks.Stop;
  writeFileSync(claude(), JSON.stringify({ ...rest, hooks }));
  expect(hookStates(place, new Set())).toMatchObject([{ missing: ["Stop"] }]);
});
