// Several processes on one stored tree, and processes that die. The long form is part of `npm run faults`.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { oneFile } from "../../../trail/test/support/one-file.js";
import { bytesToHex } from "../../src/formats/hex.js";
import { TreeStore } from "../../src/sqlite/store.js";
import { SparseMerkleTree } from "../../src/tree/tree.js";
import { leavesOf, newDatabase, openDatabase } from "./line.js";

const worker = oneFile(fileURLToPath(new URL("worker.mjs", import.meta.url)));
afterAll(() => worker.remove());
const kills = Number(process.env.SEALTRAIL_KILLS ?? 5);
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealtrail-"));
  file = join(folder, "tree.db");
  newDatabase(file).close();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(what: string, leaves: number, step: number): { child: ChildProcess; end: Promise<string> } {
  const child = spawn(process.execPath, [worker.path, file, what, String(leaves), String(step)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr!.on("data", (chunk) => (said += chunk));
  const end = new Promise<string>((resolve) =>
    child.on("close", (code, signal) => resolve(code === 0 ? "" : `${code ?? signal} ${said}`)),
  );
  return { child, end };
}

/** How many versions anybody can see. */
function published(): number {
  const db = openDatabase(file);
  try {
    return new TreeStore(db).newest()?.version ?? 0;
  } finally {
    db.close();
  }
}

/** The line is whole, every root is that of the first leaves, every stored version can be walked. */
function check(): number {
  const db = openDatabase(file);
  const store = new TreeStore(db);
  const log = new SparseMerkleTree();
  let version = 0;
  let stored = 0;
  for (const c of store.all()) {
    expect(c.version).toBe(++version);
    log.insertLeaves(leavesOf(log.size + 1, c.leafCount));
    expect(c.root).toBe(bytesToHex(log.root));
    if (store.isStored(c.version)) stored++;
  }
  // A compaction that was broken off leaves nodes that no version reaches; the next one takes them out.
  expect([...store.audit(log)].filter((finding) => finding.kind !== "tree-stray")).toEqual([]);
  store.compact(Array.from({ length: store.newest()?.epoch ?? 0 }, (_, epoch) => epoch));
  expect([...store.audit(log)]).toEqual([]);
  expect(db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  db.close();
  expect(stored).toBeGreaterThanOrEqual(Math.min(version, 1));
  return version;
}

describe("several processes on one stored tree", () => {
  it("get on, whoever is first, and end with one line of checkpoints", async () => {
    const all = Array.from({ length: 4 }, (_, i) => start("catch up", 24_000, i % 2 === 0 ? 400 : 9000));
    for (const { end } of all) expect(await end).toBe("");
    const versions = check();
    expect(versions).toBeGreaterThan(2);
  });

  it(`lose nothing that was published when they are killed, ${kills} times`, { timeout: 600_000 }, async () => {
    for (let round = 0; round < kills; round++) {
      const all = [start("all", 0, 4000), ...(round % 3 === 0 ? [start("all", 0, 500)] : [])];
      await Promise.all(all.map(({ child }) => new Promise((ready) => child.stdout!.once("data", ready))));
      // The last ones on a file have published something before they are killed, however slow the machine is.
      const isLast = round % 5 === 4 || round === kills - 1;
      if (isLast) await expect.poll(published, { timeout: 120_000, interval: 100 }).toBeGreaterThan(0);
      // Anywhere in a save, a compaction or a rebuild.
      await sleep(20 + Math.random() * 900);
      for (const { child, end } of all) {
        child.kill("SIGKILL");
        expect(await end).toMatch(/^SIGKILL/);
      }
      if (round % 5 === 4) {
        expect(check()).toBeGreaterThan(0);
        if (round < kills - 1) {
          rmSync(file);
          newDatabase(file).close();
        }
      }
    }
    expect(check()).toBeGreaterThan(0);
  });
});
