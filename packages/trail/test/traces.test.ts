// A file that SQLite cannot read: a trail that was broken is begun anew, whatever it was broken with; a file that never was one
// stays where it is. An empty one is never opened, since SQLite would delete the WAL beside it.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { restartTrail } from "../src/restart/index.js";
import { recordIn } from "../src/restart/restart.js";
import { hasTrailSignature } from "../src/restart/traces.js";
import { Trail } from "../src/trail.js";
import { folder, newTrail, prepared, variedEvents } from "./support/trails.js";

const text = "- milk\n- bread\n".repeat(2_000);
const config = '{"format":"sealtrail-config/1"}';

function filled(): string {
  const { trail, file } = newTrail();
  trail.append(variedEvents(50));
  trail.close();
  return file;
}
const record = (file: string) => recordIn(file, { patienceMs: 300 }, (trail) => trail.append([prepared()]));
const kept = (file: string) =>
  readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.damaged-`));
const beside = (file: string, name: string, content: string) => writeFileSync(join(dirname(file), name), content);

function begunAnew(file: string): void {
  record(file);
  const trail = Trail.open(file);
  expect([...trail.events()].map((e) => e.type)).toEqual(["system.restarted", "tool.invoked"]);
  trail.close();
}

describe("a trail that was written over whole is begun anew", () => {
  const traces: [string, (file: string) => void][] = [
    ["its configuration", (file) => beside(file, "config.json", config)],
    ["its WAL", (file) => beside(file, `${basename(file)}-wal`, "x")],
    ["a run marker's folder", (file) => mkdirSync(`${file}.run`)],
    [
      "an earlier one, set aside",
      (file) => beside(file, `${basename(file)}.damaged-20261122T000000000Z-01234567`, "x"),
    ],
  ];
  it.each(traces)("where there is %s", (_, leave) => {
    const file = filled();
    leave(file);
    writeFileSync(file, text);
    begunAnew(file);
    expect(kept(file).some((name) => readFileSync(join(dirname(file), name), "utf8") === text)).toBe(true);
  });

  it("where its schema can still be read", () => {
    const file = filled();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0x41, 0, 100));
    begunAnew(file);
  });
});

describe("a file that never was a trail", () => {
  it("stays where it is: a text, a picture, beside a config.json of its own", () => {
    for (const content of [text, Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0])]) {
      const file = join(folder(), "notes.txt");
      writeFileSync(file, content);
      beside(file, "config.json", '{"name":"another program"}');
      expect(() => record(file)).toThrow("not a trail");
      expect(restartTrail(file, { reason: "damaged" })).toBeUndefined();
      expect(readFileSync(file)).toEqual(Buffer.from(content));
      expect(readdirSync(dirname(file)).sort()).toEqual(["config.json", "notes.txt"]);
    }
  });

  it("stays there beside a trail, whose configuration is not its own", () => {
    const file = filled();
    beside(file, "config.json", config);
    const rejects = join(dirname(file), "rejects.jsonl");
    writeFileSync(rejects, text);
    expect(() => record(rejects)).toThrow("not a trail");
    expect(readFileSync(rejects, "utf8")).toBe(text);
    // The spool that a hook then fills is no trace either.
    mkdirSync(`${rejects}.spool`);
    expect(hasTrailSignature(rejects)).toBe(false);
  });
});

describe("an empty file", () => {
  it("becomes a trail where somebody makes one", async () => {
    const file = join(folder(), "audit.db");
    writeFileSync(file, "");
    writeFileSync(`${file}-wal`, "");
    expect(() => Trail.open(file)).toThrow("is empty");
    const trail = Trail.create(file);
    trail.append([prepared()]);
    expect((await trail.verify()).status).toBe("verified");
    trail.close();
    expect(() => Trail.create(file)).toThrow("exists already");
    expect(readdirSync(dirname(file)).filter((name) => /empty|new$/.test(name))).toEqual([]);
  });

  it("is begun anew where something records, and says so: it may be a trail that was cut to nothing", async () => {
    const file = filled();
    truncateSync(file, 0);
    begunAnew(file);
    const trail = Trail.open(file);
    expect((await trail.verify()).status).toBe("restarted");
    expect(trail.event(1)?.metadata).toMatchObject({ reason: "damaged" });
    trail.close();
  });

  it("keeps the WAL beside it, whoever looks at it", () => {
    const { trail, file } = newTrail();
    trail.append([prepared({ description: "in the WAL alone" })]);
    const wal = readFileSync(`${file}-wal`);
    trail.close();
    writeFileSync(file, "");
    writeFileSync(`${file}-wal`, wal);
    expect(() => Trail.open(file)).toThrow("is empty");
    expect(() => Trail.open(file, { readOnly: true })).toThrow("is empty");
    expect(() => Trail.create(file)).toThrow("exists already");
    expect(readFileSync(`${file}-wal`)).toEqual(wal);
    record(file);
    const aside = kept(file).find((name) => name.endsWith("-wal"))!;
    expect(readFileSync(join(dirname(file), aside))).toEqual(wal);
    // What SQLite itself would have done.
    writeFileSync(`${file}.2`, "");
    writeFileSync(`${file}.2-wal`, wal);
    const db = new DatabaseSync(`${file}.2`);
    db.prepare("SELECT * FROM sqlite_schema").all();
    db.close();
    expect(existsSync(`${file}.2-wal`)).toBe(false);
  });

  it("behind a link is not ours to replace", () => {
    const file = join(folder(), "audit.db");
    writeFileSync(`${file}.target`, "");
    symlinkSync(`${file}.target`, file);
    expect(() => Trail.create(file)).toThrow("exists already");
  });
});
