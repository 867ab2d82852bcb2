// Payloads that are too large to redact while the agent waits: encrypted at once, redacted and recorded by another process.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Trail } from "@sealtrail/trail";
import { takeInSpool } from "@sealtrail/trail/spool";
import { afterEach, beforeEach, expect, it } from "vitest";
import { redactSealed } from "../src/hook/late.js";
import { recordPayload } from "../src/hook/record.js";

const audit = new URL("../bin/audit.js", import.meta.url).pathname;
const secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
const marker = "a-marker-of-the-payload";
let folder: string;
let db: string;
let started: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealtrail-late-"));
  db = join(folder, "audit.db");
  Trail.create(db).close();
  started = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const payload = (id: string) =>
  Buffer.from(
    JSON.stringify({
      session_id: "s1",
      hook_event_name: "PostToolUse",
      tool_name: "Bash",
      tool_input: { command: "cat notes" },
      tool_use_id: id,
      tool_response: { stdout: `${marker} ${secret}\n${"an ordinary line of output\n".repeat(90_000)}` },
    }),
  );
const settings = (now = 1_767_600_000_000) => ({
  db,
  env: { HOME: folder },
  now: () => now,
  later: () => {
    started++;
  },
});
const take = () => {
  redactSealed(settings());
  const trail = Trail.open(db);
  takeInSpool(trail);
  const events = [...trail.events()];
  trail.close();
  return events;
};
const files = () => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
const bytes = () =>
  Buffer.concat(files().map((file) => readFileSync(join(file.parentPath, file.name)))).toString("latin1");
const sealedFile = () => join(`${db}.spool`, readdirSync(`${db}.spool`).find((name) => name.endsWith(".sealed"))!);

it("nothing of it can be read on the disk before it is redacted; then it is on record once, with the time of the hook", () => {
  recordPayload("claude-code", payload("t1"), settings());
  expect(started).toBe(1);
  expect(bytes()).not.toContain(marker);
  expect(statSync(`${db}.spool-key`).mode & 0o777).toBe(0o600);
  const kept = readFileSync(sealedFile());
  const name = sealedFile();
  const [event, ...others] = take();
  expect(others).toEqual([]);
  expect(event).toMatchObject({ type: "tool.result", sessionId: "s1", occurredAt: "2026-01-05T08:00:00.000Z" });
  expect(event!.metadata!.redactions).toMatchObject([{ at: "content.stdout", kind: expect.any(String) }]);
  expect(existsSync(`${db}.spool`)).toBe(false);
  expect(bytes()).not.toContain(secret);
  // The process died before it could delete the file: the same name is the same event.
  recordPayload("claude-code", payload("t2"), settings());
  rmSync(sealedFile());
  writeFileSync(name, kept);
  expect(take()).toHaveLength(1);
});

it("a payload that the next hooks find waiting is given to another process", () => {
  recordPayload("claude-code", payload("t1"), settings());
  const small = Buffer.from(JSON.stringify({ session_id: "s1", hook_event_name: "Stop" }));
  recordPayload("claude-code", small, settings(1_767_600_030_000));
  expect(started).toBe(1);
  recordPayload("claude-code", small, settings(1_767_600_090_000));
  expect(started).toBe(2);
});

it("a file that no hook of this trail wrote is put aside, and that is on record", () => {
  recordPayload("claude-code", payload("t1"), settings());
  const changed = readFileSync(sealedFile());
  changed[changed.length - 1]! ^= 1;
  writeFileSync(sealedFile(), changed);
  expect(take()).toMatchObject([{ type: "system.degraded", metadata: { reason: "spool-unreadable", unknown: true } }]);
  expect(readdirSync(`${db}.spool`)).toEqual([expect.stringMatching(/\.refused$/)]);
});

it("where there is no key, and none can be made, it is redacted at once", () => {
  writeFileSync(`${db}.spool-key`, "not a key");
  recordPayload("claude-code", payload("t1"), settings());
  expect(started).toBe(0);
  expect(take()).toMatchObject([{ type: "tool.result" }]);
});

it("the hook's own process leaves it to another one, which records it", async () => {
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };
  const ended = spawnSync(process.execPath, [audit, "hook", "claude-code", "--db", db], { input: payload("t1"), env });
  expect([ended.status, ended.stdout.toString(), ended.stderr.toString()]).toEqual([0, "", ""]);
  const types = () => {
    const trail = Trail.open(db, { readOnly: true });
    const found = [...trail.events()].map(({ type }) => type);
    trail.close();
    return found;
  };
  await expect.poll(types, { timeout: 30_000 }).toEqual(["tool.result"]);
  await expect.poll(() => existsSync(`${db}.spool`), { timeout: 30_000 }).toBe(false);
});
