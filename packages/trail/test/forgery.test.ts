// Each forgery is caught and named (a test that alarms fire, not only that they stay silent).
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import { beforeAll, describe, expect, it } from "vitest";
import { unpack } from "../src/event/stored-content.js";
import type { Finding, VerifyReport } from "../src/replay/findings.js";
import { isCanonicalObject } from "../src/replay/row-check.js";
import { columnNames } from "../src/replay/rows.js";
import type { VerifyOptions } from "../src/replay/verify.js";
import { Trail } from "../src/trail.js";
import { Clock, folder, forge, newTrail, prepared, variedEvents } from "./support/trails.js";

/** 40 events over three epochs, checkpoints at 12, 20, 25, 34; 35 to 40 are after the last one. */
let original: string;
let line: Checkpoint[];
let later: Checkpoint;

beforeAll(() => {
  const { trail, clock, file } = newTrail({ epochDurationMs: 1_000 });
  trail.append(variedEvents(12));
  trail.checkpoint();
  trail.append(variedEvents(8));
  clock.now += 2_000;
  trail.append(variedEvents(5));
  trail.checkpoint();
  clock.now += 2_000;
  trail.append(variedEvents(9));
  trail.checkpoint();
  trail.append(variedEvents(6));
  line = [...trail.checkpoints()];
  trail.close();
  original = file;
  const copy = join(folder(), "later.db");
  copyFileSync(file, copy);
  const ahead = Trail.open(copy);
  later = ahead.checkpoint()!.checkpoint;
  ahead.close();
});

/** Verifies a copy after what an attacker did to it. */
async function after(
  change: (db: DatabaseSync) => void = () => {},
  options: VerifyOptions = {},
): Promise<VerifyReport & { kinds: string[]; first: Finding | undefined }> {
  const copy = join(folder(), "forged.db");
  copyFileSync(original, copy);
  forge(copy, change);
  const trail = Trail.open(copy, { readOnly: true });
  try {
    const report = await trail.verify(options);
    return { ...report, kinds: report.findings.map((f) => f.kind), first: report.findings[0] };
  } finally {
    trail.close();
  }
}

const run =
  (...statements: string[]) =>
  (db: DatabaseSync) => {
    for (const statement of statements) {
      const before = db.prepare("SELECT total_changes() AS n").get() as { n: number };
      db.exec(statement);
      const now = db.prepare("SELECT total_changes() AS n").get() as { n: number };
      if (/^(update|delete|insert)/i.test(statement)) expect(now.n, statement).toBeGreaterThan(before.n);
    }
  };

it("is silent on the original, with what is known of it", async () => {
  const report = await after(undefined, {
    knownRoots: line.map((c) => ({ sequence: c.lastSequence, root: c.root })),
    knownCheckpoints: line,
  });
  expect(report).toMatchObject({
    status: "verified",
    findings: [],
    events: 40,
    checkpoints: 4,
    checkpointsVerified: 4,
  });
});

it("does not pass over a known root that it cannot look for", async () => {
  await expect(after(undefined, { knownRoots: [{ sequence: 0, root: line[0]!.root }] })).rejects.toThrow(RangeError);
  await expect(after(undefined, { knownRoots: [{ sequence: 1, root: "AB" }] })).rejects.toThrow(RangeError);
});

describe("one column of one event", () => {
  const value: { [column: string]: string } = {
    contentLength: "coalesce(contentLength, 0) + 1",
    epoch: "epoch + 1",
  };
  const blobs = new Set([
    "contentHash",
    "content",
    "contentSalt",
    "previousHash",
    "chainPrev",
    "rawHash",
    "censoredHash",
  ]);
  const rows = [1, 12, 13, 20, 22, 34, 35, 37, 40];
  for (const column of columnNames.filter((name) => name !== "sequence")) {
    it(column, async () => {
      for (const n of rows) {
        const forms = blobs.has(column)
          ? ["x'00ff'", `x'${"00".repeat(32)}'`]
          : [value[column] ?? `coalesce(${column}, '') || 'x'`];
        for (const form of forms) {
          const report = await after(run(`UPDATE events SET ${column} = ${form} WHERE sequence = ${n}`));
          expect(report.status, `${column} = ${form} of ${n}`).toBe("tampered");
          expect(report.first, `${column} = ${form} of ${n}`).toMatchObject({ sequence: n });
        }
      }
    });
  }

  it("names the column where it can be told", async () => {
    const told: [string, string][] = [
      ["content", "x'1f8b'"],
      ["contentHash", `x'${"00".repeat(32)}'`],
      ["contentLength", "7"],
      ["createdAt", "'2026-01-15T12:00:00.001Z'"],
      ["category", "'agent'"],
      ["chainPrev", `x'${"00".repeat(32)}'`],
      ["epoch", "9"],
      ["rawHash", `x'${"00".repeat(32)}'`],
      ["censoredHash", `x'${"00".repeat(32)}'`],
      ["previousHash", `x'${"00".repeat(32)}'`],
      ["orgId", "'somebody'"],
    ];
    for (const [column, form] of told) {
      const report = await after(run(`UPDATE events SET ${column} = ${form} WHERE sequence = 6`));
      expect(report.first, column).toMatchObject({ kind: "row-altered", sequence: 6, column });
    }
  });

  it("its type alone: TEXT for BLOB, BLOB for TEXT, REAL for INTEGER", async () => {
    // STRICT refuses this; whoever writes the file by himself does not ask.
    const lax = (statement: string) => (db: DatabaseSync) => {
      db.enableDefensive?.(false);
      db.exec("PRAGMA writable_schema = ON");
      db.exec("UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') WHERE name = 'events'");
      db.exec("PRAGMA writable_schema = RESET");
      db.exec(statement);
      db.exec("PRAGMA writable_schema = ON");
      db.exec("UPDATE sqlite_schema SET sql = sql || ' STRICT' WHERE name = 'events'");
    };
    const changes = [
      ["description", "CAST(description AS BLOB)"],
      ["metadata", "CAST(metadata AS BLOB)"],
      ["content", "hex(content)"],
      ["description", "description || char(0) || 'tail'"],
      ["userId", "x''"],
      ["epoch", "9223372036854775807"],
      ["contentLength", "9223372036854775807"],
    ] as const;
    for (const [column, form] of changes) {
      const report = await after(lax(`UPDATE events SET ${column} = ${form} WHERE sequence = 6`));
      expect(report.status, `${column} = ${form}`).toBe("tampered");
      expect(report.findings, `${column} = ${form}`).toContainEqual(
        expect.objectContaining({ kind: "row-altered", sequence: 6 }),
      );
    }
  });

  it("the packed form of a content, also where it unpacks to the same", async () => {
    const report = await after((db) => {
      const row = db.prepare("SELECT content FROM events WHERE sequence = 6").get() as { content: Uint8Array };
      const text = unpack(row.content)!;
      const stored = gzipSync(text, { level: 0 });
      stored.set(row.content.subarray(0, 10));
      expect(unpack(stored)).toEqual(text);
      db.prepare("UPDATE events SET content = ? WHERE sequence = 6").run(stored);
    });
    expect(report.first).toMatchObject({ kind: "row-altered", sequence: 6, column: "content" });
  });

  it("bytes moved from one column to another", async () => {
    // The spliced text is the same; the columns are not.
    const report = await after((db) => {
      const row = db.prepare("SELECT metadata, occurredAt FROM events WHERE sequence = 2").get() as Record<
        string,
        string
      >;
      expect(row.occurredAt).toBeTypeOf("string");
      const spliced = `${row.metadata},"occurredAt":${JSON.stringify(row.occurredAt)}`;
      db.prepare("UPDATE events SET metadata = ?, occurredAt = NULL WHERE sequence = 2").run(spliced);
    });
    expect(report.first).toMatchObject({ kind: "row-altered", sequence: 2, column: "metadata" });
  });

  it("texts longer than any that is recorded, which are not parsed", async () => {
    const long = (name: string) => `UPDATE events SET ${name} = printf('%.*c', 1100000, '[') WHERE sequence = 6`;
    for (const column of ["description", "metadata", "userId"]) {
      const report = await after(run(long(column)));
      expect(report.first).toMatchObject({ kind: "row-altered", sequence: 6, column });
    }
    expect(isCanonicalObject(`{"a":[${"0,".repeat(99_997)}0]}`)).toBe(true);
    expect(isCanonicalObject(`{"a":[${"0,".repeat(99_998)}0]}`)).toBe(false);
    const body = await after(run("UPDATE checkpoints SET body = printf('%.*c', 70000, '[') WHERE version = 2"));
    expect(body.first).toMatchObject({ kind: "checkpoint-altered", version: 2 });
    const machine = await after(run("UPDATE trail SET machineId = machineId || printf('%.*c', 70000, ' ')"));
    expect(machine.findings).toContainEqual(expect.objectContaining({ kind: "genesis-altered" }));
  });

  it("every row, and findings stay bounded", async () => {
    const report = await after(run("UPDATE events SET description = description || '!'"));
    expect(report.status).toBe("tampered");
    expect(report.findings.length + report.moreFindings).toBeGreaterThanOrEqual(1);
    expect(report.findings.length).toBeLessThanOrEqual(100);
  });
});

describe("rows", () => {
  const remove = (n: number) => run(`DELETE FROM events WHERE sequence = ${n}`);

  it("deleted: first, middle, at a checkpoint's edge, after the last checkpoint", async () => {
    for (const n of [1, 7, 12, 13, 20, 21, 25, 34, 35, 38]) {
      expect((await after(remove(n))).first, String(n)).toMatchObject({ kind: "row-missing", sequence: n });
    }
    expect((await after(run("DELETE FROM events WHERE sequence BETWEEN 5 AND 15"))).first).toMatchObject({
      kind: "row-missing",
      sequence: 5,
    });
  });

  it("deleted at the end, head mended or not", async () => {
    expect((await after(remove(40))).first).toMatchObject({ kind: "truncated", sequence: 40 });
    const mend = (last: number) =>
      run(
        `DELETE FROM events WHERE sequence > ${last}`,
        `UPDATE head SET sequence = ${last}, rawKey = (SELECT rawHash FROM events WHERE sequence = ${last})`,
      );
    // Back to before the last checkpoint: the line of checkpoints knows.
    expect((await after(mend(33))).first).toMatchObject({ kind: "truncated", sequence: 34 });
    // Behind it only what is known outside knows.
    expect((await after(mend(36))).status).toBe("verified");
    expect(await after(mend(36), { knownRoots: [{ sequence: 40, root: later.root }] })).toMatchObject({
      status: "rolled-back",
      kinds: ["rollback-detected"],
    });
    expect(await after(mend(36), { knownCheckpoints: [later] })).toMatchObject({ status: "rolled-back" });
    expect((await after(run("DELETE FROM events"))).first).toMatchObject({ kind: "truncated", sequence: 1 });
  });

  it("swapped, near and far", async () => {
    for (const [a, b] of [
      [5, 6],
      [3, 18],
      [1, 2],
      [1, 40],
      [39, 40],
      [12, 13],
    ]) {
      const report = await after(
        run(
          `UPDATE events SET sequence = -1 WHERE sequence = ${a}`,
          `UPDATE events SET sequence = ${a} WHERE sequence = ${b}`,
          `UPDATE events SET sequence = ${b} WHERE sequence = -1`,
        ),
      );
      expect(report.first, `${a} and ${b}`).toMatchObject({ kind: "rows-swapped", sequence: a });
      expect(
        report.kinds.filter((kind) => kind === "rows-swapped"),
        `${a} and ${b}`,
      ).toHaveLength(2);
    }
  });

  it("inserted: behind the end, before the start", async () => {
    const copyTo = (n: number) =>
      run(
        "CREATE TEMP TABLE one AS SELECT * FROM events WHERE sequence = 9",
        `UPDATE one SET sequence = ${n}`,
        "INSERT INTO events SELECT * FROM one",
      );
    expect((await after(copyTo(0))).first).toMatchObject({ kind: "row-inserted", sequence: 0 });
    expect((await after(copyTo(-5))).first).toMatchObject({ kind: "row-inserted", sequence: -5 });
    const end = await after(copyTo(41));
    expect(end.kinds).toContain("row-inserted");
    expect(end.first).toMatchObject({ sequence: 41 });
    const shifted = await after(
      run(
        "UPDATE events SET sequence = -sequence - 1 WHERE sequence > 20",
        "UPDATE events SET sequence = -sequence WHERE sequence < 0",
        "CREATE TEMP TABLE one AS SELECT * FROM events WHERE sequence = 9",
        "UPDATE one SET sequence = 21",
        "INSERT INTO events SELECT * FROM one",
      ),
    );
    expect(shifted.status).toBe("tampered");
    expect(shifted.first).toMatchObject({ sequence: 21 });
  });
});

describe("what stands beside the rows", () => {
  it("an epoch length that no number holds: the file does not open, and says so", async () => {
    const change = (db: DatabaseSync) => db.exec("UPDATE trail SET epochDurationMs = 9007199254740993");
    await expect(after(change)).rejects.toMatchObject({ code: "trail-damaged" });
  });

  it("an index that is too many, or empty, and tables that are gone", async () => {
    for (const change of [
      "CREATE UNIQUE INDEX stop ON events ((1)) WHERE sequence > 40",
      "CREATE INDEX other ON checkpoints (version)",
      "DROP TABLE events",
      "DROP TABLE checkpoints",
      "DROP TABLE nodes",
    ]) {
      const report = await after((db) => db.exec(change));
      expect(report.kinds, change).toContain("schema-altered");
    }
    for (const index of ["events_session", "checkpointsByRoot"]) {
      const report = await after((db) => {
        db.enableDefensive?.(false);
        db.exec("PRAGMA writable_schema = ON; CREATE TABLE t (a); CREATE INDEX i ON t (a, 1, 2)");
        db.exec(`UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'i')
          WHERE name = '${index}'; DELETE FROM sqlite_schema WHERE name IN ('i', 't')`);
      });
      expect(report.status, index).toBe("tampered");
    }
  });

  it("integers that no number holds, anywhere, and a sequence without leaves", async () => {
    for (const [table, column] of [
      ["head", "sequence"],
      ["checkpoints", "lastSequence"],
      ["checkpoints", "version"],
      ["checkpoints", "epoch"],
      ["checkpoints", "rootNode"],
      ["checkpoints", "lastNode"],
      ["nodes", "chunk"],
      ["events", "contentLength"],
      ["events", "sequence"],
    ]) {
      for (const value of ["9007199254740991", "9007199254740993", "-9223372036854775808"]) {
        const change = `UPDATE ${table} SET ${column} = ${value} WHERE rowid = (SELECT max(rowid) FROM ${table})`;
        const report = await after(run(change));
        expect(report.status, change).toBe("tampered");
      }
    }
    expect((await after(run("UPDATE checkpoints SET body = 'null' WHERE version = 2"))).kinds).toContain(
      "checkpoint-altered",
    );
  });

  it("head", async () => {
    expect((await after(run("UPDATE head SET sequence = 41"))).first?.kind).toBe("truncated");
    expect((await after(run("UPDATE head SET sequence = 39"))).first?.kind).toBe("row-inserted");
    expect((await after(run("UPDATE head SET rawKey = zeroblob(32)"))).first?.kind).toBe("head-mismatch");
    expect((await after(run("UPDATE head SET rawKey = x'00'"))).first?.kind).toBe("head-mismatch");
    expect((await after(run("DELETE FROM head"))).kinds).toContain("head-mismatch");
    expect((await after(run("UPDATE head SET checkpoint = zeroblob(32)"))).first?.kind).toBe("checkpoint-altered");
    expect((await after(run("UPDATE head SET checkpoint = NULL"))).first?.kind).toBe("checkpoint-altered");
  });

  it("genesis, each field", async () => {
    for (const change of [
      `tree = '${"0".repeat(32)}'`,
      "createdAt = '2020-01-01T00:00:00.000Z'",
      "epochDurationMs = 999",
      `formats = '["sealtrail-event/1"]'`,
      "formats = replace(formats, ',', ', ')",
      "machineId = machineId || 'x'",
    ]) {
      const report = await after(run(`UPDATE trail SET ${change}`));
      expect(report.status, change).toBe("tampered");
      expect(report.first, change).toMatchObject({ kind: "genesis-altered" });
    }
  });

  it("genesis of an empty trail", async () => {
    const { trail, file } = newTrail();
    expect((await trail.verify()).status).toBe("empty");
    forge(file, "UPDATE trail SET createdAt = '2020-01-01T00:00:00.000Z'");
    const again = Trail.open(file, { readOnly: true });
    expect(await again.verify()).toMatchObject({ status: "tampered", findings: [{ kind: "genesis-altered" }] });
    again.close();
    trail.close();
  });

  it("checkpoint rows: each column, each field of the body, each row deleted", async () => {
    const numbers = ["lastSequence", "epoch", "lastNode"];
    for (const version of [1, 2, 3, 4]) {
      const where = `WHERE version = ${version}`;
      for (const column of numbers) {
        const report = await after(run(`UPDATE checkpoints SET ${column} = ${column} + 1 ${where}`));
        expect(report.status, `${column} of ${version}`).toBe("tampered");
      }
      for (const change of [
        "root = zeroblob(32)",
        "rootNode = 1",
        "rootNode = NULL",
        "body = body || ' '",
        "body = '{}'",
      ]) {
        // Without its node a version is only slower to prove: no evidence is lost, and it is what compaction leaves.
        const wanted = change === "rootNode = NULL" && version < 4 ? /verified|tampered/ : /tampered/;
        expect(
          (await after(run(`UPDATE checkpoints SET ${change} ${where}`))).status,
          `${change} of ${version}`,
        ).toMatch(wanted);
      }
      expect((await after(run(`DELETE FROM checkpoints ${where}`))).kinds, `row ${version}`).toContain(
        "checkpoint-altered",
      );
      const fields: { [name: string]: unknown } = {
        root: "0".repeat(64),
        createdAt: "2020-01-01T00:00:00.000Z",
        epoch: 7,
        lastSigned: version - 1,
        firstSequence: 2,
        lastSequence: 39,
        leafCount: 78,
        previous: "ab".repeat(32),
        tree: "0".repeat(32),
        version: 9,
      };
      for (const [name, value] of Object.entries(fields)) {
        if (name === "lastSigned" && version === 1) continue;
        const report = await after((db) => {
          const { body } = db.prepare(`SELECT body FROM checkpoints ${where}`).get() as { body: string };
          const text = JSON.stringify({ ...JSON.parse(body), [name]: value });
          db.prepare(`UPDATE checkpoints SET body = ? ${where}`).run(text);
        });
        expect(report.status, `${name} of ${version}`).toBe("tampered");
        expect(report.kinds, `${name} of ${version}`).toContain("checkpoint-altered");
      }
    }
  });

  it("a stored node, anywhere", async () => {
    const bytes = (db: DatabaseSync) =>
      (db.prepare("SELECT sum(length(data)) AS n FROM nodes").get() as { n: number }).n;
    let size = 0;
    await after((db) => {
      size = bytes(db);
    });
    for (let at = 0; at < size; at += 331) {
      const report = await after((db) => {
        let before = 0;
        for (const row of db.prepare("SELECT chunk, data FROM nodes ORDER BY chunk").all() as {
          chunk: number;
          data: Uint8Array;
        }[]) {
          if (at < before + row.data.length) {
            row.data[at - before]! ^= 4;
            db.prepare("UPDATE nodes SET data = ? WHERE chunk = ?").run(row.data, row.chunk);
            return;
          }
          before += row.data.length;
        }
      });
      expect(report.kinds, `byte ${at}`).toContain("node-damaged");
    }
    expect((await after(run("DELETE FROM nodes WHERE chunk = (SELECT min(chunk) FROM nodes)"))).kinds).toContain(
      "node-damaged",
    );
  });

  it("an index that no longer agrees with its table", async () => {
    const report = await after((db) => {
      const { sql, rootpage } = db
        .prepare("SELECT sql, rootpage FROM sqlite_schema WHERE name = 'events_session'")
        .get()!;
      const { sessionId } = db.prepare("SELECT sessionId FROM events WHERE sequence = 6").get()!;
      const put = db.prepare("UPDATE events SET sessionId = ? WHERE sequence = 6");
      put.run("zzz");
      db.enableDefensive?.(false);
      db.exec("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'events_session'");
      db.exec("PRAGMA writable_schema = RESET");
      db.prepare("UPDATE events SET sessionId = ? WHERE sequence = 6").run(sessionId as string);
      db.exec("PRAGMA writable_schema = ON");
      db.prepare("INSERT INTO sqlite_schema VALUES ('index', 'events_session', 'events', ?, ?)").run(rootpage!, sql!);
      db.exec("PRAGMA writable_schema = RESET");
    });
    expect(report).toMatchObject({ status: "tampered", kinds: ["file-damaged"] });
  });

  it("a table of nobody's, where the other packages' tables are named; theirs must be whole", async () => {
    const theirs = "CREATE TABLE more (a TEXT) STRICT; CREATE INDEX more_a ON more (a);";
    const otherTables = [theirs];
    const findings = async (sql: string) =>
      (await after((db) => db.exec(sql), { otherTables })).findings.map(({ kind, detail }) => `${kind}: ${detail}`);
    expect(await findings("SELECT 1")).toEqual([]);
    expect(await findings(theirs)).toEqual([]);
    const cases = {
      "CREATE TABLE extra (a)": "a table that no release makes: extra",
      "CREATE VIRTUAL TABLE extra USING fts5 (a)": "a table that no release makes: extra",
      "CREATE TABLE extra (a); CREATE INDEX extra_a ON extra (a)": "an index that no release makes: extra_a",
      [`${theirs} DROP INDEX more_a`]: "index more_a is not as this release makes it",
      [`${theirs} CREATE INDEX other ON more (a)`]: "an index that no release makes: other",
      ANALYZE: "a table that no release makes: sqlite_stat1",
    };
    for (const [sql, detail] of Object.entries(cases)) {
      expect(await findings(sql), sql).toContain(`schema-altered: ${detail}`);
    }
  });

  it("an index whose entries are gone, in whoever's table", async () => {
    const theirs = "CREATE TABLE more (a TEXT) STRICT; CREATE INDEX more_a ON more (a);";
    const report = await after(
      (db) => {
        db.exec(
          `${theirs} INSERT INTO more VALUES ('x'); CREATE TABLE other (a TEXT); CREATE INDEX other_a ON other (a);`,
        );
        db.enableDefensive?.(false);
        db.exec("PRAGMA writable_schema = ON");
        const root = "SELECT rootpage FROM sqlite_schema WHERE name = 'other_a'";
        db.exec(`UPDATE sqlite_schema SET rootpage = (${root}) WHERE name = 'more_a'`);
        db.exec("DELETE FROM sqlite_schema WHERE tbl_name = 'other'");
      },
      { otherTables: [theirs] },
    );
    expect(report.findings).toEqual([
      { kind: "file-damaged", detail: expect.stringMatching(/^SQLite says of the more table: .*more_a/) },
    ]);
  });

  it("a trigger, a view, a changed table", async () => {
    for (const change of [
      "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events WHERE sequence = new.sequence; END",
      "CREATE VIEW v AS SELECT * FROM events",
      "ALTER TABLE events ADD COLUMN more TEXT",
      "DROP INDEX events_session",
    ]) {
      expect((await after((db) => db.exec(change))).kinds, change).toContain("schema-altered");
    }
  });
});

it("rows that stand out of order in the file's pages are named, and read by nobody for ever", async () => {
  const { trail, file } = newTrail();
  trail.append(Array.from({ length: 200 }, (_, i) => prepared({ description: `call ${i + 1}.` })));
  trail.close();
  // The 64th row, which ends a page of the replay's, gets the number 0: what follows 0 begins with the first row.
  const bytes = readFileSync(file);
  const page = bytes.readUInt16BE(16);
  let changed = 0;
  for (let at = page; at < bytes.length; at += page) {
    if (bytes[at] !== 13) continue;
    for (let cell = 0; cell < bytes.readUInt16BE(at + 3); cell++) {
      const row = at + bytes.readUInt16BE(at + 8 + 2 * cell);
      const key = bytes[row]! < 128 ? row + 1 : row + 2;
      if (bytes[key] !== 64 || !bytes.subarray(row, row + 900).includes("call 64.")) continue;
      bytes[key] = 0;
      changed++;
    }
  }
  expect(changed).toBe(1);
  writeFileSync(file, bytes);
  const opened = Trail.open(file, { readOnly: true });
  const { status, findings } = await opened.verify();
  expect([status, findings[0]?.kind]).toEqual(["tampered", "file-damaged"]);
  expect([...opened.events()].length).toBeLessThan(500);
  opened.close();
});

it("a schema number of 0 is damage, not an older release", () => {
  const { trail, file } = newTrail();
  trail.close();
  forge(file, "PRAGMA user_version = 0");
  for (const readOnly of [true, false]) expect(() => Trail.open(file, { readOnly })).toThrow("user_version");
});

describe("the whole log rebuilt after an edit", () => {
  /** A new trail with the same genesis, machine and times, one event changed, as whoever holds the file could make it. */
  async function rebuilt(options: VerifyOptions): Promise<VerifyReport> {
    const source = Trail.open(original, { readOnly: true });
    const clock = new Clock(Date.parse(source.event(1)!.createdAt));
    const file = join(folder(), "rebuilt.db");
    const trail = Trail.create(file, { clock: clock.read, epochDurationMs: 1_000 });
    trail.database.exec(`UPDATE trail SET tree = '${source.genesis.tree}'`);
    trail.close();
    const { genesisHash } = await import("@sealtrail/verify/event");
    const opened = Trail.open(file, { clock: clock.read });
    opened.database.prepare("UPDATE head SET rawKey = ?").run(genesisHash(opened.genesis));
    let boundary = 0;
    for (const event of source.events()) {
      clock.now = Date.parse(event.createdAt);
      opened.append([
        prepared({
          type: event.type,
          description: event.sequence === 9 ? "nothing to see" : event.description!,
          metadata: JSON.stringify(event.metadata),
          contentSalt: source.contentSalt(event.sequence)!,
        }),
      ]);
      if (event.sequence === line[boundary]?.lastSequence) {
        opened.checkpoint();
        boundary++;
      }
    }
    source.close();
    const report = await opened.verify(options);
    opened.close();
    return report;
  }

  it("passes by itself, and is caught by a known root and by a known checkpoint", async () => {
    expect(await rebuilt({})).toMatchObject({ status: "verified" });
    const root = { sequence: line[1]!.lastSequence, root: line[1]!.root };
    expect(await rebuilt({ knownRoots: [root] })).toMatchObject({
      status: "tampered",
      findings: [{ kind: "known-root-mismatch", sequence: root.sequence }],
    });
    expect(await rebuilt({ knownCheckpoints: [line[2]!] })).toMatchObject({
      status: "tampered",
      findings: [{ kind: "equivocation", version: 3 }],
    });
  });

  it("but not its checkpoints: the first event that was changed is named", async () => {
    const { trail } = newTrail();
    trail.append(variedEvents(20));
    trail.checkpoint();
    const other = newTrail().trail;
    other.database.exec("DELETE FROM trail");
    const row = trail.database.prepare("SELECT * FROM trail").get() as Record<string, never>;
    other.database.prepare(`INSERT INTO trail VALUES (?, ?, ?, ?, ?, ?, ?)`).run(...Object.values(row));
    const head = trail.database.prepare("SELECT previousHash AS key FROM events WHERE sequence = 1").get() as {
      key: Uint8Array;
    };
    other.database.prepare("UPDATE head SET rawKey = ?").run(head.key);
    other.close();
    const forger = Trail.open(other.path, { clock: () => Date.parse(trail.event(1)!.createdAt) });
    forger.append(variedEvents(20));
    const columns = columnNames.join(", ");
    for (let n = 12; n <= 20; n++) {
      const values = Object.values(
        forger.database.prepare(`SELECT ${columns} FROM events WHERE sequence = ?`).get(n) as Record<string, never>,
      );
      trail.database.prepare("DELETE FROM events WHERE sequence = ?").run(n);
      trail.database
        .prepare(`INSERT INTO events (${columns}) VALUES (?${", ?".repeat(columnNames.length - 1)})`)
        .run(...values);
    }
    forger.close();
    const report = await trail.verify();
    expect(report.status).toBe("tampered");
    expect(report.findings[0]).toMatchObject({ kind: "chain-broken", sequence: 12 });
    trail.close();
  });

  it("another trail in its place is a restart", async () => {
    const { trail } = newTrail();
    trail.append(variedEvents(3));
    trail.checkpoint();
    expect(await trail.verify({ knownCheckpoints: [line[0]!] })).toMatchObject({
      status: "restarted",
      findings: [{ kind: "tree-id-mismatch" }],
    });
    trail.close();
  });
});
