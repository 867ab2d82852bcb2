// The sink that config.json names is fed by whoever records: a hook process, an ingest.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Home } from "./_run.js";

const home = new Home();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(home.folder, "sink-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const audit = (stdin: string, ...args: string[]) => home.audit([...args, "--db", join(folder, "audit.db")], { stdin });

const payload = (id: string, hook = "PreToolUse") =>
  JSON.stringify({
    session_id: "s",
    hook_event_name: hook,
    tool_name: "Bash",
    tool_input: { command: id },
    tool_use_id: id,
    reason: "no",
  });

test("hooks and ingest feed it, denied calls included", async () => {
  await audit("", "init");
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify({ format: "sealtrail-config/1", sink: "siem.jsonl", sinkFormat: "ocsf" }));
  await audit(payload("a"), "hook", "claude-code");
  await audit(payload("b", "PermissionDenied"), "hook", "claude-code");
  await audit(`${payload("c")}\n${payload("d")}\n`, "ingest", "claude-code", "-");
  const path = join(folder, "siem.jsonl");
  const lines = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map((line) => line.metadata.sequence)).toEqual([1, 2, 3, 4]);
  expect(lines[1]).toMatchObject({ action: "Denied", activity_name: "tool.denied" });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a sink that can't be written stops nothing and doubles nothing", async () => {
  await audit("", "init");
  for (const sink of ["no-such-folder/x.jsonl", "audit.db", "."]) {
    writeFileSync(join(folder, "config.json"), JSON.stringify({ format: "sealtrail-config/1", sink }));
    const ran = await audit(JSON.stringify({ session_id: "s", hook_event_name: "Stop" }), "hook", "claude-code");
    expect(ran).toEqual({ code: 0, out: "", err: "" });
  }
  const told = await audit(`${payload("c")}\n`, "ingest", "claude-code", "-");
  expect(told.code).toBe(0);
  expect(told.err).toContain("sink");
  const listed = (await audit("", "list", "--json")).out.trim().split("\n");
  expect(listed).toHaveLength(4);
});
