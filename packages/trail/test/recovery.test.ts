// A trail that was lost: the file kept, the new one naming it, nothing verified until somebody accepts it.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { checkpointHash } from "@sealtrail/smt";
import { expect, it } from "vitest";
import { TrailError } from "../src/log/errors.js";
import { Trail } from "../src/trail.js";
import { newTrail, variedEvents } from "./support/trails.js";

function corrupted(): { file: string; root: string; checkpoint: string; tree: string } {
  const { trail, file } = newTrail();
  trail.append(variedEvents(300));
  const { checkpoint } = trail.checkpoint()!;
  const { tree } = trail.genesis;
  trail.close();
  const bytes = readFileSync(file);
  // Somewhere behind the schema and the small tables.
  for (let page = 12; page < 30; page++) bytes.fill(0xa5, page * 4096, page * 4096 + 64);
  writeFileSync(file, bytes);
  return { file, root: checkpoint.root, checkpoint: checkpointHash(checkpoint), tree };
}

it("is begun anew once, naming what is known of the old one, and is restarted until accepted", async () => {
  const { file, tree } = corrupted();
  const hash = createHash("sha256").update(readFileSync(file)).digest("hex");
  expect(Trail.isCorrupt(file)).toBe(true);
  const { trail, keptAs } = Trail.beginAnew(file, "corrupt");
  expect(createHash("sha256").update(readFileSync(keptAs)).digest("hex")).toBe(hash);
  expect(trail.event(1)).toMatchObject({
    type: "system.restarted",
    source: "sealtrail",
    metadata: { reason: "corrupt", fileHash: hash, oldTree: tree, oldSequence: 300 },
  });
  expect(trail.restarted()).toMatchObject({ accepted: false });
  expect(trail.status().restartedUnaccepted).toBe(true);
  trail.append(variedEvents(5));
  expect(await trail.verify()).toMatchObject({
    status: "restarted",
    findings: [{ kind: "trail-restarted", sequence: 1 }],
  });
  expect(trail.accept({ reason: "disk replaced" })).toBe(true);
  expect(trail.accept()).toBe(false);
  expect(trail.status().restartedUnaccepted).toBe(false);
  expect(await trail.verify()).toMatchObject({
    status: "verified",
    findings: [],
    notes: expect.arrayContaining([expect.objectContaining({ kind: "restarted" })]),
  });
  trail.close();
  expect(Trail.isCorrupt(file)).toBe(false);
  expect(() => Trail.beginAnew(file, "corrupt")).toThrow(TrailError);
  expect(readdirSync(dirname(file)).filter((name) => name.includes("lock"))).toEqual([]);
});

it("is told from a trail that only a lock, or nothing, stands in the way of", () => {
  const { trail, file } = newTrail();
  trail.append(variedEvents(3));
  expect(Trail.isCorrupt(file)).toBe(false);
  trail.close();
  expect(() => Trail.isCorrupt(`${file}.none`)).toThrow(TrailError);
  writeFileSync(`${file}.anew-lock`, "1\n");
  expect(() => Trail.beginAnew(file, "rolled-back")).toThrow(TrailError);
  expect(existsSync(file)).toBe(true);
});

it("names the last root and checkpoint where they can be read: a rolled-back file, kept aside", async () => {
  const { trail, file } = newTrail();
  trail.append(variedEvents(8));
  const { checkpoint } = trail.checkpoint()!;
  trail.close();
  const { trail: anew, keptAs } = Trail.beginAnew(file, "rolled-back");
  expect(anew.event(1)?.metadata).toMatchObject({
    reason: "rolled-back",
    oldRoot: checkpoint.root,
    oldCheckpoint: checkpointHash(checkpoint),
    oldSequence: 8,
  });
  expect(anew.genesis.tree).not.toBe(checkpoint.tree);
  anew.close();
  const old = Trail.open(keptAs, { readOnly: true });
  expect((await old.verify()).status).toBe("verified");
  old.close();
});

it("is corrupt where the file is no database at all", () => {
  const { trail, file } = newTrail();
  trail.close();
  writeFileSync(file, "not a database, but long enough for SQLite to look at. ".repeat(100));
  expect(Trail.isCorrupt(file)).toBe(true);
  const { trail: anew } = Trail.beginAnew(file, "corrupt");
  expect(anew.event(1)?.metadata).toMatchObject({ reason: "corrupt" });
  anew.close();
  truncateSync(file, 5_000);
  expect(Trail.isCorrupt(file)).toBe(true);
});
