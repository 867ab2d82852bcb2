import { randomBytes } from "node:crypto";
import { chmodSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { bytesToHex } from "@sealtrail/smt";
import { canonicalEvent, type EventBody, genesisHash, isEventBody, rawKey, saltOf } from "@sealtrail/verify/event";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundSalt, contentOfColumn, pack, unpack } from "../src/event/stored-content.js";
import { canonicalParts, canonicalText, type EventColumns } from "../src/log/canonical.js";
import { TrailError } from "../src/log/errors.js";
import { nativeSha256 } from "../src/log/native.js";
import { migrate, migrations } from "../src/log/schema.js";
import { uuidV7 } from "../src/log/uuid.js";
import { Trail } from "../src/trail.js";
import { someFile } from "./support/ingested.js";
import { folder, newTrail, prepared, variedEvents } from "./support/trails.js";

const code = (act: () => unknown): string | undefined => {
  try {
    act();
  } catch (error) {
    if (error instanceof TrailError) return error.code;
    throw error;
  }
  return undefined;
};
const mode = (path: string) => statSync(path).mode & 0o777;

describe("the file", () => {
  it("is the owner's alone, as is a folder made for it, and an existing folder keeps its mode", () => {
    const { trail, file } = newTrail();
    trail.append([prepared()]);
    expect(mode(file)).toBe(0o600);
    expect(mode(`${file}-wal`)).toBe(0o600);
    expect(mode(`${file}-shm`)).toBe(0o600);
    expect(mode(dirname(file))).toBe(0o700);
    const open = folder();
    chmodSync(open, 0o755);
    Trail.create(join(open, "audit.db")).close();
    expect(mode(open)).toBe(0o755);
    trail.close();
  });

  it("is narrowed when it was wider", () => {
    const { trail, file } = newTrail();
    trail.close();
    chmodSync(file, 0o644);
    Trail.open(file).close();
    expect(mode(file)).toBe(0o600);
  });

  it("is made whole or not at all, and never over another", () => {
    const { trail, file } = newTrail();
    trail.close();
    expect(code(() => Trail.create(file))).toBe("trail-exists");
    expect(readdirSync(dirname(file))).toEqual(["audit.db", "audit.db.key"]);
    const path = join(folder(), "audit.db");
    const boom = () => {
      throw new Error("no clock");
    };
    expect(() => Trail.create(path, { clock: boom })).toThrow("no clock");
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it("has the pragmas that the design wants", () => {
    const { trail } = newTrail();
    const pragma = (name: string) => Object.values(trail.database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    expect(pragma("journal_mode")).toBe("wal");
    expect(pragma("auto_vacuum")).toBe(2);
    expect(pragma("secure_delete")).toBe(1);
    expect(pragma("synchronous")).toBe(1);
    trail.close();
    const durable = newTrail({ durable: true }).trail;
    expect(Object.values(durable.database.prepare("PRAGMA synchronous").get() ?? {})[0]).toBe(2);
    durable.close();
  });

  it("is refused with a reason when it is missing, foreign or newer", () => {
    const here = folder();
    expect(code(() => Trail.open(join(here, "none.db")))).toBe("trail-missing");
    writeFileSync(join(here, "text.db"), "no database at all, but long enough to be looked at ".repeat(20));
    expect(code(() => Trail.open(join(here, "text.db")))).toBe("not-a-trail");
    const foreign = new DatabaseSync(join(here, "foreign.db"));
    foreign.exec("CREATE TABLE t (a)");
    foreign.close();
    expect(code(() => Trail.open(join(here, "foreign.db")))).toBe("not-a-trail");
    const { trail, file } = newTrail();
    trail.database.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    trail.close();
    expect(code(() => Trail.open(file))).toBe("trail-newer");
  });

  it("migrates forward, once, and only where it can write", () => {
    const { trail } = newTrail();
    const db = trail.database;
    const steps = [...migrations, "CREATE TABLE later (a); INSERT INTO later VALUES (1)"];
    expect(code(() => migrate(db, false, steps))).toBe("trail-older");
    migrate(db, true, steps);
    migrate(db, true, steps);
    expect(db.prepare("SELECT count(*) AS n FROM later").get()).toEqual({ n: 1 });
    const failing = [...steps, "CREATE TABLE more (a)", "CREATE TABLE more (a)"];
    expect(() => migrate(db, true, failing)).toThrow();
    expect(db.prepare("PRAGMA user_version").get()).toEqual({ user_version: steps.length });
    expect(() => db.prepare("SELECT * FROM more")).toThrow();
    trail.close();
  });

  it("reads where it may not write", () => {
    const { trail, file } = newTrail();
    trail.append(variedEvents(3));
    const reader = Trail.open(file, { readOnly: true });
    expect(reader.writable).toBe(false);
    expect([...reader.events()]).toHaveLength(3);
    expect(code(() => reader.append([prepared()]))).toBe("trail-read-only");
    reader.close();
    trail.close();
  });
});

describe("append", () => {
  it("makes events that anyone can check against the format", () => {
    const { trail } = newTrail();
    expect(trail.append(variedEvents(40))).toEqual({ added: 40, duplicate: 0, lastSequence: 40 });
    let previous = bytesToHex(genesisHash(trail.genesis));
    for (const stored of trail.events()) {
      const { chainPrev, epoch, rawHash, censoredHash, ...members } = stored;
      const body = { format: "sealtrail-event/1", machineId: trail.machineId, ...members } as EventBody;
      expect(isEventBody(body)).toBe(true);
      expect(stored.previousHash).toBe(previous);
      const salt = saltOf(trail.contentSalt(stored.sequence)!);
      expect(bytesToHex(rawKey(salt, canonicalEvent(body)))).toBe(rawHash);
      previous = rawHash;
    }
    trail.close();
  });

  it("links each event to the one before in its session and source, across writers", () => {
    const { trail, file } = newTrail();
    const other = Trail.open(file);
    const last = new Map<string, string>();
    for (let i = 0; i < 30; i++) {
      const session = `s${i % 3}`;
      const source = i % 2 === 0 ? "codex" : "openclaw";
      const writer = i % 5 === 0 ? other : trail;
      const { lastSequence } = writer.append([prepared({ sessionId: session, source })]);
      const stored = trail.event(lastSequence)!;
      expect(stored.chainPrev).toBe(last.get(`${session} ${source}`) ?? null);
      last.set(`${session} ${source}`, stored.rawHash);
    }
    other.close();
    trail.close();
  });

  it("counts duplicates and writes nothing for them", () => {
    const { trail } = newTrail();
    const dedupe = new Uint8Array(16).fill(7);
    expect(trail.append([prepared({ dedupe }), prepared({ dedupe }), prepared()])).toMatchObject({
      added: 2,
      duplicate: 1,
    });
    expect(trail.append([prepared({ dedupe })])).toMatchObject({ added: 0, duplicate: 1, lastSequence: 2 });
    trail.close();
  });

  it("leaves nothing of a transaction that failed", () => {
    const { trail } = newTrail();
    trail.append([prepared()]);
    const dedupe = new Uint8Array(16).fill(1);
    const sink = trail.sink();
    const good = { ...someFile, bytes: 5, number: 1, lines: 1, hash: "00" };
    const bad = { ...good, bytes: 1n as unknown as number };
    expect(() => sink.append([prepared({ dedupe })], bad)).toThrow(TypeError);
    expect(trail.lastSequence).toBe(1);
    expect(sink.append([prepared({ dedupe })], good)).toMatchObject({ added: 1 });
    expect(sink.files.last("any", "/a")).toEqual({ ...good, sound: true });
    trail.close();
  });

  it("tells the host's time only where it differs by more than a second", () => {
    const { trail, clock } = newTrail();
    const at = (ms: number) => new Date(clock.now + ms).toISOString();
    trail.append([
      prepared({ occurredAt: at(-1000) }),
      prepared({ occurredAt: at(1000) }),
      prepared({ occurredAt: at(-1001) }),
    ]);
    expect([...trail.events()].map((e) => e.occurredAt)).toEqual([undefined, undefined, at(-1001)]);
    trail.close();
  });

  it("puts a clock that was set back on record, and counts epochs whatever it does", () => {
    const { trail, clock } = newTrail({ epochDurationMs: 1000 });
    const dedupe = new Uint8Array(16).fill(3);
    trail.append([prepared()]);
    clock.now -= 4_999;
    trail.append([prepared()]);
    clock.now -= 5_001;
    trail.append([prepared({ dedupe })]);
    clock.now = Date.UTC(2099, 0);
    trail.append([prepared()]);
    clock.now = Date.UTC(2026, 0, 15, 12);
    trail.append([prepared()]);
    const events = [...trail.events()];
    expect(events.map((e) => e.type)).toEqual([
      "tool.invoked",
      "tool.invoked",
      "system.clock_changed",
      "tool.invoked",
      "tool.invoked",
      "system.clock_changed",
      "tool.invoked",
    ]);
    expect(events.map((e) => e.epoch)).toEqual([0, 1, 2, 2, 3, 4, 4]);
    expect(trail.database.prepare("SELECT sequence FROM dedupe").all()).toEqual([{ sequence: 4 }]);
    trail.close();
  });

  it("refuses what no replay could confirm", () => {
    const { trail } = newTrail();
    for (const change of [
      { description: "half \ud800" },
      { sessionId: "a\0b" },
      { metadata: "[]" },
      { category: "agent" as const },
      { dedupe: new Uint8Array(5) },
      { contentSalt: new Uint8Array(31) },
    ]) {
      expect(() => trail.append([prepared(change)])).toThrow(TypeError);
    }
    expect(trail.lastSequence).toBe(0);
    trail.close();
  });
});

describe("reading", () => {
  it("filters, and gives the newest oldest first", () => {
    const { trail, clock } = newTrail();
    trail.append(variedEvents(10));
    clock.now += 60_000;
    trail.append([prepared({ type: "agent.end", category: "agent", sessionId: "x" })]);
    const sequences = (query: Parameters<Trail["events"]>[0]) => [...trail.events(query)].map((e) => e.sequence);
    expect(sequences({ last: 3 })).toEqual([9, 10, 11]);
    expect(sequences({ category: "agent" })).toEqual([11]);
    expect(sequences({ type: "tool.invoked", last: 1 })).toEqual([10]);
    expect(sequences({ session: "x" })).toEqual([11]);
    expect(sequences({ since: new Date(clock.now).toISOString() })).toEqual([11]);
    expect(sequences({ until: new Date(clock.now - 1).toISOString(), after: 8 })).toEqual([9, 10]);
    expect(() => sequences({ since: "yesterday" })).toThrow(RangeError);
    trail.close();
  });

  it("gives content back, and finds an event by its names", () => {
    const { trail } = newTrail();
    trail.append(variedEvents(4));
    expect(Buffer.from(trail.content(2)!).toString()).toBe("output 1 ".repeat(20));
    expect(trail.content(1)).toBeUndefined();
    const stored = trail.event(2)!;
    expect(trail.event(stored.id)).toEqual(stored);
    expect(trail.event(99)).toBeUndefined();
    trail.close();
  });

  it("finds every event by its id, also where the clock jumped or a row was altered", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -20_000, max: 20_000 }), { minLength: 1, maxLength: 30 }),
        fc.boolean(),
        (jumps, altered) => {
          const { trail, clock } = newTrail();
          for (const jump of jumps) {
            clock.now += jump;
            trail.append([prepared(), prepared()]);
          }
          if (altered) trail.database.exec("UPDATE events SET createdAt = 'no time' WHERE sequence % 3 = 0");
          for (const event of trail.events()) expect(trail.event(event.id)).toEqual(event);
          for (const id of [
            "",
            "none",
            "0198c0de-0000-7000-8000-000000000000",
            "ffffffff-ffff-7fff-bfff-ffffffffffff",
          ]) {
            expect(trail.event(id)).toBeUndefined();
          }
          trail.close();
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe("pieces", () => {
  it("joins columns to what the JCS library makes of the event", () => {
    const text = fc.string({ unit: "binary" });
    const optional = fc.option(text);
    const columns = fc.record({
      agentId: optional,
      category: text,
      contentHash: fc.option(fc.constant("ab".repeat(32))),
      contentLength: fc.option(fc.nat()),
      description: text,
      metadata: fc.dictionary(text, fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean())),
      occurredAt: optional,
      orgId: optional,
      runId: optional,
      sessionId: optional,
      source: text,
      type: text,
      userId: optional,
    });
    fc.assert(
      fc.property(columns, text, fc.nat(), text, (c, id, sequence, machineId) => {
        const metadata = canonicalEvent(c.metadata as unknown as EventBody);
        const parts = canonicalParts({ ...c, metadata } as EventColumns, machineId);
        const place = { createdAt: id, id, previousHash: machineId, sequence };
        const body = Object.fromEntries(
          Object.entries({ ...c, ...place, machineId, format: "sealtrail-event/1" }).filter(([, v]) => v !== null),
        );
        expect(canonicalText(parts, place)).toBe(canonicalEvent(body as unknown as EventBody));
      }),
      { numRuns: 300 },
    );
  });

  it("makes UUIDv7 with every random bit fresh", () => {
    const ones = uuidV7(0x0123456789ab, new Uint8Array(10).fill(255));
    const zeros = uuidV7(0x0123456789ab, new Uint8Array(10));
    expect(ones).toBe("01234567-89ab-7fff-bfff-ffffffffffff");
    expect(zeros).toBe("01234567-89ab-7000-8000-000000000000");
    // 128 bits less 48 of time, 4 of version, 2 of variant.
    const bits = (uuid: string) => BigInt(`0x${uuid.replaceAll("-", "")}`);
    expect((bits(ones) ^ bits(zeros)).toString(2).replaceAll("0", "")).toHaveLength(74);
  });

  it("packs content so that no byte may differ, and binds the packed form to the salt", () => {
    const content = Buffer.from("some output ".repeat(50));
    const packed = pack(content)!;
    const salt = boundSalt(new Uint8Array(32).fill(7), packed);
    expect([...salt.subarray(0, 20)]).toEqual(Array(20).fill(7));
    expect(contentOfColumn(packed, salt)).toEqual(content);
    expect(contentOfColumn(packed, new Uint8Array(32).fill(7))).toBeUndefined();
    for (const at of [3, 4, 8, 9, 12, packed.length - 5, packed.length - 1]) {
      const changed = Uint8Array.from(packed);
      changed[at]! ^= 1;
      expect(contentOfColumn(changed, salt)).not.toEqual(content);
      expect(unpack(changed)).toBeUndefined();
    }
    expect(unpack(Buffer.concat([packed, Buffer.from("x")]))).toBeUndefined();
    expect(unpack(packed.subarray(0, -1))).toBeUndefined();
    const bomb = gzipSync(Buffer.alloc(1_048_577));
    bomb.set(packed.subarray(0, 10));
    expect(unpack(bomb)).toBeUndefined();
  });

  it("stores as it is what packs to no less", () => {
    expect(pack(Buffer.from("short"))).toBeUndefined();
    expect(pack(randomBytes(500))).toBeUndefined();
  });
});

it("a trail writes nothing more once another file, or none, stands under its name", () => {
  const { trail, file } = newTrail();
  trail.append(variedEvents(3));
  renameSync(file, `${file}.aside`);
  expect(code(() => trail.append([prepared()]))).toBe("trail-replaced");
  Trail.create(file).close();
  expect(code(() => trail.append([prepared()]))).toBe("trail-replaced");
  expect(trail.lastSequence).toBe(3);
  trail.close();
});

it("a big batch goes in by transactions that hold the lock for a moment each, a small one by one", () => {
  const { trail: made, file } = newTrail();
  made.close();
  // Each hash takes a tenth of a millisecond, as on a machine with too much to do; the lock covers two of them an event.
  const slow: typeof nativeSha256 = (message) => {
    for (const until = performance.now() + 0.1; performance.now() < until; );
    return nativeSha256(message);
  };
  const trail = Trail.open(file, { hash: slow });
  const { exec } = trail.database;
  const sizes: number[] = [];
  let before = 0;
  trail.database.exec = (sql) => {
    if (sql === "COMMIT") {
      sizes.push(trail.lastSequence - before);
      before = trail.lastSequence;
    }
    exec.call(trail.database, sql);
  };
  expect(trail.append(Array.from({ length: 1_200 }, () => prepared())).added).toBe(1_200);
  expect(sizes[0]).toBe(512);
  expect(sizes.length).toBeGreaterThan(4);
  expect(Math.max(...sizes.slice(1))).toBeLessThan(200);
  sizes.length = 0;
  expect(trail.append(Array.from({ length: 512 }, () => prepared())).added).toBe(512);
  expect(sizes).toEqual([512]);
  trail.close();
});
