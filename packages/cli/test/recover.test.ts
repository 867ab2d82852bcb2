// `audit recover`: a broken file is no way to get rid of a record. Real processes, real damage.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const AUDIT = fileURLToPath(new URL("../bin/audit.js", import.meta.url));

let folder: string;
let db: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealtrail-recover-"));
  db = join(folder, "audit.db");
  audit("init");
  for (const id of ["a", "b", "c"]) hook(id);
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(input: string, args: string[]) {
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };
  return spawnSync(process.execPath, [AUDIT, ...args, "--db", db], { input, env, encoding: "utf8" });
}
const audit = (...args: string[]) => run("", args);
const hook = (id: string) =>
  run(JSON.stringify({ session_id: "s", hook_event_name: "PreToolUse", tool_name: "Bash", tool_use_id: id }), [
    "hook",
    "claude-code",
  ]);
const spoil = () => {
  for (const part of ["-wal", "-shm"]) rmSync(db + part, { force: true });
  writeFileSync(db, "broken".repeat(2000));
};

test("a hook that meets a broken trail begins a new one; it is unhealthy until accepted", () => {
  spoil();
  expect(hook("d").status).toBe(0);
  const status = audit("status", "--json");
  expect(status.status).toBe(1);
  expect(JSON.parse(status.stdout).problems).toMatchObject([{ code: "trail-restarted" }]);
  const verify = audit("verify", "--json");
  expect(verify.status).toBe(1);
  expect(JSON.parse(verify.stdout)).toMatchObject({ status: "restarted", findings: [{ kind: "trail-restarted" }] });

  const shown = audit("recover");
  expect(shown.status).toBe(1);
  expect(shown.stdout).toContain("kept as audit.db.damaged-");
  expect(audit("recover", "--accept", "--json").stdout).toContain('"accepted":true');
  expect(audit("verify").status).toBe(0);
  expect(audit("verify").stdout).toContain("restarted");
  expect(audit("status").status).toBe(0);
  expect(audit("recover").stdout).toContain("in service");
  const list = audit("list", "--json")
    .stdout.trim()
    .split("\n")
    .map((line) => JSON.parse(line).type);
  expect(list).toEqual(["system.restarted", "tool.invoked", "system.restarted"]);
});

test("every bundle out of a restarted trail shows what it stands in the place of", () => {
  audit("smt", "root");
  const before = JSON.parse(audit("status", "--json").stdout).tree;
  // The header stays readable, a page in the middle does not.
  for (const part of ["-wal", "-shm"]) rmSync(db + part, { force: true });
  const bytes = readFileSync(db);
  for (let at = 4_096 * 5; at < bytes.length; at += 4_096) bytes.fill(0xee, at, at + 64);
  writeFileSync(db, bytes);
  expect(hook("d").status).toBe(0);
  const out = join(folder, "bundle.json");
  const checked = (level: string) => {
    expect(audit("bundle", "2", level, "--out", out).status).toBe(0);
    const { format, restarted } = JSON.parse(readFileSync(out, "utf8"));
    expect([format, restarted.event.type, restarted.event.sequence]).toEqual([
      "sealtrail-bundle/2",
      "system.restarted",
      1,
    ]);
    const verified = audit("bundle", "verify", out, "--json");
    expect(verified.status).toBe(2);
    return JSON.parse(verified.stdout);
  };
  for (const level of ["--censored", "--raw", "--none"]) {
    const { verdict, restarted } = checked(level);
    expect([verdict, restarted.reason]).toEqual(["unanchored", "damaged"]);
    expect(restarted.fileHash).toBe(createHash("sha256").update(bytes).digest("hex"));
    if (restarted.tree !== undefined) expect(restarted.tree).toBe(before.tree);
  }
  expect(audit("bundle", "verify", out).stdout).toMatch(/restarted +on .* took the place of another one \(damaged\)/);
  expect(audit("info", out).stdout).toContain("took the place of another one");
  // Accepting it is not forgetting it.
  audit("recover", "--accept");
  expect(checked("--censored").restarted.reason).toBe("damaged");
  // Without the part it is no bundle, with a changed one a false one.
  const bundle = JSON.parse(readFileSync(out, "utf8"));
  const verdictOf = (value: object) => {
    writeFileSync(out, JSON.stringify(value));
    return JSON.parse(audit("bundle", "verify", out, "--json").stdout).verdict;
  };
  const { restarted, ...without } = bundle;
  expect(verdictOf(without)).toBe("invalid");
  restarted.event.metadata.reason = "rolled-back";
  expect(verdictOf({ ...without, restarted })).toBe("invalid");
});

test("recover sets a damaged file aside itself", () => {
  spoil();
  expect(audit("recover").status).toBe(1);
  expect(readdirSync(folder).some((name) => name.includes(".damaged-"))).toBe(false);
  expect(audit("recover", "--accept").status).toBe(0);
  expect(readdirSync(folder).some((name) => name.includes(".damaged-"))).toBe(true);
  expect(audit("verify").status).toBe(0);
});

test("an older copy of the trail is set aside against a checkpoint that was kept", () => {
  audit("smt", "root");
  copyFileSync(db, join(folder, "older.db"));
  hook("d");
  const checkpoint = join(folder, "kept.json");
  expect(audit("checkpoint", "export", "--out", checkpoint).status).toBe(0);
  for (const part of ["-wal", "-shm"]) rmSync(db + part, { force: true });
  copyFileSync(join(folder, "older.db"), db);
  const kept = ["--known-checkpoint", `@${checkpoint}`];
  expect(audit("verify", ...kept).status).toBe(1);
  expect(audit("recover", ...kept).stdout).toContain("rolled back");
  expect(audit("recover", "--accept", ...kept).status).toBe(0);
  expect(readdirSync(folder).some((name) => name.includes(".rolled-back-"))).toBe(true);
  expect(JSON.parse(audit("show", "1", "--json").stdout)).toMatchObject({
    type: "system.restarted",
    metadata: { reason: "rolled-back" },
  });
  expect(audit("verify").status).toBe(0);
});

test("a sound trail has nothing to recover; a tampered one is not mended by accepting it", () => {
  expect(audit("recover", "--accept").stdout).toContain("in service");
  spawnSync(process.execPath, [
    "-e",
    `const { DatabaseSync } = require("node:sqlite"); new DatabaseSync(${JSON.stringify(db)}).exec("UPDATE events SET description = 'x' WHERE sequence = 2")`,
  ]);
  const refused = audit("recover", "--accept");
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain("tampered");
});

test("an empty file becomes a trail by init, and is begun anew by a hook", () => {
  const empty = join(folder, "empty.db");
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };
  const at = (word: string) => spawnSync(process.execPath, [AUDIT, word, "--db", empty], { env, encoding: "utf8" });
  writeFileSync(empty, "");
  expect(at("status").stderr).toContain("audit init makes a trail of it");
  expect(at("init").status).toBe(0);
  expect(at("verify").status).toBe(2);
  truncateSync(db, 0);
  writeFileSync(`${db}-wal`, "of a trail");
  const init = audit("init");
  expect([init.status, init.stderr]).toEqual([73, expect.stringContaining("a trail stood there")]);
  hook("d");
  expect(JSON.parse(audit("verify", "--json").stdout).status).toBe("restarted");
  const aside = readdirSync(folder).filter((name) => /\.damaged-.*-wal$/.test(name));
  expect(aside.map((name) => readFileSync(join(folder, name), "utf8"))).toEqual(["of a trail"]);
});

test("a hook given a wrong path leaves the file alone, and its event waits in the spool", () => {
  const elsewhere = mkdtempSync(join(tmpdir(), "sealtrail-notes-"));
  const notes = join(elsewhere, "notes.txt");
  writeFileSync(notes, "- milk\n".repeat(5_000));
  const payload = { session_id: "s", hook_event_name: "PreToolUse", tool_name: "Bash", tool_use_id: "x" };
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };
  const given = ["hook", "claude-code", "--db", notes];
  for (let i = 0; i < 2; i++) {
    const ended = spawnSync(process.execPath, [AUDIT, ...given], {
      input: JSON.stringify(payload),
      env,
      encoding: "utf8",
    });
    expect([ended.status, ended.stdout, ended.stderr]).toEqual([0, "", ""]);
  }
  expect(readFileSync(notes, "utf8")).toBe("- milk\n".repeat(5_000));
  expect(readdirSync(elsewhere).sort()).toEqual(["notes.txt", "notes.txt.spool"]);
  expect(readdirSync(join(elsewhere, "notes.txt.spool")).length).toBeGreaterThan(0);
  rmSync(elsewhere, { recursive: true });
});
