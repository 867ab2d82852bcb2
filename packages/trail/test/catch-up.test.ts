// The checkpointer: trees of several checkpoints, other processes that make checkpoints meanwhile, trees that are full.
import { TreeStore } from "@sealtrail/smt/sqlite";
import { describe, expect, it } from "vitest";
import { readGenesis } from "../src/log/genesis.js";
import { nativeSha256 } from "../src/log/native.js";
import { Trail } from "../src/trail.js";
import { Checkpointer } from "../src/tree/checkpointer.js";
import { newTrail, variedEvents } from "./support/trails.js";

const clock = () => Date.UTC(2026, 0, 16);

describe("the checkpointer", () => {
  it("begins anew where another process makes a checkpoint between two looks at the newest", async () => {
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
    const catchUp = new Checkpointer(db, readGenesis(db), store, nativeSha256);
    trail.append(variedEvents(100));
    expect(catchUp.run({ clock })).toMatchObject({ version: 1, lastSequence: 110 });
    trail.append(variedEvents(20));
    expect(catchUp.run({ clock })).toMatchObject({ version: 2, lastSequence: 140 });
    other.append(variedEvents(10));
    other.checkpoint();
    trail.append(variedEvents(10));
    expect(catchUp.run({ clock })).toMatchObject({ version: 4, lastSequence: 160 });
    // The tree is kept between checkpoints while nobody else makes one.
    trail.append(variedEvents(10));
    expect(catchUp.run({ clock })).toMatchObject({ version: 5, lastSequence: 170 });
    expect(races).toBe(3);
    expect(await trail.verify()).toMatchObject({ status: "verified", checkpointsVerified: 5 });
    other.close();
    trail.close();
  });

  it("checkpoints what fits, and stops where the tree may take no more", async () => {
    const { trail } = newTrail();
    const db = trail.database;
    const store = new TreeStore(db, { hash: nativeSha256 });
    const catchUp = new Checkpointer(db, readGenesis(db), store, nativeSha256, 100);
    trail.append(variedEvents(60));
    expect(() => catchUp.run({ clock })).toThrow(expect.objectContaining({ code: "tree-full" }));
    expect([...trail.checkpoints()]).toMatchObject([{ version: 1, lastSequence: 50 }]);
    expect((await trail.verify()).findings).toEqual([]);
    trail.close();
  });

  it("refuses a log with a hole, and nothing is made official", () => {
    const { trail } = newTrail();
    trail.append(variedEvents(50));
    trail.database.exec("DELETE FROM events WHERE sequence = 30");
    expect(() => trail.checkpoint()).toThrow("event 30 is missing");
    expect([...trail.checkpoints()]).toEqual([]);
    trail.close();
  });
});
