/** Inputs that never end, and output names that lead elsewhere. */
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Home } from "./_run.js";

const event = `${JSON.stringify({ type: "tool.invoked", description: "a call" })}\n`;

async function trail(): Promise<Home> {
  const home = new Home();
  await home.audit(["init"]);
  await home.audit(["ingest", "ndjson", "-"], { stdin: event + event });
  return home;
}

it.each([
  ["a line without an end", ["verify", "--from", "/dev/zero"]],
  ["an archive without an end", ["smt", "verify-archive", "/dev/zero"]],
  ["a bundle without an end", ["bundle", "verify", "/dev/zero"]],
])("%s is refused, not read for ever", async (_, argv) => {
  const { code } = await new Home().audit(argv);
  expect([1, 65]).toContain(code);
});

it("empty lines after a good beginning are refused, however many come", async () => {
  const home = await trail();
  const { out } = await home.audit(["export", "ndjson"]);
  const { code } = await home.audit(["verify", "--from", "-"], {
    stdin: `${out.split("\n").slice(0, 2).join("\n")}\n${"\n".repeat(20 << 20)}`,
  });
  expect(code).toBe(1);
});

it("a link is no output file: it would choose what is written over", async () => {
  const home = await trail();
  writeFileSync(home.path("victim"), "precious");
  symlinkSync(home.path("victim"), home.path("link"));
  symlinkSync(home.path("nowhere"), home.path("dangling"));
  for (const name of ["link", "dangling"]) {
    for (const argv of [
      ["export", "ndjson"],
      ["bundle", "1"],
      ["smt", "proof", "ab".repeat(32)],
      ["checkpoint", "export"],
    ]) {
      const { code, err } = await home.audit([...argv, "--out", name]);
      expect([code, err], argv.join(" ")).toEqual([64, expect.stringContaining("symbolic link")]);
    }
    expect(lstatSync(home.path(name)).isSymbolicLink()).toBe(true);
  }
  expect(readFileSync(home.path("victim"), "utf8")).toBe("precious");
  // A folder may well be reached by one.
  mkdirSync(home.path("real"));
  symlinkSync(home.path("real"), home.path("folder"));
  expect((await home.audit(["export", "ndjson", "--out", "folder/out"])).code).toBe(0);
  writeFileSync(home.path("real/there"), "old");
  expect((await home.audit(["export", "ndjson", "--out", "folder/there"])).code).toBe(0);
  expect(readFileSync(home.path("real/there"), "utf8")).toContain("sealtrail-export/1");
});
