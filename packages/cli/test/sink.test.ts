// The sink that config.json names is fed by whoever records: a hook process, an ingest.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const AUDIT = fileURLToPath(new URL("../bin/audit.js", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealtrail-sink-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function audit(input: string, ...args: string[]) {
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };
  return spawnSync(process.execPath, [AUDIT, ...args, "--db", join(folder, "audit.db")], {
    input,
    env,
    encoding: "utf8",
  });
}

const payload = (id: string, hook = "PreToolUse") =>
  JSON.stringify({
    session_id: "s",
    hook_event_name: hook,
    tool_name: "Bash",
    tool_input: { command: id },
    tool_use_id: id,
    reason: "no",
  });

test("hooks and ingest feed it, denied calls included", () => {
  audit("", "init");
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify({ format: "sealtrail-config/1", sink: "siem.jsonl", sinkFormat: "ocsf" }));
  audit(payload("a"), "hook", "claude-code");
  audit(payload("b", "PermissionDenied"), "hook", "claude-code");
  audit(`${payload("c")}\n${payload("d")}\n`, "ingest", "claude-code", "-");
  const path = join(folder, "siem.jsonl");
  const lines = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map((line) => line.metadata.sequence)).toEqual([1, 2, 3, 4]);
  expect(lines[1]).toMatchObject({ action: "Denied", activity_name: "tool.denied" });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a sink that can't be written stops nothing and doubles nothing", () => {
  audit("", "init");
  for (const sink of ["no-such-folder/x.jsonl", "audit.db", "."]) {
    writeFileSync(join(folder, "config.json"), JSON.stringify({ format: "sealtrail-config/1", sink }));
    const ran = audit(JSON.stringify({ session_id: "s", hook_event_name: "Stop" }), "hook", "claude-code");
    expect([ran.status, ran.stdout, ran.stderr]).toEqual([0, "", ""]);
  }
  const told = audit(`${payload("c")}\n`, "ingest", "claude-code", "-");
  expect(told.status).toBe(0);
  expect(told.stderr).toContain("sink");
  const listed = audit("", "list", "--json").stdout.trim().split("\n");
  expect(listed).toHaveLength(4);
});
