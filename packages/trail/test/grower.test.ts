// The tree grown piece by piece, in this thread and in a second one, ends as the one grown at once. The second thread runs
// what was built.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { TreeStore } from "@sealtrail/smt/sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trail as BuiltTrail } from "../dist/trail.js";
import { readGenesis } from "../src/log/genesis.js";
import { nativeSha256 } from "../src/log/native.js";
import { Trail } from "../src/trail.js";
import { CatchUp } from "../src/tree/catch-up.js";
import { folder, newTrail, prepared, variedEvents } from "./support/trails.js";

const clock = () => Date.UTC(2026, 0, 16);
const line = (trail: Trail) => [...trail.checkpoints()];

function catchUpOn(trail: Trail): CatchUp {
  const db = trail.database;
  return new CatchUp(db, readGenesis(db), new TreeStore(db, { hash: nativeSha256 }), nativeSha256);
}

describe("a tree grown piece by piece", () => {
  it("has the checkpoints of one grown at once, over epochs, whatever the pieces", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ events: fc.nat(30), pause: fc.nat(2_000), step: fc.integer({ min: 1, max: 40 }) }), {
          minLength: 1,
          maxLength: 12,
        }),
        async (pieces) => {
          const { trail, clock: time, file } = newTrail({ epochDurationMs: 1_000 });
          const catchUp = catchUpOn(trail);
          for (const { events, pause, step } of pieces) {
            trail.append(variedEvents(events));
            time.now += pause;
            while (catchUp.grow(step, { clock }));
          }
          expect(line(trail)).toEqual([]);
          const copy = join(folder(), "copy.db");
          trail.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
          copyFileSync(file, copy);
          catchUp.run({ clock });
          const other = Trail.open(copy, { clock });
          other.checkpoint();
          expect(line(trail)).toEqual(line(other));
          expect((await trail.verify()).findings).toEqual([]);
          other.close();
          trail.close();
        },
      ),
      { numRuns: 15 },
    );
  });

  it("begins anew where somebody else made a checkpoint meanwhile", async () => {
    const { trail } = newTrail();
    const catchUp = catchUpOn(trail);
    trail.append(variedEvents(100));
    expect(catchUp.grow(60, { clock })).toBe(true);
    expect(catchUp.grow(60, { clock })).toBe(false);
    trail.checkpoint();
    trail.append(variedEvents(30));
    expect(catchUp.grow(20, { clock })).toBe(true);
    expect(catchUp.run({ clock })).toMatchObject({ version: 2, leafCount: 260, firstSequence: 101, lastSequence: 130 });
    expect((await trail.verify()).status).toBe("verified");
    trail.close();
  });

  it("begins anew where somebody else made one between two looks at the newest", async () => {
    const { trail, clock: time } = newTrail();
    const other = Trail.open(trail.path, { clock: time.read });
    const db = trail.database;
    const store = new TreeStore(db, { hash: nativeSha256 });
    let races = 0;
    const open = store.open.bind(store);
    store.open = () => {
      if (races++ < 2) {
        other.append(variedEvents(10));
        other.checkpoint();
      }
      return open();
    };
    const catchUp = new CatchUp(db, readGenesis(db), store, nativeSha256);
    trail.append(variedEvents(100));
    expect(catchUp.grow(60, { clock })).toBe(true);
    trail.append(variedEvents(10));
    expect(catchUp.run({ clock })).toMatchObject({ version: 2, lastSequence: 130 });
    trail.append(variedEvents(20));
    expect(catchUp.run({ clock })).toMatchObject({ version: 3, lastSequence: 150 });
    expect(races).toBe(3);
    expect(await trail.verify()).toMatchObject({ status: "verified", checkpointsVerified: 3 });
    other.close();
    trail.close();
  });

  it("stops where the tree may take no more", async () => {
    const { trail } = newTrail();
    const db = trail.database;
    const store = new TreeStore(db, { hash: nativeSha256 });
    const catchUp = new CatchUp(db, readGenesis(db), store, nativeSha256, 100);
    trail.append(variedEvents(60));
    expect(catchUp.grow(40, { clock })).toBe(true);
    expect(catchUp.grow(20, { clock })).toBe(false);
    expect(() => catchUp.run({ clock })).toThrow(expect.objectContaining({ code: "tree-full" }));
    expect(line(trail)).toMatchObject([{ version: 1, lastSequence: 50 }]);
    expect((await trail.verify()).findings).toEqual([]);
    trail.close();
  });

  it("refuses a log with a hole, and nothing is made official", () => {
    const { trail } = newTrail();
    const catchUp = catchUpOn(trail);
    trail.append(variedEvents(50));
    expect(catchUp.grow(20, { clock })).toBe(true);
    trail.database.exec("DELETE FROM events WHERE sequence = 30");
    expect(() => catchUp.grow(20, { clock })).toThrow("event 30 is missing");
    expect(() => catchUp.run({ clock })).toThrow("event 30 is missing");
    expect(line(trail)).toEqual([]);
    trail.close();
  });
});

describe("a second thread", () => {
  const trailOf = (events: number) => {
    const file = join(folder(), "audit.db");
    const trail = BuiltTrail.create(file, { clock });
    return {
      trail,
      append: () => {
        for (let i = 0; i < events; i += 500) trail.append(Array.from({ length: 500 }, () => prepared()));
      },
    };
  };

  it("takes in and checkpoints what is appended meanwhile", async () => {
    const { trail, append } = trailOf(20_000);
    const grower = trail.growBeside();
    expect(grower).toBeDefined();
    append();
    await grower?.finish();
    const checkpoints = [...trail.checkpoints()];
    expect(checkpoints.at(-1)).toMatchObject({ lastSequence: 20_000, leafCount: 40_000 });
    expect(Math.abs(Date.parse(checkpoints[0]!.createdAt) - clock())).toBeLessThan(60_000);
    expect(trail.checkpoint()?.checkpoint).toEqual(checkpoints.at(-1));
    expect(await trail.verify()).toMatchObject({ status: "verified", events: 20_000, findings: [] });
    trail.close();
  });

  it("is not missed where it ends early", async () => {
    const { trail, append } = trailOf(2_000);
    const grower = trail.growBeside();
    append();
    await grower?.abandon();
    await grower?.finish();
    expect(trail.checkpoint()?.checkpoint.lastSequence).toBe(2_000);
    // Beside the source there is no built thread.
    const unbuilt = Trail.open(trail.path);
    await unbuilt.growBeside()?.finish();
    expect((await unbuilt.verify()).status).toBe("verified");
    unbuilt.close();
    trail.close();
  });

  it("leaves no lock behind", async () => {
    const { trail, append } = trailOf(10_000);
    const grower = trail.growBeside();
    append();
    const finishing = grower?.finish();
    await grower?.abandon();
    await finishing;
    const db = new DatabaseSync(trail.path);
    db.exec("PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; ROLLBACK");
    db.close();
    expect((await trail.verify()).status).toBe("verified");
    expect(trail.checkpoint()?.checkpoint.lastSequence).toBe(10_000);
    trail.close();
  });
});
