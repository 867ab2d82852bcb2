// Retention and legal holds: what they allow, and that a replay sees when they were not kept.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { verifyExport } from "@sealtrail/verify";
import { describe, expect, it } from "vitest";
import { exportNdjson } from "../src/export/index.js";
import type { VerifyReport } from "../src/replay/findings.js";
import { Trail } from "../src/trail.js";
import { Clock, folder, forge, newTrail, prepared, variedEvents } from "./support/trails.js";

const day = 86_400_000;
const minuteMs = 60_000;

/** 30 events, one a day, three sessions in turn. */
function aged() {
  const made = newTrail();
  for (let i = 0; i < 30; i++) {
    made.trail.append([
      prepared({
        sessionId: `s${i % 3}`,
        description: `DAY-${i + 1}-`,
        content: Buffer.from(`DAY-${i + 1}-`),
        contentLength: 7,
      }),
    ]);
    made.clock.now += day;
  }
  return made;
}
const gone = (trail: Trail) => [...trail.events()].filter((e) => e.destroyed).map((e) => e.sequence);

it("prunes by age, never under the floor, and says so in the log", async () => {
  const { trail } = aged();
  expect(trail.prune({ maxAgeMs: 10 * day })).toMatchObject({ pruned: 0, answeredBy: [] });
  expect(trail.prunable({ maxAgeMs: 10 * day, floorMs: 5 * day }).byAge).toHaveLength(21);
  expect(trail.prune({ maxAgeMs: 10 * day, floorMs: 20 * day })).toMatchObject({
    pruned: 11,
    held: 0,
    walEmptied: true,
  });
  expect(gone(trail)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(trail.event(31)).toMatchObject({
    type: "system.retention",
    metadata: { action: "prune", rule: "age", count: 11, ranges: [[1, 11]], floorMs: 20 * day, maxAgeMs: 10 * day },
  });
  expect(trail.prune({ maxAgeMs: 10 * day, floorMs: 20 * day })).toMatchObject({ pruned: 0 });
  const report = await trail.verify();
  expect(report).toMatchObject({ status: "verified", findings: [] });
  const detail = expect.stringContaining("the lowest floor that was set was 20 days");
  expect(report.notes).toContainEqual(expect.objectContaining({ kind: "pruned", count: 11, detail }));
  trail.close();
});

it("prunes by size, oldest first", async () => {
  const { trail } = aged();
  const { fileBytes } = trail.status();
  expect(trail.prune({ maxBytes: fileBytes * 1_000 })).toMatchObject({ pruned: 0 });
  const { pruned } = trail.prune({ maxBytes: 1, floorMs: 25 * day });
  expect(pruned).toBe(6);
  expect(gone(trail)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(trail.event(31)?.metadata).toMatchObject({ rule: "size" });
  expect(await trail.verify()).toMatchObject({ status: "verified", findings: [] });
  expect(() => trail.prune({ maxBytes: -1 })).toThrow(RangeError);
  trail.close();
});

it("keeps what is under hold, a session or a range, until it is released", async () => {
  const { trail } = aged();
  const session = trail.hold({ session: "s1" }, { reason: "case 12" });
  const range = trail.hold({ range: [7, 9] });
  expect(trail.holds()).toEqual([session, range]);
  expect(JSON.stringify(trail.event(session.sequence))).not.toContain('"s1"');
  expect(() => trail.hold({ session: "nobody" })).toThrow(RangeError);
  expect(trail.erase({ sequences: [1, 2, 8] })).toMatchObject({ erased: 1, held: [2, 8] });
  expect(trail.prune({ maxAgeMs: 0, floorMs: 15 * day })).toMatchObject({ pruned: 8, held: 7 });
  expect(gone(trail)).toEqual([1, 3, 4, 6, 10, 12, 13, 15, 16]);
  expect(await trail.verify()).toMatchObject({ status: "verified", findings: [] });
  // An event that comes later belongs to the session held.
  trail.append([prepared({ sessionId: "s1" })]);
  expect(trail.erasable({ session: "s1" })).toMatchObject({ sequences: [] });
  expect(trail.release("0".repeat(16))).toBeUndefined();
  expect(trail.release(session.id)).toBeGreaterThan(0);
  expect(trail.holds()).toEqual([range]);
  expect(trail.erase({ sequences: [2, 8] })).toMatchObject({ erased: 1, held: [8] });
  expect(await trail.verify()).toMatchObject({ status: "verified", findings: [] });
  trail.close();
});

it("is seen through when the hold's row was taken out of the way, or the clock was not right", async () => {
  const { trail, clock, file } = aged();
  const hold = trail.hold({ session: "s1" });
  trail.hold({ range: [7, 7] });
  trail.checkpoint();
  trail.close();
  async function after(change: (db: DatabaseSync) => void, act: (trail: Trail) => void): Promise<VerifyReport> {
    const copy = join(folder(), "forged.db");
    copyFileSync(file, copy);
    forge(copy, change);
    const forged = Trail.open(copy, { clock: new Clock(clock.now).read });
    act(forged);
    const report = await forged.verify();
    forged.close();
    return report;
  }
  const noHolds = (db: DatabaseSync) => db.exec("DELETE FROM holds");
  const erased = await after(noHolds, (t) => t.erase({ sequences: [2, 3, 7] }));
  expect(erased.findings).toMatchObject([
    { kind: "destroyed-under-hold", sequence: 2 },
    { kind: "destroyed-under-hold", sequence: 7 },
    { kind: "holds-altered", sequence: hold.sequence },
    { kind: "holds-altered", sequence: hold.sequence + 1 },
  ]);
  const pruned = await after(noHolds, (t) => t.prune({ maxAgeMs: 25 * day, floorMs: day }));
  expect(pruned.findings).toMatchObject([
    { kind: "destroyed-under-hold", sequence: 2 },
    { kind: "destroyed-under-hold", sequence: 5 },
    { kind: "holds-altered", sequence: hold.sequence },
    { kind: "holds-altered", sequence: hold.sequence + 1 },
  ]);
  const released = await after(
    () => {},
    (t) => {
      t.release(hold.id);
      t.prune({ maxAgeMs: 25 * day, floorMs: day });
    },
  );
  expect(released.findings).toEqual([]);
  // The rows are gone, and the event that answers for it names a rule which did not allow it.
  const early = await after(
    () => {},
    (t) => {
      t.release(hold.id);
      t.erase({ sequences: [20] });
      const row = t.database.prepare("SELECT metadata FROM events WHERE type = 'system.erasure'").get() as {
        metadata: string;
      };
      const metadata = JSON.parse(row.metadata);
      t.record("system.retention", {
        description: "x",
        metadata: { ...metadata, action: "prune", rule: "age", floorMs: 20 * day, maxAgeMs: 0 },
      });
    },
  );
  expect(early.findings).toMatchObject([{ kind: "pruned-too-early", sequence: 20 }]);
});

describe("a clock that ran ahead", () => {
  it("is named where it pruned what is younger than the floor, in the database, in its export, and by the time of now", async () => {
    const { trail, clock } = newTrail();
    trail.append(variedEvents(6));
    const then = clock.now;
    clock.now += 73 * 365 * day;
    expect(trail.prune({ maxAgeMs: day })).toMatchObject({ pruned: 6 });
    expect((await trail.verify()).status).toBe("verified");
    clock.now = then + minuteMs;
    const before = await trail.verify();
    expect(before.findings.map((f) => f.kind)).toContain("pruned-too-early");
    trail.append([prepared()]);
    trail.checkpoint();
    const after = await trail.verify();
    expect(after.findings[0]).toMatchObject({ kind: "pruned-too-early", detail: expect.stringContaining("clock") });
    const lines = [...exportNdjson(trail, { exportedAt: "2026-11-22T00:00:00.000Z" })];
    const exported = await verifyExport(lines.map((line) => line.replace(/\n$/, "")));
    expect(exported.findings.map((f) => f.code)).toContain("pruned-too-early");
    trail.close();
  });

  it("is no matter where it is set back by less than a day", async () => {
    const { trail, clock } = newTrail();
    trail.append(variedEvents(6));
    clock.now += 183 * day;
    expect(trail.prune({ maxAgeMs: day }).pruned).toBe(6);
    clock.now -= day / 2;
    trail.append([prepared()]);
    trail.checkpoint();
    expect(await trail.verify()).toMatchObject({ status: "verified", findings: [] });
    const lines = [...exportNdjson(trail, { exportedAt: "2026-11-22T00:00:00.000Z" })];
    expect((await verifyExport(lines.map((line) => line.replace(/\n$/, "")))).findings).toEqual([]);
    trail.close();
  });
});

it("a hold keeps a session in every source, also one that comes to it after the hold", () => {
  const { trail } = newTrail();
  trail.append([prepared({ sessionId: "s" })]);
  trail.hold({ session: "s" });
  trail.append([prepared({ sessionId: "s", source: "claude-code" }), prepared({ sessionId: "t" })]);
  expect(trail.erasable({ session: "s" })).toMatchObject({ sequences: [], held: [1, 3] });
  expect(trail.erase({ sequences: [3, 4] })).toMatchObject({ erased: 1, held: [3] });
  trail.close();
});
