// A damaged file is set aside once, whoever meets it; the new trail says whose place it took until that is accepted. What
// is not damage (a lock, permissions, another program's database) replaces nothing.
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, test } from "vitest";
import { processStart } from "../src/marker/process-start.js";
import { heldRestart, predecessorOf, restartTrail, settleRestart } from "../src/restart/index.js";
import { recordIn } from "../src/restart/restart.js";
import { Trail } from "../src/trail.js";
import { newTrail, prepared, variedEvents } from "./support/trails.js";

function filled() {
  const { trail, file } = newTrail();
  trail.append(variedEvents(300));
  const checkpoint = trail.checkpoint()!.checkpoint;
  const { tree } = trail.genesis;
  trail.close();
  return { file, tree, checkpoint };
}

function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const handle = openSync(file, "r+");
  writeSync(handle, bytes, 0, bytes.length, at);
  closeSync(handle);
}

const keptOf = (file: string) =>
  readdirSync(dirname(file)).filter(
    (name) => name.startsWith(`${basename(file)}.damaged-`) && !/-(wal|shm)$/.test(name),
  );

const record = (file: string) =>
  recordIn(file, { patienceMs: 300 }, (trail) => {
    trail.append([prepared()]);
  });

test("a file whose header is gone is kept, and the new trail names it", async () => {
  const { file } = filled();
  overwrite(file, 0, new Uint8Array(100).fill(0x41));
  const hash = createHash("sha256").update(readFileSync(file)).digest("hex");
  record(file);
  const [kept] = keptOf(file);
  expect(readFileSync(`${dirname(file)}/${kept}`).length).toBeGreaterThan(4096);
  const trail = Trail.open(file);
  expect([...trail.events()].map((e) => e.type)).toEqual(["system.restarted", "tool.invoked"]);
  expect(trail.event(1)!.metadata).toMatchObject({ reason: "damaged", keptAs: kept, fileHash: hash });
  const report = await trail.verify();
  expect(report).toMatchObject({ status: "restarted", findings: [{ kind: "trail-restarted", sequence: 1 }] });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  trail.close();
});

test("what can still be read of the old one is in the new one's first event", () => {
  const { file, tree, checkpoint } = filled();
  const size = statSync(file).size;
  // Pages of the middle, where the events are; the first ones, with schema and small tables, stay.
  for (let at = Math.floor(size / 2 / 4096) * 4096; at < size; at += 4096)
    overwrite(file, at, new Uint8Array(4096).fill(0xee));
  const kept = restartTrail(file, { reason: "damaged" });
  expect(kept).toBeDefined();
  const trail = Trail.open(file);
  expect(trail.event(1)!.metadata).toMatchObject({ tree, lastSequence: 300 });
  expect([undefined, checkpoint.root]).toContain(trail.event(1)!.metadata!.lastRoot);
  trail.close();
});

test("accepted by an event, it verifies again and still says so", async () => {
  const { file } = filled();
  overwrite(file, 0, new Uint8Array(100));
  record(file);
  const trail = Trail.open(file);
  expect(predecessorOf(trail.database)).toMatchObject({ acceptedAt: undefined });
  trail.record("system.restarted", { description: "taken into service", metadata: { accepted: true } });
  expect(predecessorOf(trail.database)).toMatchObject({ acceptedAt: 3 });
  expect(await trail.verify()).toMatchObject({
    status: "verified",
    notes: expect.arrayContaining([expect.objectContaining({ kind: "restarted" })]),
  });
  trail.close();
});

test("an accepting event of a host's does not count", async () => {
  const { file } = filled();
  overwrite(file, 0, new Uint8Array(100));
  record(file);
  recordIn(file, {}, (trail) => {
    trail.append([prepared({ type: "system.restarted", category: "system", metadata: '{"accepted":true}' })]);
  });
  const trail = Trail.open(file);
  expect((await trail.verify()).status).toBe("restarted");
  trail.close();
});

test("a truncated file counts as damaged; its new trail records on", () => {
  const { file } = filled();
  const handle = openSync(file, "r+");
  ftruncateSync(handle, Math.floor(statSync(file).size / 2 / 4096) * 4096 - 1000);
  closeSync(handle);
  record(file);
  expect(keptOf(file)).toHaveLength(1);
  record(file);
  expect(keptOf(file)).toHaveLength(1);
});

test("a file that was cut to nothing counts as damaged: making a new one by hand would forget the old", () => {
  const { file } = filled();
  writeFileSync(file, "");
  record(file);
  expect(keptOf(file)).toHaveLength(1);
  const trail = Trail.open(file);
  expect(trail.event(1)).toMatchObject({ type: "system.restarted", metadata: { reason: "damaged" } });
  trail.close();
});

test.each<[string, (file: string) => (() => void) | undefined]>([
  [
    "a lock",
    (file) => {
      const db = new DatabaseSync(file);
      db.exec("BEGIN EXCLUSIVE");
      return () => db.close();
    },
  ],
  [
    "another program's database",
    (file) => {
      writeFileSync(file, "");
      const db = new DatabaseSync(file);
      db.exec("CREATE TABLE mine (x)");
      db.close();
      return undefined;
    },
  ],
])("%s is no damage: nothing is replaced", (_what, spoil) => {
  const { file } = filled();
  const undo = spoil(file);
  expect(() => record(file)).toThrow();
  expect(restartTrail(file, { reason: "damaged", patienceMs: 100 })).toBeUndefined();
  undo?.();
  expect(keptOf(file)).toEqual([]);
});

test("a sound file is never replaced, whatever the caller believes", () => {
  const { file } = filled();
  expect(restartTrail(file, { reason: "damaged" })).toBeUndefined();
  expect(existsSync(`${file}.restart`)).toBe(false);
});

test("one at a time: while another process is at it, nothing is done", () => {
  const { file } = filled();
  overwrite(file, 0, new Uint8Array(100));
  writeFileSync(`${file}.restart`, "");
  expect(restartTrail(file, { reason: "damaged" })).toBeUndefined();
  expect(() => record(file)).toThrow();
  expect(keptOf(file)).toEqual([]);
});

/** As a process leaves it that dies between setting the old file aside and putting the new one in its place. */
function halfDone(file: string): { fresh: string; lock: string } {
  const fresh = `${file}.0123456789abcdef.restarting`;
  const trail = Trail.create(fresh);
  trail.record("system.restarted", { description: "begun anew", metadata: { reason: "damaged" } });
  trail.close();
  const kept = `${file}.damaged-20261122T000000000Z-01234567`;
  renameSync(file, kept);
  const lock = `${file}.restart`;
  writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, kept: basename(kept), fresh: basename(fresh) }));
  return { fresh, lock };
}

test("what a process died over is finished by the next one, and not before it is surely dead", () => {
  const { file } = filled();
  const { fresh, lock } = halfDone(file);
  expect(() => record(file)).toThrow("being begun anew");
  expect(existsSync(file)).toBe(false);
  utimesSync(lock, 0, 0);
  record(file);
  const trail = Trail.open(file);
  expect([...trail.events()].map((e) => e.type)).toEqual(["system.restarted", "tool.invoked"]);
  trail.close();
  expect([fresh, lock].filter((path) => existsSync(path))).toEqual([]);
});

test("a lock that speaks of other files moves nothing", () => {
  const { file } = filled();
  const lock = `${file}.restart`;
  const other = `${dirname(file)}/other.db`;
  writeFileSync(other, "somebody's");
  for (const names of [
    { kept: "audit.db.damaged-20261122T000000000Z-01234567", fresh: "other.db" },
    { kept: "../elsewhere", fresh: `${basename(file)}.0123456789abcdef.restarting` },
  ]) {
    writeFileSync(lock, JSON.stringify(names));
    utimesSync(lock, 0, 0);
    record(file);
    expect(existsSync(lock)).toBe(false);
  }
  expect(readFileSync(other, "utf8")).toBe("somebody's");
});

test("a trail that was made meanwhile is not moved aside for an old plan", () => {
  const { file } = filled();
  const { fresh, lock } = halfDone(file);
  const made = Trail.create(file);
  const { tree } = made.genesis;
  made.close();
  utimesSync(lock, 0, 0);
  record(file);
  const trail = Trail.open(file);
  expect(trail.genesis.tree).toBe(tree);
  trail.close();
  expect(existsSync(fresh)).toBe(true);
});

describe("a lock that nobody holds", () => {
  const late = new Date("2099-01-01T00:00:00.000Z");
  for (const [what, make] of [
    [
      "from the future, of a process that is gone",
      (lock: string) => stamped(lock, JSON.stringify({ pid: 999_999_999 })),
    ],
    ["from the future, empty", (lock: string) => stamped(lock, "")],
    ["a folder", (lock: string) => mkdirSync(lock)],
    ["a link to nothing", (lock: string) => symlinkSync("/nowhere", lock)],
    ["far too long", (lock: string) => writeFileSync(lock, "x".repeat(100_000))],
  ] as const) {
    it(`stops nothing: ${what}`, () => {
      const { trail, file } = newTrail();
      trail.close();
      make(`${file}.restart`);
      expect(settleRestart(file)).toBe(true);
      expect(existsSync(`${file}.restart`)).toBe(false);
    });
  }
  function stamped(lock: string, text: string): void {
    writeFileSync(lock, text);
    utimesSync(lock, late, late);
  }

  it("from the future, of a process that runs, is waited for from now on", () => {
    const { trail, file } = newTrail();
    trail.close();
    stamped(`${file}.restart`, JSON.stringify({ pid: process.pid, start: processStart(process.pid) }));
    expect(settleRestart(file)).toBe(false);
    expect(statSync(`${file}.restart`).mtimeMs).toBeLessThan(Date.now() + 5_000);
    expect(heldRestart(file)).toMatchObject({ pid: process.pid });
  });

  it("is waited for a minute, also where another process has its number by now", () => {
    const { trail, file } = newTrail();
    trail.close();
    const lock = `${file}.restart`;
    for (const text of ["", "foreign", JSON.stringify({ pid: process.pid, start: "1" })]) {
      writeFileSync(lock, text);
      expect(settleRestart(file), text).toBe(false);
      const { until, pid } = heldRestart(file)!;
      expect([until < Date.now() + 60_100, pid], text).toEqual([true, undefined]);
      utimesSync(lock, new Date(), new Date(Date.now() - 60_500));
      expect(heldRestart(file), text).toBeUndefined();
      expect(settleRestart(file), text).toBe(true);
    }
  });
});

it("a file that another process has open is not set aside as an older copy", () => {
  const { trail, file } = newTrail();
  trail.append([prepared()]);
  expect(restartTrail(file, { reason: "rolled-back", patienceMs: 50 })).toBeUndefined();
  trail.append([prepared()]);
  trail.close();
  expect(restartTrail(file, { reason: "rolled-back", patienceMs: 50 })).toMatch(/rolled-back/);
});
