// What stands in a spool folder: whatever it is, it neither stops nor poisons the record, and nothing is lost without a trace.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { encodeSpool } from "../src/spool/entry.js";
import { waits } from "../src/spool/folder.js";
import { spool, spooled, takeInSpool } from "../src/spool/index.js";
import { newTrail, prepared } from "./support/trails.js";

const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));

const plain = {
  type: "tool.invoked",
  category: "tool",
  source: "claude-code",
  description: "a command",
  metadata: "{}",
  contentSalt: Buffer.alloc(32, 1).toString("base64"),
};
const own = { type: "system.degraded", category: "system", source: "sealtrail" };
const file = (...events: unknown[]) => JSON.stringify({ format: "sealtrail-spool/1", events });

function spoolOf(db: string): string {
  const folder = `${db}.spool`;
  mkdirSync(folder, { mode: 0o700, recursive: true });
  return folder;
}

function withFiles(files: Record<string, string | Uint8Array | ((path: string) => void)>) {
  const { trail, file: db } = newTrail();
  const folder = spoolOf(db);
  let n = 0;
  for (const [name, make] of Object.entries(files)) {
    const path = join(folder, name.endsWith(".json") ? name : `${String(++n).padStart(15, "0")}-bad${n}.json`);
    if (typeof make === "function") make(path);
    else writeFileSync(path, make);
  }
  writeFileSync(join(folder, "999999999999999-good.json"), file({ ...plain, description: "the good one" }));
  return { trail, folder, db, n };
}

const strange: Record<string, string | Uint8Array | ((path: string) => void)> = {
  pipe: (path) => execFileSync("mkfifo", [path]),
  folder: (path) => mkdirSync(path),
  link: (path) => symlinkSync("/etc/passwd", path),
  "link to a device": (path) => symlinkSync("/dev/zero", path),
  "link to nothing": (path) => symlinkSync("/nowhere/at/all", path),
  "four gigabytes": (path) => {
    writeFileSync(path, "");
    truncateSync(path, 4 * 1024 ** 3);
  },
  empty: "",
  "no JSON": "{",
  "deep JSON": "[".repeat(100_000),
  "not UTF-8": Buffer.concat([Buffer.from('{"format":"'), Buffer.from([0xff, 0xfe])]),
  "a NUL": file({ ...plain, description: "a\0b" }),
  "half a surrogate pair": file({ ...plain, description: "\ud800" }),
  "half a surrogate pair in metadata": file({ ...plain, metadata: '{"a":"\\ud800"}' }),
  "metadata in another order": file({ ...plain, metadata: '{"b":1,"a":2}' }),
  "too much metadata": file({ ...plain, metadata: JSON.stringify({ a: "é".repeat(40_000) }) }),
  "a session with a NUL": file({ ...plain, sessionId: "a\0" }),
  "an endless session": file({ ...plain, sessionId: "a".repeat(600) }),
  "an impossible day": file({ ...plain, occurredAt: "2026-02-30T25:61:61.000Z" }),
  "content that is no text": file({ ...plain, content: "/////w==", contentLength: 4 }),
  "content of negative length": file({ ...plain, content: "YQ==", contentLength: -1 }),
  "an unknown category": file({ ...plain, type: "other.thing", category: "other" }),
};

for (const type of ["anchor", "clock_changed", "erasure", "freeze", "key_changed", "restarted", "retention"]) {
  strange[`system.${type}`] = file(plain, { ...plain, ...own, type: `system.${type}` });
  strange[`system.${type} of another source`] = file({ ...plain, type: `system.${type}`, category: "system" });
}
strange["an own event that nobody spools"] = file({ ...plain, ...own, type: "system.made_up" });

it("what cannot be taken in is put aside and on record, and the rest goes in", async () => {
  const { trail, folder, n } = withFiles(strange);
  const began = performance.now();
  const done = takeInSpool(trail);
  expect(performance.now() - began).toBeLessThan(3_000);
  // A pipe, a folder and three links are not ours to move.
  expect({ refused: done.refused, added: done.added }).toEqual({ refused: n - 5, added: 1 });
  expect(readdirSync(folder).filter((name) => !name.endsWith(".refused"))).toHaveLength(5);
  const events = [...trail.events()];
  expect(events.filter((e) => e.metadata?.reason === "spool-unreadable")).toHaveLength(n);
  expect(events.filter((e) => e.description === "the good one")).toHaveLength(1);
  expect(events.every((e) => e.type === "system.degraded" || e.type === "tool.invoked")).toBe(true);
  expect((await trail.verify()).status).toBe("verified");
  expect([spooled(folder).refused, spooled(folder).strange.length]).toEqual([n - 5, 5]);
  // Said once: they wait for nobody any more.
  expect(waits(trail.path)).toBe(false);
  takeInSpool(trail);
  expect([...trail.events()]).toHaveLength(n + 1);
  trail.close();
});

it("a hook with little time gets past files that cannot be taken in", () => {
  const { trail } = withFiles({ a: "{", b: "{", c: "{" });
  takeInSpool(trail, { most: 2 });
  takeInSpool(trail, { most: 2 });
  expect([...trail.events()].map((e) => e.description)).toContain("the good one");
  trail.close();
});

it("a second bad file of the same name is put aside beside the first, and is on record too", () => {
  const { trail, folder } = withFiles({});
  for (const text of ["{", "{{"]) {
    writeFileSync(join(folder, "000000000000001-same.json"), text);
    takeInSpool(trail);
  }
  expect(readdirSync(folder).filter((name) => name.endsWith(".refused"))).toHaveLength(2);
  expect([...trail.events()].filter((e) => e.metadata?.reason === "spool-unreadable")).toHaveLength(2);
  trail.close();
});

it("another event under the name of a file that was taken in is another event", () => {
  const { trail, folder } = withFiles({});
  for (const description of ["one", "two"]) {
    const path = join(spoolOf(trail.path), "000000000000001-same.json");
    writeFileSync(path, file({ ...plain, description }));
    takeInSpool(trail);
  }
  expect(existsSync(folder)).toBe(false);
  expect([...trail.events()].map((e) => e.description)).toEqual(["one", "the good one", "two"]);
  trail.close();
});

it("a draft whose time is in the future is taken in like one that was left behind", () => {
  const { trail, folder } = withFiles({});
  const draft = join(folder, ".000000000000001-draft.json.new");
  writeFileSync(draft, file({ ...plain, description: "from a draft" }));
  expect(spooled(folder).files).toHaveLength(1);
  utimesSync(draft, 4_070_908_800, 4_070_908_800);
  takeInSpool(trail);
  expect([...trail.events()].map((e) => e.description)).toContain("from a draft");
  trail.close();
});

const notes: [string, (path: string) => void, number | undefined][] = [
  ["of three", (path) => writeFileSync(path, "xxx"), 3],
  ["that is empty", (path) => writeFileSync(path, ""), undefined],
  ["that is a folder", (path) => mkdirSync(path), undefined],
  ["that is a pipe", (path) => execFileSync("mkfifo", [path]), undefined],
  ["that is a link to a big file", (path) => symlinkSync(process.execPath, path), undefined],
];

it.each(notes)("a note of losses %s is on record, never as 0 and never as a guess", (_, make, count) => {
  const { trail, file: db } = newTrail();
  const folder = spoolOf(db);
  make(join(folder, "lost"));
  expect(spooled(folder)).toMatchObject({ lost: count ?? 0, unknownLosses: count === undefined ? 1 : 0 });
  expect(takeInSpool(trail)).toMatchObject({ lost: count ?? 0, unknownLosses: count === undefined ? 1 : 0 });
  const { metadata } = [...trail.events()][0]!;
  expect(metadata).toEqual(
    count === undefined ? { reason: "spool-failed", unknown: true } : { reason: "spool-failed", count },
  );
  expect(waits(db)).toBe(false);
  takeInSpool(trail);
  expect([...trail.events()]).toHaveLength(1);
  trail.close();
});

it("where the spool takes no more and the note of losses is a pipe, the loss is noted in a file of its own", () => {
  const { trail, file: db } = newTrail();
  const folder = spoolOf(db);
  execFileSync("mkfifo", [join(folder, "lost")]);
  for (let n = 0; n < 10_000; n++) writeFileSync(join(folder, `${n}`), "");
  expect(spool(db, [prepared(), prepared()], { now: 1, random })).toBe(false);
  expect(spooled(folder)).toMatchObject({ lost: 2, unknownLosses: 1 });
  trail.close();
});

it("many big events are written as files that are read back", () => {
  const { trail, file: db } = newTrail();
  const content = new TextEncoder().encode("x".repeat(1_048_576));
  const events = Array.from({ length: 9 }, () => prepared({ content, contentLength: content.length }));
  expect(encodeSpool(events.slice(0, 8), undefined).length).toBeLessThan(16 * 1024 * 1024);
  expect(spool(db, events, { now: 1, random })).toBe(true);
  expect(takeInSpool(trail)).toMatchObject({ added: 9, refused: 0 });
  trail.close();
});
