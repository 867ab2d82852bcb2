/** OpenClaw in the wizard, against a command that stands in for the host's: what is asked of it, and what comes of it. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter } from "node:path";
import { describe, expect, it } from "vitest";
import { Home, type Ran } from "./_run.js";

/** A host that writes down what it is asked; `allow`: what it has for plugins.allow. */
function withHost(home: Home, { version = "2026.9.6", allow = "", install = "exit 0" } = {}): Record<string, string> {
  mkdirSync(home.path("bin"));
  const script = `#!/bin/sh
for word in "$@"; do printf '%s\\t' "$word"; done >> '${home.path("asked")}'
echo >> '${home.path("asked")}'
case "$1 $2" in
"--version "*) echo "OpenClaw ${version} (eb377ac)" ;;
"plugins install") ${install} ;;
"config get") ${allow === "" ? "exit 1" : `echo '${allow}'`} ;;
esac
`;
  writeFileSync(home.path("bin/openclaw"), script, { mode: 0o755 });
  return { PATH: [home.path("bin"), process.env.PATH].join(delimiter) };
}

const asked = (home: Home): string[][] =>
  readFileSync(home.path("asked"), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split("\t").slice(0, -1));
const settings = (home: Home) => {
  const batch = asked(home).find(([, what]) => what === "set")!;
  return Object.fromEntries(
    (JSON.parse(batch.at(-1)!) as { path: string; value: unknown }[]).map(({ path, value }) => [path, value]),
  );
};
const setup = (home: Home, env: Record<string, string>, ...more: string[]): Promise<Ran> =>
  home.audit(["setup", "--yes", "--hook", "openclaw", ...more], { env });

describe("audit setup --hook openclaw", () => {
  it("installs the plugin, grants conversations, names the thresholds, and ends with the status", async () => {
    const home = new Home();
    const { code, out, err } = await setup(home, withHost(home));
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("plugin in OpenClaw 2026.9.6");
    expect(out).toContain("healthy");
    expect(asked(home)[1]!.slice(0, 2)).toEqual(["plugins", "install"]);
    expect(asked(home)[1]).toContain("--accept-capabilities");
    expect(settings(home)).toEqual({
      "plugins.entries.sealtrail.enabled": true,
      "plugins.entries.sealtrail.hooks.allowConversationAccess": true,
      "plugins.entries.sealtrail.config.db": home.db,
      "plugins.entries.sealtrail.config.cli": expect.stringMatching(/audit\.js$/),
    });
    const config = JSON.parse(readFileSync(home.path(".sealtrail/config.json"), "utf8"));
    expect(config).toMatchObject({ anchorEveryEvents: 100, anchorEverySeconds: 300, anchorTimerMinEvents: 1 });
    const [event] = await home.lines(["list", "--type", "system.hook_installed"]);
    expect(event).toMatchObject({ metadata: { host: "openclaw", version: "2026.9.6" } });
  });

  it("adds to an allow list that is there, takes a packed plugin and thresholds by flag", async () => {
    const home = new Home();
    writeFileSync(home.path("plugin.tgz"), "");
    const env = withHost(home, { allow: '["memory","web"]' });
    const flags = ["--openclaw-plugin", "plugin.tgz", "--anchor-every-events", "50", "--anchor-timer-min-events", "5"];
    const { code } = await setup(home, env, ...flags);
    expect(code).toBe(0);
    expect(asked(home)[1]![2]).toBe(home.path("plugin.tgz"));
    expect(settings(home)["plugins.allow"]).toEqual(["memory", "web", "sealtrail"]);
    const config = JSON.parse(readFileSync(home.path(".sealtrail/config.json"), "utf8"));
    expect(config).toMatchObject({ anchorEveryEvents: 50, anchorEverySeconds: 300, anchorTimerMinEvents: 5 });
  });

  it.each([
    ["has it already", '["sealtrail"]'],
    ["is empty and so allows every plugin", "[]"],
    ["is no list", '"all"'],
  ])("leaves an allow list alone that %s", async (_, allow) => {
    const home = new Home();
    expect((await setup(home, withHost(home, { allow }))).code).toBe(0);
    expect(settings(home)).not.toHaveProperty(["plugins.allow"]);
  });

  it("says which step failed, with the host's own words", async () => {
    const home = new Home();
    const { code, err } = await setup(home, withHost(home, { install: "echo 'no such package' >&2; exit 3" }));
    expect(code).not.toBe(0);
    expect(err).toMatch(/plugins install failed \(3\): no such package/);
  });

  it.each([
    ["a host that is too old", { version: "2026.8.30" }, /2026\.8\.30: the plugin needs 2026\.9\.0 or newer/],
    ["a host that names no version", { version: "nightly" }, /openclaw --version failed/],
  ])("refuses %s", async (_, host, message) => {
    const home = new Home();
    const { code, err } = await setup(home, withHost(home, host));
    expect([code === 0, err]).toEqual([false, expect.stringMatching(message)]);
  });

  it("says where there is no host, and what a threshold has to be", async () => {
    const home = new Home();
    mkdirSync(home.path("empty"));
    const { err } = await setup(home, { PATH: home.path("empty") });
    expect(err).toContain("there is no command openclaw on the PATH");
    const wrong = await setup(home, {}, "--anchor-every-events", "0");
    expect([wrong.code, wrong.err]).toEqual([64, expect.stringContaining("a whole number from 1")]);
  });

  it("is in the answer as JSON", async () => {
    const home = new Home();
    const answer = await home.json(["setup", "--hook", "openclaw"], { env: withHost(home) });
    expect(answer).toMatchObject({ hooks: [], openclaw: { version: "2026.9.6" } });
  });
});
