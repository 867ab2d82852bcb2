// A pruned row, each column in turn, left or altered, over several epochs, with whatever else a careful forger mends: caught
// each time, and named.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { sha256 } from "@sealtrail/smt/formats";
import { censoredKey } from "@sealtrail/verify/event";
import { beforeAll, describe, expect, it } from "vitest";
import { columnNames } from "../src/replay/rows.js";
import { Trail } from "../src/trail.js";
import { folder, forge, newTrail, prepared } from "./support/trails.js";

const day = 86_400_000;
let original: string;

beforeAll(() => {
  const { trail, clock, file } = newTrail();
  for (let i = 0; i < 20; i++) {
    trail.append([
      prepared({
        sessionId: `s${i % 2}`,
        description: `day ${i}`,
        content: Buffer.from(`said ${i}`),
        contentLength: 7,
      }),
    ]);
    if (i % 5 === 4) trail.checkpoint();
    clock.now += day;
  }
  trail.prune({ maxAgeMs: 8 * day, floorMs: 8 * day });
  trail.append([prepared({ sessionId: "s1" })]);
  trail.checkpoint();
  trail.close();
  original = file;
});

async function after(change: (db: DatabaseSync) => void) {
  const copy = join(folder(), "forged.db");
  copyFileSync(original, copy);
  forge(copy, change);
  const trail = Trail.open(copy, { readOnly: true });
  const report = await trail.verify();
  trail.close();
  return report;
}

type Named = [kind: string, sequence?: number, column?: string];
const named = (report: Awaited<ReturnType<typeof after>>): Named[] =>
  report.findings.map(({ kind, sequence, column }) => [kind, sequence, column].filter((x) => x !== undefined) as Named);

it("as it is, verifies, and says how many went by policy", async () => {
  const report = await after(() => {});
  expect(report).toMatchObject({ status: "verified", findings: [], notes: [{ kind: "pruned", count: 13 }] });
  expect(report.notes[0]?.detail).toContain("pruned by policy");
});

/** What each column of row 7 is set to, and what alone is found. */
const forged: Record<(typeof columnNames)[number], [form: string, found: Named][]> = {
  sequence: [],
  ...(Object.fromEntries(
    (
      ["occurredAt", "source", "sessionId", "agentId", "runId", "userId", "orgId", "description", "metadata"] as const
    ).map((column) => [column, ["''", "'{}'"].map((form) => [form, ["unauthorized-erasure", 7, column]])]),
  ) as unknown as Record<
    "occurredAt" | "source" | "sessionId" | "agentId" | "runId" | "userId" | "orgId" | "description" | "metadata",
    [string, Named][]
  >),
  contentHash: [["zeroblob(32)", ["unauthorized-erasure", 7, "contentHash"]]],
  contentLength: [["0", ["unauthorized-erasure", 7, "contentLength"]]],
  content: [["x''", ["unauthorized-erasure", 7, "content"]]],
  contentSalt: [["zeroblob(32)", ["unauthorized-erasure", 7, "contentSalt"]]],
  epoch: [["epoch + 1", ["row-altered", 7, "epoch"]]],
  // Any of the four that the censored key covers.
  id: [
    ["'01942000-0000-7000-8000-000000000000'", ["row-altered", 7, "censoredHash"]],
    ["id || 'x'", ["row-altered", 7, "id"]],
  ],
  createdAt: [
    ["'2026-01-15T12:00:00.001Z'", ["row-altered", 7, "censoredHash"]],
    ["'soon'", ["row-altered", 7, "createdAt"]],
  ],
  type: [["'tool.denied'", ["row-altered", 7, "censoredHash"]]],
  category: [
    ["'prompt'", ["row-altered", 7, "category"]],
    ["'system'", ["row-altered", 7, "category"]],
  ],
  censoredHash: [["zeroblob(32)", ["row-altered", 7, "censoredHash"]]],
  rawHash: [
    ["zeroblob(32)", ["row-altered", 7, "rawHash"]],
    ["zeroblob(31)", ["row-altered", 7, "rawHash"]],
  ],
  previousHash: [["zeroblob(32)", ["row-altered", 7, "previousHash"]]],
  // Only the leaf's record commits to it.
  chainPrev: [
    ["zeroblob(32)", ["root-mismatch", 7]],
    ["NULL", ["root-mismatch", 7]],
    ["(SELECT rawHash FROM events WHERE sequence = 6)", ["root-mismatch", 7]],
  ],
};

describe("one column of a pruned row, left or altered", () => {
  for (const column of columnNames) {
    for (const [form, found] of forged[column]) {
      it(`${column} = ${form}`, async () => {
        const report = await after((db) => db.exec(`UPDATE events SET ${column} = ${form} WHERE sequence = 7`));
        expect(report.status).toBe("tampered");
        // That, and nothing that is not so of any other row.
        expect(named(report)).toEqual([found]);
      });
    }
  }

  it("sequence", async () => {
    const report = await after((db) => db.exec("UPDATE events SET sequence = 100 WHERE sequence = 7"));
    expect(named(report).slice(0, 2)).toEqual([
      ["row-missing", 7],
      ["row-missing", 23],
    ]);
  });

  it("with the censored key made to fit", async () => {
    for (const change of [
      { type: "tool.denied" },
      { type: "prompt.input", category: "prompt" },
      { createdAt: "2026-01-21T12:00:00.001Z" },
      { id: "01942000-0000-7000-8000-000000000000" },
    ]) {
      const report = await after((db) => {
        const row = db.prepare("SELECT id, createdAt, type, category FROM events WHERE sequence = 7").get();
        const { id, createdAt, type, category } = { ...row, ...change } as Parameters<typeof censoredKey>[0];
        db.prepare(
          "UPDATE events SET id = ?, createdAt = ?, type = ?, category = ?, censoredHash = ? WHERE sequence = 7",
        ).run(id, createdAt, type, category, censoredKey({ id, createdAt, type, category }, sha256));
      });
      expect(named(report)[0], JSON.stringify(change)).toEqual(["root-mismatch", 7]);
    }
  });
});
