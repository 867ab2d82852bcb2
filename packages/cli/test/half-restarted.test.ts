// `audit init` where a trail's file is gone but something of it is left: what a dead process had ready for its place, whose
// first event names the damaged one (a fresh one instead would be a free way to be rid of the old), or its WAL.
import { existsSync, readdirSync, renameSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { Trail } from "@sealtrail/trail";
import { expect, test } from "vitest";
import { Home } from "./_run.js";

const types = (db: string) => {
  const trail = Trail.open(db, { readOnly: true });
  try {
    return [...trail.events()].map((event) => event.type);
  } finally {
    trail.close();
  }
};

/** Where a process died after it had set the damaged file aside; gives the lock that it left. */
async function halfRestarted(home: Home): Promise<string> {
  await home.audit(["init"]);
  const fresh = `${home.db}.0123456789abcdef.restarting`;
  const trail = Trail.create(fresh);
  trail.record("system.restarted", { description: "begun anew", metadata: { reason: "damaged" } });
  trail.close();
  const kept = `${basename(home.db)}.damaged-20261122T000000000Z-01234567`;
  renameSync(home.db, `${dirname(home.db)}/${kept}`);
  const lock = `${home.db}.restart`;
  writeFileSync(lock, JSON.stringify({ kept, fresh: basename(fresh) }));
  return lock;
}

test("what a dead process had ready takes its place", async () => {
  const home = new Home();
  const lock = await halfRestarted(home);
  expect((await home.audit(["init"])).code).toBe(75);
  expect(existsSync(home.db)).toBe(false);
  utimesSync(lock, 0, 0);
  expect((await home.audit(["init"])).code).toBe(73);
  expect(types(home.db)).toEqual(["system.restarted"]);
  expect((await home.audit(["status"])).out).toContain("trail-restarted");
});

test("a command that writes finishes it, too", async () => {
  const home = new Home();
  const lock = await halfRestarted(home);
  const line = { type: "tool.invoked", description: "late" };
  const ingest = () => home.audit(["ingest", "ndjson", "-"], { stdin: `${JSON.stringify(line)}\n` });
  expect((await ingest()).code).toBe(75);
  utimesSync(lock, 0, 0);
  expect((await ingest()).code).toBe(0);
  expect(types(home.db)).toEqual(["system.restarted", "tool.invoked"]);
});

test("a new trail never meets the WAL of one whose file was deleted", async () => {
  const home = new Home();
  await home.audit(["init"]);
  // A writer that still has it open, as a gateway does.
  const writer = Trail.open(home.db);
  for (let i = 0; i < 50; i++) writer.record("system.degraded", { description: `old ${i}`, metadata: { i } });
  unlinkSync(home.db);
  expect(existsSync(`${home.db}-wal`)).toBe(true);
  unlinkSync(`${dirname(home.db)}/config.json`);
  expect((await home.audit(["init"])).code).toBe(0);
  expect(types(home.db)).toEqual([]);
  const fresh = Trail.open(home.db);
  fresh.record("system.degraded", { description: "new", metadata: {} });
  fresh.close();
  writer.close();
  expect(types(home.db)).toEqual(["system.degraded"]);
  expect((await home.audit(["verify"])).code).toBe(0);
  // It is the only copy of what was recorded last.
  expect(readdirSync(dirname(home.db)).filter((name) => name.includes(".orphan-")).length).toBeGreaterThan(0);
});
