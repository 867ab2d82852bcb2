// Erasure: what stays, what goes, and that neither a forged nor a half erasure passes for one.
import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { bytesToHex, hexToBytes, verifyProof } from "@sealtrail/smt";
import { jcs, sha256 } from "@sealtrail/smt/formats";
import { beforeAll, describe, expect, it } from "vitest";
import { unpack } from "../src/event/stored-content.js";
import type { VerifyReport } from "../src/replay/findings.js";
import { keysOf, type ReadEvent, readEvent } from "../src/replay/row-check.js";
import { columnNames, rowsAfter } from "../src/replay/rows.js";
import { Trail } from "../src/trail.js";
import { folder, forge, newTrail, prepared, variedEvents } from "./support/trails.js";

const kept = [
  "sequence",
  "id",
  "createdAt",
  "type",
  "category",
  "rawHash",
  "censoredHash",
  "previousHash",
  "chainPrev",
  "epoch",
];

/** Every byte of every file in the trail's folder, and every packed content unpacked. */
function bytesOf(trail: Trail): Buffer {
  const here = dirname(trail.path);
  const files = readdirSync(here).map((name) => readFileSync(join(here, name)));
  const contents = trail.database
    .prepare("SELECT content FROM events WHERE content IS NOT NULL")
    .all()
    .map(({ content }) => unpack(content as Uint8Array) ?? (content as Uint8Array));
  return Buffer.concat([...files, ...contents]);
}

describe("erasing", () => {
  it("keeps leaves, chain and proofs, and destroys everything else", async () => {
    const { trail } = newTrail();
    trail.append(variedEvents(30));
    const before = trail.event(8)!;
    const salt = trail.contentSalt(8)!;
    const { checkpoint } = trail.checkpoint()!;
    expect(trail.erase({ sequences: [8] }, { reason: "asked for by mail" })).toEqual({
      erased: 1,
      alreadyGone: 0,
      refused: [],
      held: [],
      answeredBy: [31],
      walEmptied: true,
    });
    const row = trail.database.prepare("SELECT * FROM events WHERE sequence = 8").get()!;
    for (const name of columnNames)
      expect(row[name] === null, name).toBe(
        !kept.includes(name) || (before.chainPrev === null && name === "chainPrev"),
      );
    expect(trail.event(8)).toMatchObject({ sequence: 8, id: before.id, rawHash: before.rawHash, destroyed: true });
    expect(trail.event(before.rawHash)?.sequence).toBe(8);
    expect(trail.content(8)).toBeUndefined();
    expect(trail.contentSalt(8)).toBeUndefined();
    expect(bytesOf(trail).includes(salt)).toBe(false);
    for (const key of [before.rawHash, before.censoredHash]) {
      for (const at of [undefined, { version: checkpoint.version }]) {
        const { proof, checkpoint: c } = trail.prove(hexToBytes(key), at === undefined ? {} : { at })!;
        const ask = { root: hexToBytes(c.root), key: hexToBytes(key), value: hexToBytes(proof.value!) };
        expect(verifyProof(proof, ask)).toMatchObject({ ok: true });
        expect(proof.record).toMatchObject({ eventId: before.id });
      }
    }
    expect(trail.event(31)).toMatchObject({
      type: "system.erasure",
      metadata: { count: 1, ranges: [[8, 8]], reason: "asked for by mail", rule: "erasure" },
    });
    expect(await trail.verify()).toMatchObject({
      status: "verified",
      findings: [],
      notes: [{ kind: "erased", count: 1 }],
    });
    trail.checkpoint();
    expect(trail.rebuild()).toMatchObject({ ok: true });
    expect((await trail.verify()).status).toBe("verified");
    trail.close();
  });

  it("leaves no byte of it in the file, its log, its indexes or its free pages", async () => {
    const { trail } = newTrail();
    const secret = (i: number) => `SECRET-${i % 40}-`;
    // Sessions in random order, so that index pages split and merge.
    for (let round = 0; round < 20; round++) {
      trail.append(
        Array.from({ length: 100 }, (_, i) => {
          const n = (i * 37 + round * 11) % 100;
          return prepared({
            sessionId: `${secret(n)}session`,
            userId: `${secret(n)}user`,
            description: `${secret(n)}description`,
            metadata: JSON.stringify({ note: `${secret(n)}metadata`.repeat(n % 9 === 0 ? 300 : 1) }),
            content: Buffer.from(`${secret(n)}content `.repeat(n % 7 === 0 ? 2_000 : 2)),
            contentLength: 1,
          });
        }),
      );
    }
    trail.checkpoint();
    expect(bytesOf(trail).includes("SECRET-7-")).toBe(true);
    for (const n of [7, 13, 22, 39]) {
      expect(trail.erase({ session: `SECRET-${n}-session` })).toMatchObject({ walEmptied: true });
      const bytes = bytesOf(trail);
      expect(bytes.includes(`SECRET-${n}-`), `SECRET-${n}-`).toBe(false);
    }
    expect(bytesOf(trail).includes("SECRET-8-")).toBe(true);
    expect(await trail.verify()).toMatchObject({ status: "verified", findings: [] });
    trail.close();
  });

  it("of a whole session keeps the chains of the others, and later events of its own", async () => {
    const { trail } = newTrail();
    for (let i = 0; i < 60; i++) trail.append([prepared({ sessionId: `s${i % 3}` })]);
    expect(trail.erase({ session: "s1" })).toMatchObject({ erased: 20 });
    for (let i = 0; i < 12; i++) trail.append([prepared({ sessionId: `s${i % 3}` })]);
    trail.checkpoint();
    expect(trail.sessionChain("s0")[0]?.verdict).toMatchObject({ ok: true });
    expect(trail.sessionChain("s1")[0]).toMatchObject({ verdict: { ok: true } });
    expect(await trail.verify()).toMatchObject({ status: "verified", findings: [] });
    trail.close();
  });

  it("in the middle of a session leaves the chain whole through it", async () => {
    const { trail } = newTrail();
    for (let i = 0; i < 9; i++) trail.append([prepared({ sessionId: "s" })]);
    trail.erase({ sequences: [3, 4, 7] });
    trail.append([prepared({ sessionId: "s" })]);
    trail.erase({ sequences: [11] });
    trail.append([prepared({ sessionId: "s" })]);
    trail.checkpoint();
    const [chain] = trail.sessionChain("s");
    expect(chain?.verdict).toMatchObject({ ok: true });
    expect(chain?.links.map((l) => [l.event.sequence, l.event.destroyed === true])).toEqual([
      [1, false],
      [2, false],
      [3, true],
      [4, true],
      [5, false],
      [6, false],
      [7, true],
      [8, false],
      [9, false],
      [11, true],
      [13, false],
    ]);
    expect(await trail.verify()).toMatchObject({ status: "verified", findings: [] });
    trail.close();
  });

  it("takes many events in short transactions, and the dedupe keys with them", async () => {
    const { trail } = newTrail();
    const dedupe = (i: number) => Uint8Array.of(...Buffer.alloc(12), i >> 24, i >> 16, i >> 8, i);
    const batch = () =>
      Array.from({ length: 1_300 }, (_, i) => prepared({ sessionId: i % 2 ? "a" : "b", dedupe: dedupe(i) }));
    trail.append(batch());
    expect(trail.erase({ session: "a" })).toMatchObject({ erased: 650, answeredBy: [1301, 1302] });
    expect(trail.append(batch())).toMatchObject({ added: 650, duplicate: 650 });
    expect(await trail.verify()).toMatchObject({ status: "verified", findings: [] });
    trail.close();
  });

  it("never touches the trail's own events, and counts what is gone already", () => {
    const { trail } = newTrail();
    trail.append(variedEvents(3));
    trail.erase({ sequences: [1] });
    expect(trail.erase({ sequences: [1, 2, 4] })).toMatchObject({ erased: 1, alreadyGone: 1, refused: [4] });
    expect(() => trail.erase({ sequences: [99] })).toThrow(RangeError);
    expect(trail.erase({ session: "nobody" })).toMatchObject({ erased: 0, answeredBy: [] });
    trail.close();
  });
});

describe("forged erasure", () => {
  let original: string;

  beforeAll(() => {
    const { trail, file } = newTrail();
    trail.append(variedEvents(20));
    trail.erase({ sequences: [5, 6, 11] });
    trail.append(variedEvents(5));
    trail.checkpoint();
    trail.close();
    original = file;
  });

  async function after(change: string | ((db: DatabaseSync) => void)): Promise<VerifyReport> {
    const copy = join(folder(), "forged.db");
    copyFileSync(original, copy);
    expect(existsSync(`${original}-wal`)).toBe(false);
    forge(copy, change);
    const trail = Trail.open(copy, { readOnly: true });
    const report = await trail.verify();
    trail.close();
    return report;
  }
  const nulled = columnNames.filter((name) => !kept.includes(name));

  it("is told from the real one", async () => {
    expect(await after("SELECT 1")).toMatchObject({ status: "verified", findings: [] });
  });

  it("without an event that answers for it", async () => {
    const report = await after(
      `UPDATE events SET ${nulled.map((name) => `${name} = NULL`).join(", ")} WHERE sequence = 9`,
    );
    expect(report).toMatchObject({ status: "tampered", findings: [{ kind: "unauthorized-erasure", sequence: 9 }] });
  });

  it("of the last events, of system events", async () => {
    for (const n of [21, 26]) {
      const report = await after(
        `UPDATE events SET ${nulled.map((name) => `${name} = NULL`).join(", ")} WHERE sequence = ${n}`,
      );
      expect(report.status, String(n)).toBe("tampered");
      expect(
        report.findings.some((f) => f.sequence === n),
        String(n),
      ).toBe(true);
    }
  });

  it("with something left, in any column", async () => {
    for (const name of nulled) {
      const value = ["contentHash", "content", "contentSalt"].includes(name)
        ? "x'00'"
        : name === "contentLength"
          ? "0"
          : "''";
      const report = await after(`UPDATE events SET ${name} = ${value} WHERE sequence = 6`);
      expect(report.findings[0], name).toMatchObject({ kind: "unauthorized-erasure", sequence: 6, column: name });
    }
  });

  it("with what stays altered, in any column", async () => {
    for (const name of kept.filter((column) => column !== "sequence")) {
      const blob = ["rawHash", "censoredHash", "previousHash", "chainPrev"].includes(name);
      const text = name === "epoch" ? "epoch + 1" : `${name} || 'x'`;
      const forms = blob ? [`x'${"00".repeat(32)}'`, "x'00'"] : [text];
      if (name === "createdAt") forms.push("'2026-01-15T12:00:00.001Z'");
      if (name === "type") forms.push("'tool.denied'");
      for (const form of forms) {
        const report = await after(`UPDATE events SET ${name} = ${form} WHERE sequence = 11`);
        expect(report.status, name).toBe("tampered");
        expect(report.findings[0], `${name} = ${form}`).toMatchObject({ sequence: 11 });
      }
    }
  });

  it("named in the log, and there after all", async () => {
    const report = await after((db) => {
      const row = db.prepare("SELECT * FROM events WHERE sequence = 12").get()!;
      const set = nulled.map((name) => `${name} = ?`).join(", ");
      db.prepare(`UPDATE events SET ${set} WHERE sequence = 11`).run(...nulled.map((name) => row[name] as string));
    });
    expect(report.status).toBe("tampered");
    expect(report.findings.map((f) => f.sequence)).toContain(11);
  });

  it("by events that answer for rows without end, or for the same ones again and again", async () => {
    const { trail, file } = newTrail();
    trail.append(variedEvents(20));
    const claim = (ranges: [number, number][]) => ({
      description: "",
      metadata: { ranges, rawKeysHash: "0".repeat(64) },
    });
    for (let n = 0; n < 1_500; n++) trail.record("system.erasure", claim([[1, 20 + n]]));
    trail.close();
    // One more, far behind a gap, chained as it should be.
    forge(file, (db) => {
      const far = 2 ** 51;
      const row = [...rowsAfter(db, 0)].at(-1)!;
      const { machineId } = db.prepare("SELECT machineId FROM trail").get() as { machineId: string };
      const forged = { ...row, sequence: far, metadata: jcs(claim([[1, far - 1]]).metadata) };
      const event = readEvent(forged) as ReadEvent;
      const { raw } = keysOf(event, bytesToHex(event.previousHash), machineId, sha256);
      db.prepare(`INSERT INTO events SELECT ${columnNames.map((name) => (name === "sequence" ? "?" : name))} FROM events
        ORDER BY sequence DESC LIMIT 1`).run(far);
      db.prepare("UPDATE events SET metadata = ?, rawHash = ? WHERE sequence = ?").run(forged.metadata, raw, far);
    });
    const forged = Trail.open(file, { readOnly: true });
    const started = process.cpuUsage();
    const report = await forged.verify();
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
    forged.close();
    expect(report.status).toBe("tampered");
    expect(new Set(report.findings.map((f) => f.kind))).toContain("unauthorized-erasure");
    expect(report.moreFindings).toBeLessThan(20_000);
  });

  it("row deleted", async () => {
    expect((await after("DELETE FROM events WHERE sequence = 6")).findings[0]).toMatchObject({
      kind: "row-missing",
      sequence: 6,
    });
  });
});
