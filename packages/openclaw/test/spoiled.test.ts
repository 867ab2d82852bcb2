// What befalls the trail's file while a gateway writes to it. Each time the agent's calls go on (or are refused, where
// that was asked for), `audit status` is not healthy meanwhile, and what was acknowledged is on record, kept, or named.
import { execFileSync, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Trail } from "@sealtrail/trail";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { OtherProcess } from "../../cli/test/support/other-process.js";
import { call, context, FakeHost, SOON } from "./support/host.js";

/** A call waits 50 ms at most; the machine may be busy. */
const promptly = 4_000;

let folder: string;
let db: string;
const other = new OtherProcess();
afterAll(() => other.end());
let mounted = false;
const { TMPDIR } = process.env;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealtrail-spoiled-"));
  mkdirSync(join(folder, "tmp"));
  mkdirSync(join(folder, "trail"), { mode: 0o700 });
  // Without it, status says that the plugin was taken out.
  mkdirSync(join(folder, ".openclaw"));
  const entries = { sealtrail: { enabled: true, hooks: { allowConversationAccess: true } } };
  writeFileSync(join(folder, ".openclaw", "openclaw.json"), JSON.stringify({ plugins: { entries } }));
  db = join(folder, "trail", "audit.db");
  // The spool's second place is under the temporary folder.
  process.env.TMPDIR = join(folder, "tmp");
});
afterEach(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  if (mounted) execFileSync("umount", ["-l", join(folder, "trail")]);
  mounted = false;
  rmSync(folder, { recursive: true });
});

/** False where this test may not. */
function mountSmall(): boolean {
  const options = ["-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", join(folder, "trail")];
  mounted = process.getuid?.() === 0 && spawnSync("mount", options, { stdio: "ignore" }).status === 0;
  return mounted;
}

async function status(): Promise<{ exit: number; said: string }> {
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: join(folder, "tmp") };
  const { code, out } = (await other.audit(["status", "--json", "--db", db], env))!;
  return { exit: code, said: out };
}

/** The exit code of status, and the problems that it names. */
async function health(): Promise<[number, unknown]> {
  const { exit, said } = await status();
  return [exit, JSON.parse(said).problems];
}

function events(path = db) {
  const trail = Trail.open(path, { readOnly: true });
  try {
    return [...trail.events()];
  } finally {
    trail.close();
  }
}

const calls = (path = db) => events(path).flatMap(({ metadata }) => (metadata?.toolCallId as string | undefined) ?? []);

/** Closed again: a damaged file is set aside only while nobody else has it open. */
function treeOf(path: string): string {
  const trail = Trail.open(path, { readOnly: true });
  try {
    return trail.genesis.tree;
  } finally {
    trail.close();
  }
}

/** A gateway with some calls on record. */
async function running(config: object = {}): Promise<FakeHost> {
  Trail.create(db).close();
  // As `audit init` leaves it: the sign that a trail stands here, whatever becomes of its bytes.
  writeFileSync(join(folder, "trail", "config.json"), '{"format":"sealtrail-config/1"}\n', { mode: 0o600 });
  const host = new FakeHost({ db, ...config }).load();
  for (let i = 0; i < 20; i++) await ask(host, `before-${i}`);
  await expect.poll(() => calls().length, SOON).toBe(20);
  return host;
}

/** What the host is answered, and that it is answered in time. */
async function ask(host: FakeHost, id: string): Promise<unknown> {
  const started = performance.now();
  const answer = await host.fire("before_tool_call", call(id, { command: `${id} ${"x".repeat(2_000)}` }), context());
  expect(performance.now() - started).toBeLessThan(promptly);
  return answer;
}

/** By another process: one that closes a file drops its own locks on it, and SQLite's are this process' own. */
function byAnother(work: string): void {
  const open = `import * as fs from "node:fs"; const [db] = process.argv.slice(-1); const { size } = fs.statSync(db);`;
  execFileSync(process.execPath, ["--input-type=module", "-e", `${open} ${work}`, db]);
}

const GARBAGE = 'const h = fs.openSync(db, "r+"); fs.writeSync(h, new Uint8Array(size).fill(0x5a));';

const sound = (path: string) => {
  try {
    return events(path).length > 0;
  } catch {
    return false;
  }
};

describe.each([
  ["overwritten with garbage", GARBAGE],
  ["cut in the middle", "fs.truncateSync(db, Math.floor(size / 8192) * 4096);"],
  ["cut to nothing", "fs.truncateSync(db, 0);"],
])("%s", (_what, spoil) => {
  test("calls go on; the file is kept and the new trail names it", async () => {
    const host = await running();
    const tree = treeOf(db);
    byAnother(spoil);
    expect(await ask(host, "during-1")).toBeUndefined();
    expect((await status()).exit).not.toBe(0);
    // An idle gateway finds out by itself.
    await expect.poll(() => sound(db) && events()[0]!.type, SOON).toBe("system.restarted");
    expect(await ask(host, "after")).toBeUndefined();
    await expect.poll(() => calls().includes("after"), SOON).toBe(true);
    await host.stop();

    const [restarted, ...later] = events();
    const kept = String(restarted!.metadata!.keptAs);
    expect(readdirSync(join(folder, "trail"))).toContain(kept);
    // Which trail it was and how far it went is named, by the damaged file itself or by who wrote to it.
    const named = [restarted, ...later.filter((event) => event.metadata?.reason === "file-replaced")];
    expect(named.map((event) => event!.metadata!.tree)).toContain(tree);
    expect(Math.max(...named.map((event) => Number(event!.metadata!.lastSequence ?? 0)))).toBeGreaterThanOrEqual(20);
    expect(await status()).toMatchObject({ exit: 1, said: expect.stringContaining("trail-restarted") });
    expect(existsSync(`${db}.spool`)).toBe(false);
  });
});

test("garbage under a fail-closed gateway: what it lets through is on record or named", async () => {
  const host = await running({ failClosed: true });
  byAnother(GARBAGE);
  const allowed: string[] = [];
  const limit = performance.now() + SOON.timeout;
  for (let i = 0; !sound(db) || allowed.length === 0 || !calls().includes(allowed.at(-1)!); i++) {
    if (performance.now() > limit) throw new Error("it never recovered");
    if ((await ask(host, `call-${i}`)) === undefined) allowed.push(`call-${i}`);
    await new Promise((done) => setTimeout(done, 100));
  }
  await host.stop();
  const onRecord = new Set(calls());
  const lost = allowed.filter((id) => !onRecord.has(id));
  // Let through while nobody could know: at most what was written within the second until the file is looked at again.
  const upTo = Math.max(...events().map((event) => Number(event.metadata?.lastSequence ?? 0)));
  expect(upTo).toBeGreaterThanOrEqual(20 + lost.length);
});

test("deleted: events are spooled, status names no trail, and the next trail takes them in and says so", async () => {
  const host = await running();
  const tree = treeOf(db);
  unlinkSync(db);
  expect(await ask(host, "during")).toBeUndefined();
  await expect.poll(() => existsSync(`${db}.spool`), SOON).toBe(true);
  expect(await status()).toMatchObject({ exit: 66, said: expect.stringContaining("no-trail") });
  Trail.create(db).close();
  await expect.poll(() => calls(), SOON).toEqual(["during"]);
  expect(events()[0]!.metadata).toMatchObject({ reason: "file-replaced", tree, lastSequence: 20 });
  await host.stop();
  expect((await status()).said).toContain("gap on record");
});

test("an older copy is put in its place: on record", async () => {
  const host = await running();
  await host.stop();
  const copy = join(folder, "copy.db");
  execFileSync("cp", [db, copy]);
  expect(await ask(host, "newer")).toBeUndefined();
  await expect.poll(() => calls().length, SOON).toBe(21);
  for (const part of ["-wal", "-shm", ""]) if (existsSync(db + part)) unlinkSync(db + part);
  renameSync(copy, db);
  expect(await ask(host, "after")).toBeUndefined();
  await host.stop();
  expect(events().find((event) => event.metadata?.reason === "file-replaced")?.metadata).toMatchObject({
    lastSequence: 21,
  });
  expect(calls()).toContain("after");
});

test("locked for ten seconds: nothing is lost, and nothing waits for it", async () => {
  const host = await running();
  const other = new DatabaseSync(db);
  other.exec("BEGIN IMMEDIATE");
  const until = performance.now() + 10_000;
  let asked = 0;
  for (; performance.now() < until; asked++) {
    expect(await ask(host, `during-${asked}`)).toBeUndefined();
    await new Promise((done) => setTimeout(done, 500));
  }
  expect((await status()).said).toContain('"spooled"');
  other.exec("ROLLBACK");
  other.close();
  await expect.poll(() => calls().length, SOON).toBe(20 + asked);
  await host.stop();
  expect(new Set(calls()).size).toBe(20 + asked);
  expect(existsSync(`${db}.spool`)).toBe(false);
  expect(await health()).toEqual([0, []]);
});

test("full disk: fail-open goes on, fail-closed refuses, and all is on record when there is room", async (info) => {
  if (!mountSmall()) return info.skip("mounting is not allowed here");
  const host = await running();
  const filler = openSync(join(folder, "trail", "filler"), "w");
  try {
    for (;;) writeSync(filler, new Uint8Array(1024));
  } catch {
    closeSync(filler);
  }
  for (let i = 0; i < 30; i++) expect(await ask(host, `during-${i}`)).toBeUndefined();
  await expect.poll(() => host.warnings.join(), SOON).toContain("spool");
  expect(await status()).toMatchObject({ exit: 1, said: expect.stringContaining('"spooled"') });
  const strict = new FakeHost({ db, failClosed: true }).load();
  expect(await ask(strict, "refused")).toMatchObject({ block: true });
  unlinkSync(join(folder, "trail", "filler"));
  await expect.poll(() => calls().length, SOON).toBe(51);
  await host.stop();
  expect(new Set(calls()).size).toBe(51);
  expect(await health()).toEqual([0, []]);
});

test("made read-only: fail-open goes on, fail-closed refuses, and all is on record when it can be written", async (info) => {
  if (!mountSmall()) return info.skip("mounting is not allowed here");
  const host = await running();
  // With the file open the system does not allow it: between two runs of the gateway.
  await host.stop();
  const mount = (how: string) => execFileSync("mount", ["-o", `remount,${how}`, join(folder, "trail")]);
  mount("ro");
  for (let i = 0; i < 5; i++) expect(await ask(host, `during-${i}`)).toBeUndefined();
  const strict = new FakeHost({ db, failClosed: true }).load();
  expect(await ask(strict, "refused")).toMatchObject({ block: true });
  expect(await status()).toMatchObject({ exit: 1, said: expect.stringContaining('"read-only"') });
  mount("rw");
  await expect.poll(() => calls().length, SOON).toBe(26);
  await host.stop();
  expect(await health()).toEqual([0, []]);
});
