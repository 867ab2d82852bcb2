// The tables that follow from the log: each way of making them say something else is told.
import { randomBytes } from "node:crypto";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, it } from "vitest";
import { FileTable } from "../src/log/files.js";
import type { VerifyReport } from "../src/replay/findings.js";
import { Trail } from "../src/trail.js";
import { Clock, folder, forge, newTrail, prepared, variedEvents } from "./support/trails.js";

let original: string;
let now: number;
/** Of the freeze event of epoch 1, of the hold, of a coalesced event with three keys, of an erased one. */
let freeze: number;
let hold: number;
let coalesced: number;

beforeAll(() => {
  const { trail, clock, file } = newTrail({ epochDurationMs: 1_000 });
  for (let epoch = 0; epoch < 3; epoch++) {
    trail.append(variedEvents(12));
    trail.checkpoint();
    clock.now += 2_000;
  }
  for (const epoch of [0, 1]) trail.freeze(trail.epoch(epoch)!);
  freeze = trail.lastSequence;
  trail.release(trail.hold({ range: [1, 2] }).id);
  hold = trail.hold({ range: [4, 5] }).sequence;
  const metadata = '{"coalesced":true,"count":3,"events":"x"}';
  coalesced = trail.append([prepared({ metadata, coalescedKeys: randomBytes(48) })]).lastSequence;
  trail.checkpoint();
  // 1, 7, 13 and so on have a dedupe key.
  trail.erase({ sequences: [7] });
  trail.tail("claude-code\n/a").append([], { inode: "1", offset: 7, before: "" });
  new FileTable(trail.database, trail.dedupeSecret).save({
    file: "f",
    source: "ndjson",
    path: "/b\ud800",
    inode: "2",
    head: "h",
    bytes: 7,
    number: 1,
    lines: 1,
    refused: 0,
    hash: "h",
  });
  trail.close();
  original = file;
  now = clock.now;
});

async function after(
  change: (db: DatabaseSync) => void,
  act: (trail: Trail) => void = () => {},
): Promise<VerifyReport> {
  const copy = join(folder(), "forged.db");
  copyFileSync(original, copy);
  forge(copy, change);
  const trail = Trail.open(copy, { clock: new Clock(now).read });
  act(trail);
  const report = await trail.verify();
  trail.close();
  return report;
}

const run = (sql: string) => (db: DatabaseSync) => db.exec(sql);

it("nothing is told where nothing was done", async () => {
  expect(await after(run("SELECT 1"))).toMatchObject({ status: "verified", findings: [] });
});

describe("told is", () => {
  it.each([
    ["a hold that was taken out", "DELETE FROM holds", "holds-altered", () => hold],
    ["one that no event places", "INSERT INTO holds VALUES ('00', 3)", "holds-altered", () => 3],
    ["one under another event", "UPDATE holds SET sequence = 2", "holds-altered", () => hold],
    [
      "a released one put back",
      "INSERT INTO holds SELECT 'ab', sequence - 2 FROM holds",
      "holds-altered",
      () => hold - 2,
    ],
    ["a frozen epoch that was taken out", "DELETE FROM frozen WHERE epoch = 1", "frozen-altered", () => freeze],
    ["one that no event freezes", "INSERT INTO frozen VALUES (2, 30)", "frozen-altered", () => 30],
    ["one under another event", "UPDATE frozen SET sequence = 1 WHERE epoch = 1", "frozen-altered", () => freeze],
    ["a second key of an event", "INSERT INTO dedupe VALUES (randomblob(16), 13)", "dedupe-altered", () => 13],
    ["a key of another length", "INSERT INTO dedupe VALUES (randomblob(15), 14)", "dedupe-altered", () => 14],
    ["a key of an erased event", "INSERT INTO dedupe VALUES (randomblob(16), 7)", "dedupe-altered", () => 7],
    ["a key of a hold", "INSERT INTO dedupe SELECT randomblob(16), sequence FROM holds", "dedupe-altered", () => hold],
    [
      "a key of a freeze",
      "INSERT INTO dedupe SELECT randomblob(16), sequence FROM frozen WHERE epoch = 1",
      "dedupe-altered",
      () => freeze,
    ],
    ["a key of none", "INSERT INTO dedupe VALUES (randomblob(16), 900)", "dedupe-altered", () => undefined],
    [
      "a call of a hold",
      "INSERT INTO calls SELECT randomblob(16), sequence, NULL, 0 FROM holds",
      "calls-altered",
      () => hold,
    ],
    [
      "a call that began nowhere",
      "INSERT INTO calls VALUES (randomblob(16), 900, NULL, 0)",
      "calls-altered",
      () => 900,
    ],
    [
      "a call that ended where it began",
      "INSERT INTO calls VALUES (randomblob(16), 1, 1, 0)",
      "calls-altered",
      () => 1,
    ],
    ["a call of no key", "INSERT INTO calls VALUES (randomblob(15), 1, NULL, 0)", "calls-altered", () => 1],
    ["a joined event of none", "INSERT INTO joins VALUES (randomblob(16), 900, NULL)", "joins-altered", () => 900],
    ["a joined event that is no host's", "INSERT INTO joins VALUES (randomblob(16), 1, 5)", "joins-altered", () => 1],
    [
      "a place in a file that nobody read",
      "INSERT INTO positions VALUES ('x', '{}')",
      "positions-altered",
      () => undefined,
    ],
    [
      "another place in a file that a hook read",
      `UPDATE positions SET position = replace(position, '"offset":7', '"offset":8')`,
      "positions-altered",
      () => undefined,
    ],
    [
      "another place in a file that was taken in",
      "UPDATE files SET path = 'elsewhere'",
      "positions-altered",
      () => undefined,
    ],
  ])("%s", async (_, sql, kind, sequence) => {
    const { status, findings } = await after(run(sql));
    expect(status).toBe("tampered");
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ kind });
    expect(findings[0]!.sequence).toBe(sequence());
  });

  it("a key more than a coalesced event stands for", async () => {
    const { findings } = await after(run(`INSERT INTO dedupe VALUES (randomblob(16), ${coalesced})`));
    expect(findings).toMatchObject([{ kind: "dedupe-altered", sequence: coalesced }]);
  });

  it.each([
    ["another root", { root: "00".repeat(32) }],
    ["another beginning", { firstSequence: 2 }],
    ["another end", { lastSequence: 11 }],
    ["an epoch that is none", { epoch: 77 }],
    ["the open epoch", { epoch: 3 }],
    ["an epoch a second time", {}],
  ])("a freeze of %s", async (name, change) => {
    let sequence = 0;
    const { findings } = await after(
      (db) => {
        if (name !== "an epoch a second time") db.exec("DELETE FROM frozen WHERE epoch = 1");
      },
      (trail) => {
        const metadata = { ...trail.event(freeze)!.metadata, ...change } as { epoch: number };
        sequence = trail.record("system.freeze", { description: "frozen", metadata }).lastSequence;
      },
    );
    expect(findings).toContainEqual(expect.objectContaining({ kind: "freeze-mismatch", sequence }));
  });
});
