// Verification with the tree made by a second thread says the same as without, of sound and of forged trails. The thread
// runs what was built.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { TreeStore } from "@sealtrail/smt/sqlite";
import { beforeAll, describe, expect, it } from "vitest";
import { openFile } from "../dist/log/file.js";
import { readGenesis } from "../dist/log/genesis.js";
import { nativeSha256 } from "../dist/log/native.js";
import { BesideError, TreeThread } from "../dist/replay/beside.js";
import { verify } from "../dist/replay/verify.js";
import { TreeThread as Unbuilt } from "../src/replay/beside.js";
import { Batch, eventsABatch, eventsOf } from "../src/replay/feed.js";
import { Trail } from "../src/trail.js";
import { folder, forge, newTrail, variedEvents } from "./support/trails.js";

let original: string;
beforeAll(() => {
  const { trail, clock, file } = newTrail({ epochDurationMs: 1_000 });
  // More than one batch.
  trail.append(variedEvents(eventsABatch + 100));
  trail.checkpoint();
  clock.now += 2_000;
  trail.append(variedEvents(300));
  clock.now += 2_000;
  trail.append(variedEvents(100));
  trail.checkpoint();
  trail.erase({ session: "session-1" });
  trail.append(variedEvents(5));
  trail.close();
  original = file;
});

async function withAndWithout(file: string, between: (path: string) => void = () => {}) {
  const { db, path } = openFile(file, { readOnly: true });
  const input = { db, trail: readGenesis(db), store: new TreeStore(db), hash: nativeSha256 };
  const beside = await TreeThread.start(path);
  if (beside === undefined) throw new Error("no thread");
  try {
    between(path);
    const options = { knownRoots: [{ sequence: eventsABatch + 300, root: "00".repeat(32) }] };
    return { with: verify({ ...input, beside }, options), without: verify(input, options) };
  } finally {
    await beside.stop();
    db.close();
  }
}

describe("a second thread", () => {
  it.each([
    ["nothing", "SELECT 1", "known-root-mismatch"],
    ["a description", "UPDATE events SET description = 'x' WHERE sequence = 7", "row-altered"],
    ["an id", "UPDATE events SET id = 'none' WHERE sequence = 2100", "row-altered"],
    ["a session's chain", "UPDATE events SET chainPrev = NULL WHERE sequence = 50", "root-mismatch"],
    ["a raw key", "UPDATE events SET rawHash = zeroblob(32) WHERE sequence = 60", "row-altered"],
    [
      "two keys alike",
      "UPDATE events SET censoredHash = (SELECT rawHash FROM events WHERE sequence = 1)",
      "row-altered",
    ],
    ["a missing row", "DELETE FROM events WHERE sequence = 2300", "row-missing"],
    ["a log cut short", "DELETE FROM events WHERE sequence > 2400", "unauthorized-erasure"],
    ["a node", "UPDATE nodes SET data = zeroblob(length(data)) WHERE chunk = 3", "node-damaged"],
    ["a root", "UPDATE checkpoints SET root = zeroblob(32) WHERE version = 1", "checkpoint-altered"],
  ])("changes no report: %s", async (_, change, kind) => {
    const copy = join(folder(), "forged.db");
    copyFileSync(original, copy);
    forge(copy, change);
    const reports = await withAndWithout(copy);
    expect(reports.with).toEqual(reports.without);
    expect(reports.with.events).toBeGreaterThan(0);
    expect(reports.with.findings.map((finding) => finding.kind)).toContain(kind);
  });

  it("is not believed where the stored tree moved on before the log was read", async () => {
    const copy = join(folder(), "moving.db");
    copyFileSync(original, copy);
    const grow = (path: string) => {
      const trail = Trail.open(path);
      trail.append(variedEvents(3));
      trail.checkpoint();
      trail.close();
    };
    await expect(withAndWithout(copy, grow)).rejects.toThrow(BesideError);
  });

  it("is done without where there is none", async () => {
    expect(await TreeThread.start(join(folder(), "missing.db"))).toBeUndefined();
    // Beside the source there is no built thread.
    expect(await Unbuilt.start(original)).toBeUndefined();
  });

  it("is sent every field of an event's place", () => {
    const bytes = (n: number) => new Uint8Array(32).fill(n);
    const hex = (n: number) => Buffer.from(bytes(n)).toString("hex");
    const batch = new Batch();
    const places = [null, hex(9)].map((chainPrev, i) => ({
      sequence: 2 ** 40 + i,
      id: `0198c0de-0000-7000-8000-00000000000${i}`,
      timestamp: Date.UTC(2026, 0, 1) + i,
      epoch: 7 + i,
      chainPrev,
      rawHash: hex(1 + i),
      censoredHash: hex(3 + i),
    }));
    places.forEach((place, i) => {
      batch.add(place, bytes(1 + i), bytes(3 + i));
    });
    expect([...eventsOf(batch.bytes, batch.count)]).toEqual(
      places.map((place, i) => ({ place, raw: bytes(1 + i), censored: bytes(3 + i) })),
    );
  });
});
