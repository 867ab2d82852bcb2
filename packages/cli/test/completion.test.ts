/** Completion in the shells that are there: commands, options, files, types, sessions and events; nothing of the trail is evaluated. */
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Home } from "./_run.js";

const home = new Home();
const exec = promisify(execFile);
const has = (shell: string) => spawnSync(shell, ["-c", "exit 0"]).status === 0;
const scripts: Record<string, string> = {};

/** What a shell takes for `audit` asks this one, which runs the command here: a shell asks often, and a process takes long. */
const server = createServer((socket) => {
  let asked = "";
  socket.on("error", () => {});
  socket.setEncoding("utf8").on("data", async (text: string) => {
    asked += text;
    if (!asked.endsWith("\0\0")) return;
    const { out } = await home.audit(asked.slice(0, -2).split("\0"));
    socket.end(out);
  });
});
afterAll(() => server.close());

beforeAll(async () => {
  await home.audit(["init"]);
  const lines = [
    { type: "tool.denied", sessionId: "agent:main:main" },
    { type: "tool.invoked", sessionId: "agent:main:other" },
    { type: "tool.invoked", sessionId: "agent$(touch stolen)" },
    { type: "tool.invoked", sessionId: "agent `touch stolen`; touch stolen" },
  ];
  await home.audit(["ingest", "ndjson", "-"], { stdin: lines.map((l) => `${JSON.stringify(l)}\n`).join("") });
  writeFileSync(home.path("captures.jsonl"), "x");
  writeFileSync(home.path("proof of mine.json"), "x");
  mkdirSync(home.path("bin"));
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const asks = `exec 3<>/dev/tcp/127.0.0.1/${port}\nprintf '%s\\0' "$@" >&3\nprintf '\\0' >&3\ncat <&3\n`;
  writeFileSync(home.path("bin/audit"), `#!/usr/bin/env bash\n${asks}`, { mode: 0o755 });
  for (const shell of ["bash", "zsh", "fish"]) scripts[shell] = (await home.audit(["completion", shell])).out;
});

const env = () => ({ HOME: home.folder, PATH: `${home.path("bin")}:${process.env.PATH}`, TERM: "dumb" });

const MARK = "=====";

/** What bash is offered for each line, whose words are split as its readline does; in one process. */
async function bash(lines: readonly (readonly string[])[]): Promise<string[][]> {
  const quoted = (word: string) => `'${word.replace(/'/g, "'\\''")}'`;
  const asks = lines.map(
    (words) =>
      `COMP_WORDS=(${words.map(quoted).join(" ")}); COMP_CWORD=${words.length - 1}; _audit; printf '%s\\n' "\${COMPREPLY[@]}" ${MARK}`,
  );
  const { stdout } = await exec("bash", ["-c", [scripts.bash, ...asks].join("\n")], { cwd: home.folder, env: env() });
  return offered(stdout);
}

function offered(out: string): string[][] {
  return out
    .split(`${MARK}\n`)
    .slice(0, -1)
    .map((part) => part.split("\n").filter(Boolean));
}

describe("bash", () => {
  const lines: [string[], string[]][] = [
    [["audit", "ingest", "openclaw", "capt"], ["captures.jsonl"]],
    [["audit", "--json", "ingest", "openclaw", "capt"], ["captures.jsonl"]],
    [["audit", "info", "proof"], ["proof of mine.json"]],
    [["audit", "smt", "verify", "--proof", "@proof"], ["@proof of mine.json"]],
    [["audit", "smt", "verify", "--proof", "@", "proof"], ["proof of mine.json"]],
    [["audit", "smt", "verify", "--proof", "proof"], ["@proof of mine.json"]],
    [["audit", "smt", "verify", "--proof", "=", "@", "proof"], ["proof of mine.json"]],
    [
      ["audit", "ingest", "openc"],
      ["openclaw", "openclaw-session", "openclaw-gateway-log"],
    ],
    [["audit", "bundle", "ver"], ["verify"]],
    [["audit", "bundle", "verify", "capt"], ["captures.jsonl"]],
    [["audit", "list", "--type", "tool.den"], ["tool.denied"]],
    [["audit", "list", "--type", "=", "tool.den"], ["tool.denied"]],
    [["audit", "list", "--type", "tool.denied,tool.appr"], ["tool.denied,tool.approved"]],
    [["audit", "list", "--category", "mess"], ["message"]],
    [["audit", "list", "--last", "x"], []],
    [
      ["audit", "list", "--session", "agent"],
      ["agent:main:main", "agent:main:other"],
    ],
    [["audit", "list", "--session", "agent", ":", "main", ":", "o"], ["other"]],
    [
      ["audit", "list", "--session", "agent", ":"],
      ["main:main", "main:other"],
    ],
    [["audit", "smt", "chain", "agent:main:m"], ["agent:main:main"]],
    [["audit", "--db", "none.db", "smt", "chain", "agent"], []],
    [["audit", "list", "--db", "capt"], ["captures.jsonl"]],
    [["audit", "show", "4"], ["4"]],
    [
      ["audit", "show", ""],
      ["4", "3", "2", "1"],
    ],
    [["audit", "list", "--unt"], ["--until"]],
    [["audit", "hook", "install", "cod"], ["codex"]],
  ];

  it("offers files, types, sessions, events, words and options where they belong", async () => {
    const found = await bash(lines.map(([words]) => words));
    expect(lines.map(([words], i) => [words, found[i]])).toEqual(lines);
  });

  it("finds an event by the beginning of its hash", async () => {
    const { rawHash } = await home.json<{ rawHash: string }>(["show", "2"]);
    expect(await bash([["audit", "smt", "proof", rawHash.slice(0, 12)]])).toEqual([[rawHash]]);
  });

  it("evaluates nothing that a session is called", async () => {
    await bash(["agent", "agent$", "$(touch stolen)"].map((word) => ["audit", "list", "--session", word]));
    expect(existsSync(home.path("stolen"))).toBe(false);
  });
});

describe.skipIf(!has("zsh"))("zsh", () => {
  it("takes the script", () => {
    const ran = spawnSync("zsh", ["-f", "-c", `autoload -Uz compinit; compinit -D; ${scripts.zsh}\nwhence -w _audit`], {
      cwd: home.folder,
      env: env(),
      encoding: "utf8",
    });
    expect([ran.stderr, ran.stdout]).toEqual(["", "_audit: function\n"]);
  });
});

describe.skipIf(!has("fish"))("fish", () => {
  const lines: [string, string[]][] = [
    ["audit ingest openclaw capt", ["captures.jsonl"]],
    ["audit smt verify --proof @capt", ["@captures.jsonl"]],
    ["audit list --type tool.den", ["tool.denied"]],
    ["audit list --session agent:main:o", ["agent:main:other"]],
    ["audit smt chain agent", ["agent:main:main", "agent:main:other"]],
    ["audit bundle ver", ["verify"]],
    ["audit list --unt", ["--until"]],
    ["audit show 4", ["4"]],
  ];

  it("offers the same", async () => {
    const asks = lines.map(([line]) => `complete -C ${JSON.stringify(line)}; echo ${MARK}`);
    const { stdout } = await exec("fish", ["--no-config", "-c", [scripts.fish, ...asks].join("\n")], {
      cwd: home.folder,
      env: env(),
    });
    const found = offered(stdout).map((values) => values.map((value) => value.split("\t")[0]!));
    expect(lines.map(([line], i) => [line, found[i]])).toEqual(lines);
  });
});

it("offers nothing, and says nothing, where there is no trail", async () => {
  const other = new Home();
  for (const what of ["sessions", "events", "holds"])
    expect(await other.audit(["completion", what])).toEqual({ code: 0, out: "", err: "" });
  writeFileSync(other.path("no.db"), "no trail");
  expect(await other.audit(["completion", "sessions", "--db", "no.db"])).toEqual({ code: 0, out: "", err: "" });
  expect(await home.json(["completion", "events", "1"])).toEqual({
    candidates: [{ value: "1", about: "tool.denied" }],
  });
});
