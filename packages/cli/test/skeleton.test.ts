/** What holds for every command: usage errors, help, exit codes, JSON errors, completion. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TABLE } from "../src/commands/table.js";
import { EXIT, EXIT_CODES } from "../src/exit.js";
import { Home } from "./_run.js";

const home = new Home();
const bin = new URL("../bin/audit.js", import.meta.url).pathname;

describe("usage", () => {
  const wrong: [string[], string][] = [
    [[], "no command is given"],
    [["smt"], "audit smt needs a command"],
    [["lst"], "did you mean audit list?"],
    [["smt", "prof"], "did you mean audit smt proof?"],
    [["--bogus"], "unknown option --bogus"],
    [["list", "--lsat", "3"], "did you mean --last?"],
    [["list", "--last"], "--last needs a value"],
    [["list", "--last", "1", "--last", "2"], "--last is given twice"],
    [["list", "--last="], "--last is empty"],
    [["list", "--last", "-3"], "--last"],
    [["list", "--last", "1e3"], "--last is not a whole number"],
    [["list", "--json=1"], "--json takes no value"],
    [["list", "x"], "unexpected argument"],
    [["list", "--constructor", "x"], "unknown option --constructor"],
    [["list", "--__proto__", "x"], "unknown option --__proto__"],
    [["show"], "is missing"],
    [["show", ""], "is empty"],
    [["smt", "proof", "zz"], "that names no event"],
    [["completion", "tcsh"], "bash, zsh, fish"],
    [["help", "nothing"], "there is no help on nothing"],
    [["smt", "root", "--at", "v:x"], "write it like --at v:10"],
    [["smt", "root", "--at", "s:0"], "write it like --at s:10"],
    [["smt", "root", "--at", "sometime"], "--at is no time"],
    [["list", "--since", "2026-13-45"], "--since is no time"],
    [["list", "--since", "2026-02-30"], "--since is no time"],
    [["list", "--until", "2026-04-31T00:00:00Z"], "--until is no time"],
    [["list\0"], "there is no command"],
    [["show", "a\0b"], "holds a NUL"],
  ];
  it.each(wrong)("%j", async (argv, says) => {
    const { code, out, err } = await home.audit(argv);
    expect(err).toContain(says);
    expect(code).toBe(EXIT.usage);
    expect(out).toBe("");
    expect(err).toMatch(/^error: [^\n]+\nhint: [^\n]+\n$/);
  });

  it("cleans what it repeats of the arguments", async () => {
    const { err } = await home.audit(["\u001b[31mred\u202e"]);
    expect(err).not.toMatch(/\p{Cf}/u);
    expect(err).not.toContain("\u001b");
  });

  it("reports errors as an object with --json, and still in a line", async () => {
    const { out, err, code } = await home.audit(["list", "--json"]);
    expect(code).toBe(EXIT.missing);
    expect(JSON.parse(out)).toEqual({
      error: { code: "no-trail", message: expect.stringContaining("no trail at"), hint: expect.any(String), exit: 66 },
    });
    expect(err).toMatch(/^error: no trail at .*\nhint: .*\n$/);
  });
});

describe("help", () => {
  it.each(TABLE.map((e) => [e.words.join(" "), e] as const))(
    "audit %s --help ends with an example",
    async (_, entry) => {
      const { code, out, err } = await home.audit([...entry.words, "--help"]);
      expect([code, err]).toEqual([0, ""]);
      const lines = out.trimEnd().split("\n");
      expect(lines.at(-1)).toMatch(/^ {2}\S/);
      expect(lines.at(-2)).toMatch(/^ {2}# /);
      expect(out).toContain(`Usage: audit ${entry.words.join(" ")}`);
      expect((await home.audit(["help", ...entry.words])).out).toBe(out);
      for (const line of lines.slice(0, -1)) expect(line.length).toBeLessThanOrEqual(110);
    },
  );

  it("lists every command", async () => {
    const { out } = await home.audit(["--help"]);
    for (const entry of TABLE) expect(out).toContain(`${entry.words.join(" ")} `);
    expect((await home.audit(["help"])).out).toBe(out);
    expect((await home.audit(["smt", "--help"])).out).toContain("smt proof");
  });

  it("documents exactly the exit codes that errors can have", async () => {
    const { out } = await home.audit(["help", "exit-codes"]);
    for (const { code } of EXIT_CODES) expect(out).toMatch(new RegExp(`^ +${code} `, "m"));
    expect(EXIT_CODES.map((e) => e.code)).toEqual(Object.values(EXIT));
    for (const entry of TABLE) {
      const codes = Object.keys((await entry.load()).exits).map(Number);
      for (const code of codes) expect(EXIT_CODES.map((e) => e.code)).toContain(code);
    }
  });

  it.each(["exit-codes", "environment", "formats"])("has the topic %s, as JSON too", async (topic) => {
    const { out } = await home.audit(["help", topic]);
    expect(await home.json(["help", topic])).toEqual({ topic, text: out.trimEnd() });
  });
});

describe("completion", () => {
  it("completes in bash", async () => {
    const { out } = await home.audit(["completion", "bash"]);
    const ask = (...words: string[]) =>
      execFileSync("bash", [
        "-c",
        `${out}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _audit; echo "\${COMPREPLY[@]}"`,
        "-",
        ...words,
      ])
        .toString()
        .trim();
    expect(ask("audit", "smt", "pro")).toContain("proof");
    expect(ask("audit", "lis")).toBe("list");
    expect(ask("audit", "list", "--la")).toBe("--last");
    expect(ask("audit", "completion", "f")).toBe("fish");
    expect(ask("sealtrail", "--json", "smt", "veri")).toContain("verify");
  });

  it.each(["zsh", "fish"])("names every command in %s", async (shell) => {
    const { out } = await home.audit(["completion", shell]);
    for (const entry of TABLE) for (const word of entry.words) expect(out).toContain(word);
  });
});

describe("the process", () => {
  it("prints its version, with no warning", () => {
    const ran = spawnSync(process.execPath, [bin, "--version"], { encoding: "utf8" });
    expect(ran.stdout).toMatch(/^audit \d+\.\d+\.\d+\n$/);
    expect([ran.stderr, ran.status]).toEqual(["", 0]);
  });

  it("ends quietly when its reader goes away", () => {
    const ran = spawnSync("bash", ["-c", `"$0" "$1" --help | true; echo "\${PIPESTATUS[0]}"`, process.execPath, bin], {
      encoding: "utf8",
    });
    expect(ran.stderr).toBe("");
    expect(["0", "130"]).toContain(ran.stdout.trim());
  });

  it("says that the output cannot be written: 74", () => {
    const ran = spawnSync("bash", ["-c", `"$0" "$1" --help > /dev/full`, process.execPath, bin], { encoding: "utf8" });
    expect([ran.status, ran.stderr]).toEqual([74, "error: the output cannot be written: ENOSPC\n"]);
  });

  it("ends with 130 on Ctrl-C while it follows, and leaves no mark", async () => {
    const other = new Home();
    await other.audit(["init"]);
    writeFileSync(other.path("grows.ndjson"), '{"type":"tool.invoked"}\n');
    const child = spawn(process.execPath, [bin, "ingest", "ndjson", "grows.ndjson", "--follow", "--db", other.db], {
      cwd: other.folder,
      env: { HOME: other.folder },
    });
    let err = "";
    child.stderr.on("data", (text) => {
      err += text;
      if (err.includes("following")) setTimeout(() => child.kill("SIGINT"), 300);
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, err]).toEqual([130, expect.stringMatching(/^following [^\n]*\n$/)]);
    expect(await other.lines(["list"])).toHaveLength(1);
    const left = existsSync(`${other.db}.run`) ? readdirSync(`${other.db}.run`) : [];
    expect(left).toEqual([]);
  });
});
