/** Completion in the shells that are there: commands, options, files, types, sessions and events; nothing of the trail is evaluated. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { Home } from "./_run.js";

const home = new Home();
const bin = new URL("../bin/audit.js", import.meta.url).pathname;
const has = (shell: string) => spawnSync(shell, ["-c", "exit 0"]).status === 0;
const scripts: Record<string, string> = {};

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
  writeFileSync(home.path("bin/audit"), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, { mode: 0o755 });
  for (const shell of ["bash", "zsh", "fish"]) scripts[shell] = (await home.audit(["completion", shell])).out;
});

const env = () => ({ HOME: home.folder, PATH: `${home.path("bin")}:${process.env.PATH}`, TERM: "dumb" });

const MARK = "=====";

/** What bash is offered for each line, whose words are split as its readline does; in one process. */
function bash(lines: readonly (readonly string[])[]): string[][] {
  const quoted = (word: string) => `'${word.replace(/'/g, "'\\''")}'`;
  const asks = lines.map(
    (words) =>
      `COMP_WORDS=(${words.map(quoted).join(" ")}); COMP_CWORD=${words.length - 1}; _audit; printf '%s\\n' "\${COMPREPLY[@]}" ${MARK}`,
  );
  const out = execFileSync("bash", ["-c", [scripts.bash, ...asks].join("\n")], {
    cwd: home.folder,
    env: env(),
    encoding: "utf8",
  });
  return offered(out);
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

  it("offers files, types, sessions, events, words and options where they belong", () => {
    const found = bash(lines.map(([words]) => words));
    expect(lines.map(([words], i) => [words, found[i]])).toEqual(lines);
  });

  it("finds an event by the beginning of its hash", async () => {
    const { rawHash } = await home.json<{ rawHash: string }>(["show", "2"]);
    expect(bash([["audit", "smt", "proof", rawHash.slice(0, 12)]])).toEqual([[rawHash]]);
  });

  it("evaluates nothing that a session is called", () => {
    bash(["agent", "agent$", "$(touch stolen)"].map((word) => ["audit", "list", "--session", word]));
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

  it("offers the same", () => {
    const asks = lines.map(([line]) => `complete -C ${JSON.stringify(line)}; echo ${MARK}`);
    const out = execFileSync("fish", ["--no-config", "-c", [scripts.fish, ...asks].join("\n")], {
      cwd: home.folder,
      env: env(),
      encoding: "utf8",
    });
    const found = offered(out).map((values) => values.map((value) => value.split("\t")[0]!));
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
