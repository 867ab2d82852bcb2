// The tree over the log: proofs at any checkpoint, session chains, epochs, freezing, rebuilding.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { hexToBytes, verifyExtension, verifyMultiproof, verifyProof } from "@sealtrail/smt";
import { verifyArchive } from "@sealtrail/smt/archive";
import { type Checkpoint, compareCheckpoints } from "@sealtrail/smt/checkpoint";
import { TreeDamageError } from "@sealtrail/smt/sqlite";
import { describe, expect, it } from "vitest";
import { TrailError } from "../src/log/errors.js";
import { Trail } from "../src/trail.js";
import { Clock, folder, forge, newTrail, prepared, variedEvents } from "./support/trails.js";

const key = hexToBytes;

function checks(answer: ReturnType<Trail["prove"]>): void {
  const { proof, checkpoint } = answer!;
  const value = proof.value === undefined ? {} : { value: key(proof.value) };
  expect(proof.root).toBe(checkpoint.root);
  expect(verifyProof(proof, { root: key(checkpoint.root), key: key(proof.key), ...value })).toEqual({
    ok: true,
    type: proof.type,
  });
}

/** Five epochs of a few checkpoints each. */
function epochs(): ReturnType<typeof newTrail> & { line: Checkpoint[] } {
  const made = newTrail({ epochDurationMs: 1_000 });
  for (let epoch = 0; epoch < 5; epoch++) {
    for (let i = 0; i < 6; i++) {
      made.trail.append(variedEvents(9));
      made.trail.checkpoint();
    }
    made.clock.now += 1_500;
  }
  return { ...made, line: [...made.trail.checkpoints()] };
}

describe("checkpoints", () => {
  it("join, seal each epoch crossed at its last event, and cost nothing when nothing is new", () => {
    const { trail, clock } = newTrail({ epochDurationMs: 1_000 });
    expect(trail.checkpoint()).toBeUndefined();
    for (let epoch = 0; epoch < 4; epoch++) {
      trail.append(variedEvents(3 + epoch));
      clock.now += 1_000;
    }
    expect(trail.checkpoint()).toMatchObject({ current: true, checkpoint: { version: 4, lastSequence: 18, epoch: 3 } });
    expect(trail.checkpoint()?.checkpoint.version).toBe(4);
    const line = [...trail.checkpoints()];
    expect(line.map((c) => [c.firstSequence, c.lastSequence, c.epoch, c.leafCount])).toEqual([
      [1, 3, 0, 6],
      [4, 7, 1, 14],
      [8, 12, 2, 24],
      [13, 18, 3, 36],
    ]);
    for (const [i, c] of line.entries()) if (i > 0) expect(compareCheckpoints(line[i - 1]!, c)).toBe("adjacent");
    trail.close();
  });

  it("of many epochs go in by parts, so that no transaction holds the lock for long", async () => {
    const clock = new Clock();
    const { trail } = newTrail({ epochDurationMs: 1, clock: () => clock.now++ });
    trail.append(variedEvents(1_300));
    const parts: number[] = [];
    trail.checkpoint({ also: (made) => parts.push(made.length) });
    expect(parts).toEqual([500, 500, 300]);
    expect(await trail.verify()).toMatchObject({ status: "verified", findings: [], checkpointsVerified: 1_300 });
    trail.close();
  });

  it("stop at maxTreeSize with a clear error, while the log goes on and loses nothing", async () => {
    const { trail, file } = newTrail({ maxTreeSize: 21 });
    trail.append(variedEvents(6));
    expect(trail.checkpoint()).toMatchObject({ checkpoint: { leafCount: 12 } });
    trail.append(variedEvents(14));
    for (let tries = 0; tries < 2; tries++) {
      expect(() => trail.checkpoint()).toThrow(expect.objectContaining({ code: "tree-full" }));
      // What fits is in.
      expect(trail.checkpointAt({ version: 2 })?.checkpoint).toMatchObject({ lastSequence: 10, leafCount: 20 });
    }
    expect(() => trail.prove(key(trail.event(20)!.rawHash))).toThrow(/maxTreeSize.*events 1 to 10.*log goes on to 20/);
    expect(trail.append(variedEvents(1)).lastSequence).toBe(21);
    checks(trail.prove(key(trail.event(9)!.rawHash), { at: { version: 2 } }));
    expect(await trail.verify()).toMatchObject({ status: "verified", findings: [], events: 21 });
    trail.close();
    const roomy = Trail.open(file, { maxTreeSize: 42 });
    expect(roomy.checkpoint()).toMatchObject({ checkpoint: { version: 3, lastSequence: 21 } });
    expect(await roomy.verify()).toMatchObject({ status: "verified", findings: [] });
    roomy.close();
    expect(() => Trail.open(file, { maxTreeSize: Number.NaN })).toThrow(RangeError);
  });

  it("carry what the outbox signed, and sign inside the transaction", async () => {
    const { trail } = newTrail();
    trail.append(variedEvents(2));
    trail.checkpoint();
    trail.append(variedEvents(2));
    const signed: number[] = [];
    const also = (made: readonly Checkpoint[]) => {
      signed.push(...made.map((c) => c.version));
    };
    expect(trail.checkpoint({ lastSigned: () => 1, also })?.checkpoint).toMatchObject({ version: 2, lastSigned: 1 });
    expect(signed).toEqual([2]);
    trail.append(variedEvents(2));
    const refuse = () => {
      throw new Error("no key");
    };
    expect(() => trail.checkpoint({ also: refuse })).toThrow("no key");
    expect([...trail.checkpoints()]).toHaveLength(2);
    expect(trail.checkpoint()?.checkpoint).toMatchObject({ version: 3, lastSigned: 1 });
    expect((await trail.verify()).status).toBe("verified");
    trail.close();
  });

  it("are made by whoever comes, in turns", async () => {
    const { trail, file } = newTrail();
    const other = Trail.open(file);
    for (let i = 0; i < 12; i++) {
      const [writer, maker] = i % 3 === 0 ? [trail, other] : [other, trail];
      writer.append(variedEvents(4));
      maker.checkpoint();
      if (i % 4 === 0) writer.checkpoint();
    }
    expect(await trail.verify()).toMatchObject({ status: "verified", checkpoints: 12, checkpointsVerified: 12 });
    other.close();
    trail.close();
  });

  it("go on when somebody rebuilds or compacts the tree that another one has open", async () => {
    const { trail, clock, file } = newTrail({ epochDurationMs: 1_000 });
    const other = Trail.open(file, { clock: clock.read });
    for (let i = 0; i < 6; i++) {
      trail.append(variedEvents(20));
      trail.checkpoint();
      clock.now += 1_500;
      if (i % 2 === 0) expect(other.rebuild()).toMatchObject({ ok: true });
      else for (const epoch of other.freezableEpochs()) other.freeze(epoch);
      trail.append(variedEvents(3));
      checks(trail.prove(key(trail.event(1)!.rawHash)));
    }
    expect(await trail.verify()).toMatchObject({ status: "verified", findings: [] });
    other.close();
    trail.close();
  });

  it("refuse a log with a hole", () => {
    const { trail, file } = newTrail();
    trail.append(variedEvents(9));
    forge(file, "DELETE FROM events WHERE sequence = 4");
    expect(() => trail.checkpoint()).toThrow(TrailError);
    expect([...trail.checkpoints()]).toEqual([]);
    trail.close();
  });

  it("are found by version, root, sequence and time", () => {
    const { trail, line } = epochs();
    const [first, second] = line as [Checkpoint, Checkpoint];
    expect(trail.checkpointAt({ version: 2 })?.checkpoint).toEqual(second);
    expect(trail.checkpointAt({ root: first.root })?.checkpoint).toEqual(first);
    expect(trail.checkpointAt({ sequence: first.lastSequence + 1 })?.checkpoint).toEqual(second);
    expect(trail.checkpointAt({ time: first.createdAt })?.checkpoint.epoch).toBe(0);
    expect(trail.checkpointAt({ time: "2000-01-01T00:00:00Z" })).toBeUndefined();
    expect(trail.checkpointAt({ version: 99 })).toBeUndefined();
    expect(() => trail.checkpointAt({ time: "noon" })).toThrow(RangeError);
    expect(() => trail.checkpointAt({ root: "xyz" })).toThrow();
    trail.close();
  });

  it("stay readable where nothing can be written, and say that they are old", () => {
    const { trail, file } = newTrail();
    trail.append(variedEvents(5));
    trail.checkpoint();
    const reader = Trail.open(file, { readOnly: true });
    expect(reader.checkpoint()).toMatchObject({ current: true, checkpoint: { version: 1 } });
    trail.append(variedEvents(1));
    expect(reader.checkpoint()).toMatchObject({ current: false, checkpoint: { version: 1 } });
    expect(reader.prove(key(trail.event(6)!.rawHash))).toMatchObject({ current: false, proof: { type: "exclusion" } });
    reader.close();
    trail.close();
  });
});

describe("proofs", () => {
  it("of each leaf of each event, with its record, and of what is absent", () => {
    const { trail } = newTrail();
    trail.append(variedEvents(30));
    for (const event of trail.events()) {
      for (const hash of [event.rawHash, event.censoredHash]) {
        const answer = trail.prove(key(hash))!;
        checks(answer);
        expect(answer.event).toEqual(event);
        expect(answer.proof.record).toMatchObject({
          eventId: event.id,
          seqNo: 2 * event.sequence - (hash === event.rawHash ? 1 : 0),
        });
        expect(trail.event(hash)).toEqual(event);
      }
    }
    const absent = trail.prove(new Uint8Array(32).fill(9))!;
    checks(absent);
    expect(absent.proof.type).toBe("exclusion");
    expect(absent.event).toBeUndefined();
    expect(trail.event("09".repeat(32))).toBeUndefined();
    trail.append(variedEvents(1));
    expect(trail.event(trail.event(31)!.rawHash)?.sequence).toBe(31);
    trail.close();
  });

  it("stay valid, and can be made against any checkpoint", () => {
    const { trail, line } = epochs();
    const event = trail.event(5)!;
    for (const { version } of line) {
      const answer = trail.prove(key(event.rawHash), { at: { version } });
      checks(answer);
      expect(answer?.proof.type).toBe("inclusion");
    }
    const late = trail.event(200)!;
    expect(trail.prove(key(late.rawHash), { at: { version: 1 } })?.proof.type).toBe("exclusion");
    trail.close();
  });

  it("of many keys at once, and of growth", () => {
    const { trail, line } = epochs();
    const keys = [...trail.events({ session: "session-1" })].map((e) => key(e.rawHash));
    keys.push(new Uint8Array(32).fill(1));
    const { multiproof, checkpoint } = trail.proveMany(keys)!;
    const verdict = verifyMultiproof(multiproof, { root: key(checkpoint.root) });
    expect(verdict).toMatchObject({ ok: true });
    expect(verdict.ok && [verdict.present.length, verdict.absent.length]).toEqual([keys.length - 1, 1]);
    const { extension, older, newer } = trail.proveExtension({ version: 3 }, { version: line.length })!;
    expect(verifyExtension(extension, { oldRoot: key(older.root), newRoot: key(newer.root) })).toEqual({ ok: true });
    expect(() => trail.proveExtension({ version: 4 }, { version: 3 })).toThrow(RangeError);
    trail.close();
  });

  it("are never handed out over damage", async () => {
    const { trail, file } = newTrail();
    trail.append(variedEvents(50));
    trail.checkpoint();
    const event = trail.event(20)!;
    trail.close();
    const damaged = join(folder(), "damaged.db");
    copyFileSync(file, damaged);
    forge(damaged, "UPDATE nodes SET data = zeroblob(length(data))");
    let opened = Trail.open(damaged);
    expect(() => opened.prove(key(event.rawHash))).toThrow(TreeDamageError);
    expect(opened.event(event.rawHash)?.sequence).toBe(20);
    expect((await opened.verify()).findings[0]?.kind).toBe("node-damaged");
    expect(opened.rebuild()).toEqual({ ok: true, checkpoints: 1, leaves: 100 });
    checks(opened.prove(key(event.rawHash)));
    expect(await opened.verify()).toMatchObject({ status: "verified", findings: [] });
    opened.append(variedEvents(3));
    checks(opened.prove(key(opened.event(53)!.rawHash)));
    opened.close();
    forge(damaged, "UPDATE events SET chainPrev = zeroblob(32) WHERE sequence = 20");
    opened = Trail.open(damaged);
    expect(() => opened.prove(key(event.rawHash))).toThrow(TrailError);
    expect(opened.rebuild()).toMatchObject({ ok: false, findings: [{ kind: "root-mismatch", version: 1 }] });
    opened.close();
  });
});

describe("session chains", () => {
  it("are complete to the newest checkpointed event, one a source", () => {
    const { trail } = newTrail();
    for (let i = 0; i < 20; i++) {
      trail.append([prepared({ sessionId: i % 2 === 0 ? "s" : "t", source: i % 3 === 0 ? "codex" : "openclaw" })]);
    }
    trail.checkpoint();
    trail.append([prepared({ sessionId: "s", source: "codex" }), prepared({ sessionId: "new" })]);
    const chains = trail.sessionChain("s");
    expect(chains.map((c) => [c.source, c.links.map((l) => l.event.sequence), c.current])).toEqual([
      ["codex", [1, 7, 13, 19], false],
      ["openclaw", [3, 5, 9, 11, 15, 17], false],
    ]);
    for (const chain of chains) {
      expect(chain.verdict).toEqual({ ok: true, completeTo: chain.links.at(-1)?.key });
    }
    expect(trail.sessionChain("new")).toMatchObject([{ links: [], verdict: { ok: false, code: "not-checkpointed" } }]);
    expect(trail.sessionChain("none")).toEqual([]);
    trail.close();
  });

  it("are broken, with a code, where an event was cut out, moved or relabelled", () => {
    const broken = (...forgery: string[]) => {
      const { trail, file } = newTrail();
      for (let i = 0; i < 8; i++) trail.append([prepared({ sessionId: "s" }), prepared({ sessionId: "t" })]);
      trail.checkpoint();
      trail.close();
      forge(file, ...forgery);
      const again = Trail.open(file, { readOnly: true });
      const verdict = again.sessionChain("s")[0]?.verdict;
      again.close();
      return verdict;
    };
    expect(broken()).toMatchObject({ ok: true });
    expect(broken("DELETE FROM events WHERE sequence = 7")).toMatchObject({ ok: false, code: "leaf-mismatch" });
    expect(broken("UPDATE events SET sessionId = 'x' WHERE sequence = 7")).toMatchObject({ code: "leaf-mismatch" });
    expect(broken("UPDATE events SET chainPrev = NULL WHERE sequence = 7")).toMatchObject({ code: "leaf-mismatch" });
    expect(broken("UPDATE events SET sessionId = 's' WHERE sequence = 8")).toMatchObject({
      code: "chain-fork",
      sequence: 8,
    });
    expect(broken("UPDATE events SET rawHash = zeroblob(32) WHERE sequence = 15")).toMatchObject({ code: "chain-gap" });
  });
});

describe("freezing", () => {
  it("is put on record once, drops what is superseded, changes no root and no proof", async () => {
    const { trail, line } = epochs();
    const event = trail.event(3)!;
    const before = line.map(({ version }) => JSON.stringify(trail.prove(key(event.rawHash), { at: { version } })));
    expect(trail.epoch(4)).toBeUndefined();
    expect(trail.freezableEpochs().map((e) => e.epoch)).toEqual([0, 1, 2, 3]);
    expect(trail.freezableEpochs({ olderThanMs: 3_100 }).map((e) => e.epoch)).toEqual([0, 1, 2]);
    for (const epoch of trail.freezableEpochs({ olderThanMs: 3_100 })) {
      expect(trail.freeze(epoch)).toMatchObject({ epoch: epoch.epoch, root: epoch.sealed.root, recorded: true });
    }
    expect(trail.freeze(trail.epoch(1)!)).toMatchObject({ recorded: false, nodesDropped: 0 });
    expect(trail.status().tree.frozenEpochs).toEqual([0, 1, 2]);
    expect(trail.freezableEpochs().map((e) => e.epoch)).toEqual([3]);
    const noted = [...trail.events({ type: "system.freeze" })];
    expect(noted.map((e) => e.metadata)).toEqual(
      [0, 1, 2].map((epoch) => ({
        epoch,
        firstSequence: epoch * 54 + 1,
        lastSequence: epoch * 54 + 54,
        root: trail.epoch(epoch)!.sealed.root,
      })),
    );
    let replays = 0;
    for (const [i, { version }] of line.entries()) {
      const onReplay = () => {
        replays++;
      };
      const again = JSON.stringify(trail.prove(key(event.rawHash), { at: { version }, onReplay }));
      expect(JSON.parse(again).proof).toEqual(JSON.parse(before[i]!).proof);
    }
    expect(replays).toBeGreaterThanOrEqual(15);
    trail.checkpoint();
    expect(await trail.verify()).toMatchObject({ status: "verified", findings: [] });
    expect(trail.rebuild()).toMatchObject({ ok: true });
    expect(await trail.verify()).toMatchObject({ status: "verified", findings: [] });
    trail.close();
  });

  it("is gone on with by later checkpoints where the process died in it, wherever", async () => {
    for (let lives = 1; lives <= 3; lives++) {
      const { trail } = epochs();
      const kept = () =>
        trail.database.prepare("SELECT count(*) AS n FROM checkpoints WHERE epoch = 1 AND rootNode IS NOT NULL").get()!
          .n;
      expect(kept()).toBe(6);
      const { exec } = trail.database;
      let transactions = 0;
      trail.database.exec = (sql) => {
        if (sql.includes("BEGIN IMMEDIATE") && transactions++ === lives) throw new Error("died");
        exec.call(trail.database, sql);
      };
      expect(() => trail.freeze(trail.epoch(1)!)).toThrow("died");
      trail.database.exec = exec;
      for (let i = 0; i < 2; i++) {
        trail.append(variedEvents(3));
        trail.checkpoint();
      }
      expect(kept()).toBe(1);
      expect(await trail.verify()).toMatchObject({ status: "verified", findings: [], notes: [] });
      trail.close();
    }
  });

  it("archives verify without the database, before and after", async () => {
    const { trail } = epochs();
    const lines = (n: number) => [...trail.archive(trail.epoch(n)!)];
    const before = [0, 1, 2].map(lines);
    for (const n of [0, 1, 2]) trail.freeze(trail.epoch(n)!);
    expect([0, 1, 2].map(lines)).toEqual(before);
    for (const n of [0, 1, 2]) {
      const epoch = trail.epoch(n)!;
      const ask = {
        root: key(epoch.sealed.root),
        previousRoot: n === 0 ? new Uint8Array(32) : key(trail.epoch(n - 1)!.sealed.root),
      };
      const bytes = before[n]!.map((line) => Buffer.from(line));
      expect(await verifyArchive(bytes, ask)).toMatchObject({ ok: true });
      const without = bytes.filter((_, i) => i !== 5);
      expect(await verifyArchive(without, ask)).toMatchObject({ ok: false });
    }
    trail.close();
  });

  it("harms nothing when the clock jumps to 2099 and back", async () => {
    const { trail, clock } = newTrail({ epochDurationMs: 3_600_000 });
    const start = clock.now;
    for (const at of [0, 1, 2].flatMap((i) => [start + i, Date.UTC(2099, 5), start + i + 1])) {
      clock.now = at;
      trail.append(variedEvents(4));
    }
    trail.checkpoint();
    expect(trail.status().tree.epoch).toBe(6);
    for (const epoch of trail.freezableEpochs()) trail.freeze(epoch);
    trail.checkpoint();
    expect(await trail.verify()).toMatchObject({ status: "verified", findings: [] });
    trail.close();
  });

  it("gives space back to the file system", () => {
    const { trail, clock } = newTrail({ epochDurationMs: 1_000 });
    for (let i = 0; i < 120; i++) {
      trail.append(variedEvents(10));
      trail.checkpoint();
    }
    clock.now += 2_000;
    trail.append(variedEvents(1));
    trail.checkpoint();
    trail.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const before = trail.status().fileBytes;
    expect(trail.freeze(trail.epoch(0)!).nodesDropped).toBeGreaterThan(1_000);
    trail.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    expect(trail.status().fileBytes).toBeLessThan(before * 0.65);
    expect(trail.status().freeBytes).toBeLessThan(100_000);
    trail.close();
  });
});
