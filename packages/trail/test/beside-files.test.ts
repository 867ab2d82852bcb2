// What stands beside a trail may be anybody's: a pipe where a small file of ours should be holds nobody up, a link leads nowhere.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { trailSecret } from "../src/log/key-file.js";
import { reapHeartbeats, runMarkers, startHeartbeat } from "../src/marker/heartbeat.js";
import { noteSeen, seenOf } from "../src/marker/seen.js";
import { hasCorruptHeader } from "../src/restart/damage.js";
import { fileHash } from "../src/restart/salvage.js";
import { hasTrailSignature } from "../src/restart/traces.js";
import { Trail } from "../src/trail.js";
import { folder, newTrail } from "./support/trails.js";

const now = Date.UTC(2026, 0, 15, 12);
const pipe = (path: string) => {
  rmSync(path, { recursive: true, force: true });
  execFileSync("mkfifo", [path]);
};

it("a pipe in the place of the trail, its key, its notes or its markers is waited for by nobody", () => {
  const db = join(folder(), "audit.db");
  for (const path of [db, `${db}.key`, `${db}.seen-openclaw`, join(db, "..", "config.json")]) pipe(path);
  mkdirSync(`${db}.run`);
  pipe(join(`${db}.run`, "1-a.json"));
  expect(() => Trail.open(db)).toThrow("is no regular file");
  expect(trailSecret(db)).toBeUndefined();
  expect(hasCorruptHeader(db)).toBe(false);
  expect(fileHash(db)).toBeUndefined();
  expect(hasTrailSignature(db)).toBe(true);
  expect(runMarkers(db, now)).toEqual([]);
});

it("of a host that was seen, the note is a file of ours; a link in its place is not followed", () => {
  const db = join(folder(), "audit.db");
  noteSeen(db, "codex", now);
  expect(seenOf(db, "codex")).toEqual({ firstAt: "2026-01-15T12:00:00.000Z", lastAt: "2026-01-15T12:00:00.000Z" });
  const [name] = readdirSync(join(db, ".."));
  const other = join(folder(), "other");
  writeFileSync(other, "x");
  rmSync(join(db, "..", name!));
  symlinkSync(other, join(db, "..", name!));
  expect(seenOf(db, "codex")).toBeUndefined();
  expect(readFileSync(other, "utf8")).toBe("x");
  pipe(join(db, "..", name!));
  noteSeen(db, "codex", now);
  expect(seenOf(db, "codex")).toBeUndefined();
});

it("a marker is left also where something else stands in the folder's place; what we did not write is none", () => {
  const { trail, file } = newTrail();
  writeFileSync(`${file}.run`, "not a folder");
  const marker = startHeartbeat(file, "follow", { now });
  writeFileSync(join(`${file}.run`, "notes.txt"), "x");
  symlinkSync("/etc/passwd", join(`${file}.run`, "1-link.json"));
  const gone = { pid: 4194305, processStart: "1", machine: "elsewhere", startedAt: "2026-01-15T12:00:00.000Z" };
  // Its words would stand on record.
  writeFileSync(join(`${file}.run`, "1-words.json"), JSON.stringify({ ...gone, writer: "all is well \u001b[2J" }));
  expect(runMarkers(file, Date.now()).map(({ marker }) => marker?.writer)).toEqual([undefined, "follow"]);
  reapHeartbeats(trail, { now: Date.now() + 3_600_000 });
  expect(JSON.stringify([...trail.events()])).not.toContain("all is well");
  marker.remove();
  trail.close();
  expect(existsSync(join(`${file}.run`, "notes.txt"))).toBe(true);
});
