// `audit recover`: a broken file is no way to get rid of a record. Real damage; the commands and hooks run in this process.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Home } from "./_run.js";

const home = new Home();
let folder: string;
let db: string;
beforeEach(async () => {
  folder = mkdtempSync(join(home.folder, "recover-"));
  db = join(folder, "audit.db");
  await audit("init");
  for (const id of ["a", "b", "c"]) await hook(id);
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (stdin: string, args: string[]) => home.audit([...args, "--db", db], { stdin });
const audit = (...args: string[]) => run("", args);
const payload = (id: string) =>
  JSON.stringify({ session_id: "s", hook_event_name: "PreToolUse", tool_name: "Bash", tool_use_id: id });
const hook = (id: string) => run(payload(id), ["hook", "claude-code"]);
const spoil = () => {
  for (const part of ["-wal", "-shm"]) rmSync(db + part, { force: true });
  writeFileSync(db, "broken".repeat(2000));
};

test("a lock of nobody's holds events up for a minute, in the spool, and status names it", async () => {
  const events = async () => JSON.parse((await audit("status", "--json")).out);
  for (const text of ["", "foreign"]) {
    writeFileSync(`${db}.restart`, text);
    expect((await hook(`held ${text}`)).code).toBe(0);
    const { problems } = await events();
    expect(problems.map(({ code }: { code: string }) => code)).toEqual(["spooled", "trail-locked"]);
    expect(problems[1].what).toContain("no process that runs holds it");
    utimesSync(`${db}.restart`, 0, 0);
    const before = (await events()).events;
    expect((await hook(`after ${text}`)).code).toBe(0);
    expect((await events()).events).toBe(before + 2);
  }
});

test("a hook that meets a broken trail begins a new one; it is unhealthy until accepted", async () => {
  spoil();
  expect((await hook("d")).code).toBe(0);
  const status = await audit("status", "--json");
  expect(status.code).toBe(1);
  expect(JSON.parse(status.out).problems).toMatchObject([{ code: "trail-restarted" }]);
  const verify = await audit("verify", "--json");
  expect(verify.code).toBe(1);
  expect(JSON.parse(verify.out)).toMatchObject({ status: "restarted", findings: [{ kind: "trail-restarted" }] });

  const shown = await audit("recover");
  expect(shown.code).toBe(1);
  expect(shown.out).toContain("kept as audit.db.damaged-");
  expect((await audit("recover", "--accept", "--json")).out).toContain('"accepted":true');
  expect((await audit("verify")).code).toBe(0);
  expect((await audit("verify")).out).toContain("restarted");
  expect((await audit("status")).code).toBe(0);
  expect((await audit("recover")).out).toContain("in service");
  const list = (await audit("list", "--json")).out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).type);
  expect(list).toEqual(["system.restarted", "tool.invoked", "system.restarted"]);
});

test("every bundle out of a restarted trail shows what it stands in the place of", async () => {
  await audit("smt", "root");
  const before = JSON.parse((await audit("status", "--json")).out).tree;
  // The header stays readable, a page in the middle does not.
  for (const part of ["-wal", "-shm"]) rmSync(db + part, { force: true });
  const bytes = readFileSync(db);
  for (let at = 4_096 * 5; at < bytes.length; at += 4_096) bytes.fill(0xee, at, at + 64);
  writeFileSync(db, bytes);
  expect((await hook("d")).code).toBe(0);
  const out = join(folder, "bundle.json");
  const checked = async (level: string) => {
    expect((await audit("bundle", "2", level, "--out", out)).code).toBe(0);
    const { format, restarted } = JSON.parse(readFileSync(out, "utf8"));
    expect([format, restarted.event.type, restarted.event.sequence]).toEqual([
      "sealtrail-bundle/2",
      "system.restarted",
      1,
    ]);
    const verified = await audit("bundle", "verify", out, "--json");
    expect(verified.code).toBe(2);
    return JSON.parse(verified.out);
  };
  for (const level of ["--censored", "--raw", "--none"]) {
    const { verdict, restarted } = await checked(level);
    expect([verdict, restarted.reason]).toEqual(["unanchored", "damaged"]);
    expect(restarted.fileHash).toBe(createHash("sha256").update(bytes).digest("hex"));
    if (restarted.tree !== undefined) expect(restarted.tree).toBe(before.tree);
  }
  expect((await audit("bundle", "verify", out)).out).toMatch(
    /restarted +on .* took the place of another one \(damaged\)/,
  );
  expect((await audit("info", out)).out).toContain("took the place of another one");
  // Accepting it is not forgetting it.
  await audit("recover", "--accept");
  expect((await checked("--censored")).restarted.reason).toBe("damaged");
  // Without the part it is no bundle, with a changed one a false one.
  const bundle = JSON.parse(readFileSync(out, "utf8"));
  const verdictOf = async (value: object) => {
    writeFileSync(out, JSON.stringify(value));
    return JSON.parse((await audit("bundle", "verify", out, "--json")).out).verdict;
  };
  const { restarted, ...without } = bundle;
  expect(await verdictOf(without)).toBe("invalid");
  restarted.event.metadata.reason = "rolled-back";
  expect(await verdictOf({ ...without, restarted })).toBe("invalid");
});

test("recover sets a damaged file aside itself", async () => {
  spoil();
  expect((await audit("recover")).code).toBe(1);
  expect(readdirSync(folder).some((name) => name.includes(".damaged-"))).toBe(false);
  expect((await audit("recover", "--accept")).code).toBe(0);
  expect(readdirSync(folder).some((name) => name.includes(".damaged-"))).toBe(true);
  expect((await audit("verify")).code).toBe(0);
});

test("an older copy of the trail is set aside against a checkpoint that was kept", async () => {
  await audit("smt", "root");
  copyFileSync(db, join(folder, "older.db"));
  await hook("d");
  const checkpoint = join(folder, "kept.json");
  expect((await audit("checkpoint", "export", "--out", checkpoint)).code).toBe(0);
  for (const part of ["-wal", "-shm"]) rmSync(db + part, { force: true });
  copyFileSync(join(folder, "older.db"), db);
  const kept = ["--known-checkpoint", `@${checkpoint}`];
  expect((await audit("verify", ...kept)).code).toBe(1);
  expect((await audit("recover", ...kept)).out).toContain("rolled back");
  expect((await audit("recover", "--accept", ...kept)).code).toBe(0);
  expect(readdirSync(folder).some((name) => name.includes(".rolled-back-"))).toBe(true);
  expect(JSON.parse((await audit("show", "1", "--json")).out)).toMatchObject({
    type: "system.restarted",
    metadata: { reason: "rolled-back" },
  });
  expect((await audit("verify")).code).toBe(0);
});

test("a sound trail has nothing to recover; a tampered one is not mended by accepting it", async () => {
  expect((await audit("recover", "--accept")).out).toContain("in service");
  const other = new DatabaseSync(db);
  other.exec("UPDATE events SET description = 'x' WHERE sequence = 2");
  other.close();
  const refused = await audit("recover", "--accept");
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("tampered");
});

test("an empty file becomes a trail by init, and is begun anew by a hook", async () => {
  const empty = join(folder, "empty.db");
  const at = (word: string) => home.audit([word, "--db", empty]);
  writeFileSync(empty, "");
  expect((await at("status")).err).toContain("audit init makes a trail of it");
  expect((await at("init")).code).toBe(0);
  expect((await at("verify")).code).toBe(2);
  truncateSync(db, 0);
  writeFileSync(`${db}-wal`, "of a trail");
  const init = await audit("init");
  expect([init.code, init.err]).toEqual([73, expect.stringContaining("a trail stood there")]);
  await hook("d");
  expect(JSON.parse((await audit("verify", "--json")).out).status).toBe("restarted");
  const aside = readdirSync(folder).filter((name) => /\.damaged-.*-wal$/.test(name));
  expect(aside.map((name) => readFileSync(join(folder, name), "utf8"))).toEqual(["of a trail"]);
});

test("a hook given a wrong path leaves the file alone, and its event waits in the spool", async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), "sealtrail-notes-"));
  const notes = join(elsewhere, "notes.txt");
  writeFileSync(notes, "- milk\n".repeat(5_000));
  for (let i = 0; i < 2; i++) {
    const ended = await home.audit(["hook", "claude-code", "--db", notes], { stdin: payload("x") });
    expect(ended).toEqual({ code: 0, out: "", err: "" });
  }
  expect(readFileSync(notes, "utf8")).toBe("- milk\n".repeat(5_000));
  expect(readdirSync(elsewhere).sort()).toEqual(["notes.txt", "notes.txt.spool"]);
  expect(readdirSync(join(elsewhere, "notes.txt.spool")).length).toBeGreaterThan(0);
  rmSync(elsewhere, { recursive: true });
});

test("a trail whose own row is gone is called tampered by verify, in text and in JSON", async () => {
  const base = new DatabaseSync(db);
  base.exec("DELETE FROM trail");
  base.close();
  const json = await audit("verify", "--json");
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out)).toMatchObject({ status: "tampered", findings: [{ kind: "file-damaged" }] });
  expect((await audit("verify")).out).toContain("own row is gone");
});
