/** The wizard without questions, its timer texts, and the hosts' settings that it writes. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { timerOf, usualTimer } from "../src/setup/timer.js";
import { Home } from "./_run.js";

describe("setup", () => {
  it("makes trail, configuration and key, and ends with the status", async () => {
    const home = new Home();
    const { code, out } = await home.audit(["setup", "--yes", "--user-id", "ann", "--redact-tool-args"]);
    expect([code, out]).toEqual([0, expect.stringContaining("healthy")]);
    expect(JSON.parse(readFileSync(home.path(".sealtrail/config.json"), "utf8"))).toEqual({
      format: "sealtrail-config/1",
      userId: "ann",
      redactToolArgs: true,
      anchor: "ledger",
    });
    expect(statSync(home.path(".sealtrail/signing.key")).mode & 0o777).toBe(0o600);
    await home.audit(["ingest", "ndjson", "-"], { stdin: '{"type":"tool.invoked"}\n{"type":"tool.result"}\n' });
    expect(await home.json(["anchor", "now"])).toMatchObject({ network: "ledger", anchored: 1 });
    // Again: nothing is lost, no key is replaced.
    const key = readFileSync(home.path(".sealtrail/signing.key"), "utf8");
    expect(await home.json(["setup", "--anchor", "off"])).toMatchObject({
      created: false,
      madeKey: null,
      anchor: "off",
    });
    expect(readFileSync(home.path(".sealtrail/signing.key"), "utf8")).toBe(key);
    expect(JSON.parse(readFileSync(home.path(".sealtrail/config.json"), "utf8"))).toMatchObject({
      userId: "ann",
      anchor: "off",
    });
  });

  it("takes a file's name from where it is given", async () => {
    const home = new Home();
    await home.audit(["setup", "--yes", "--ledger-file", "elsewhere.jsonl"]);
    await home.audit(["ingest", "ndjson", "-"], { stdin: '{"type":"tool.invoked"}\n' });
    expect((await home.audit(["anchor", "now"])).code).toBe(0);
    expect(existsSync(home.path("elsewhere.jsonl"))).toBe(true);
  });

  it("asks anew whose the account is when the network or the key is another one", async () => {
    const home = new Home();
    const tenantId = "0a0a0a0a-0000-4000-8000-000000000002";
    const accounts: Record<string, string> = {
      one: "0a0a0a0a-0000-4000-8000-00000000000a",
      two: "0a0a0a0a-0000-4000-8000-00000000000b",
    };
    const server = createServer((request, response) => {
      const orgId = accounts[String(request.headers["x-api-key"])];
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ data: { orgId, tenantId } }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const env = { DE_TEST_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    const known = async (key: string, ...flags: string[]) => {
      writeFileSync(home.path(`${key}.key`), key, { mode: 0o600 });
      const ran = await home.audit(["setup", "--yes", ...flags, "--api-key-file", home.path(`${key}.key`)], { env });
      expect([ran.code, ran.err]).toEqual([0, ""]);
      return JSON.parse(readFileSync(home.path(".sealtrail/config.json"), "utf8")).orgId;
    };
    try {
      expect(await known("one", "--anchor", "test")).toBe(accounts.one);
      expect(await known("two")).toBe(accounts.two);
      expect(await known("two", "--anchor", "ledger")).toBeUndefined();
      expect(await known("one", "--anchor", "test")).toBe(accounts.one);
    } finally {
      server.close();
    }
  });

  it("makes no key where anchoring is off", async () => {
    const home = new Home();
    expect(await home.json(["setup", "--yes", "--anchor", "off"])).toMatchObject({ created: true, madeKey: null });
    expect(existsSync(home.path(".sealtrail/signing.key"))).toBe(false);
  });

  it("installs hooks and writes a timer", async () => {
    const home = new Home();
    const done = await home.json<{ timer: { files: string[]; start: string } }>([
      "setup",
      "--hook",
      "claude-code",
      "--timer",
      "systemd",
    ]);
    expect(done).toMatchObject({ hooks: [{ host: "claude-code", settings: home.path(".claude/settings.json") }] });
    expect(done.timer.files).toHaveLength(2);
    expect(readFileSync(done.timer.files[0]!, "utf8")).toContain(`"due" "--quiet" "--db" "${home.db}"`);
    expect(await home.json(["status"])).toMatchObject({
      hooks: [{ host: "claude-code", state: "installed, never seen" }],
    });
  });

  it.each([
    [["--anchor", "moon"], 64],
    [["--hook", "emacs"], 64],
    [["--timer", "hourglass"], 64],
    [["--anchor", "test"], 77],
    [["--ledger-file", "."], 64],
    [["--ledger-file", "/no/such/folder/ledger.jsonl"], 66],
  ])("refuses %j: %d", async (argv, code) => {
    expect((await new Home().audit(["setup", "--yes", ...argv])).code).toBe(code);
  });
});

describe("timers", () => {
  const place = { home: "/home/dev", configHome: undefined };
  const strange = '/home/dev/a b/$HOME 100%\'s "x"/audit.db';

  it("quote what they run", () => {
    const systemd = timerOf("systemd", place, strange)!;
    expect(systemd.files[0]![1]).toContain(`"/home/dev/a b/$$HOME 100%%'s \\"x\\"/audit.db"`);
    expect(timerOf("launchd", place, "/a&b/<x>.db")!.files[0]![1]).toContain("<string>/a&amp;b/&lt;x&gt;.db</string>");
    const line = /echo (.*)\) \| crontab -$/s.exec(timerOf("cron", place, strange)!.start)![1]!;
    const shown = execFileSync("sh", ["-c", `printf %s ${line}`]).toString();
    expect(shown).toContain("100\\%");
    const words = execFileSync("sh", [
      "-c",
      `printf '%s\\n' ${shown.replace(/^(\S+ ){5}/, "").replaceAll("\\%", "%")}`,
    ]).toString();
    expect(words.split("\n")).toContain(strange);
  });

  it("are what the system most likely has", () => {
    expect((["linux", "darwin", "freebsd"] as const).map(usualTimer)).toEqual(["systemd", "launchd", "cron"]);
    expect(timerOf("none", place, strange)).toBeUndefined();
  });
});
