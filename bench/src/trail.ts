// A whole trail: bulk ingest, append of one event a transaction, checkpoint, cold proof in a process of its own, replay and
// verification, file size.
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepare, redactionPolicy, Trail } from "@sealtrail/trail";
import { ingest, readLines } from "@sealtrail/trail/ingest";
import { atLeast, atMost, cpuOf, type Figure, figure, median } from "./measure.ts";
import { lineOf, randomOf, writeLines } from "./workload.ts";

const cold = fileURLToPath(new URL("./cold.ts", import.meta.url));

export async function benchTrail(size: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "sealtrail-bench-"));
  try {
    const lines = join(folder, "events.ndjson");
    const file = join(folder, "audit.db");
    writeLines(lines, size);
    const trail = Trail.create(file);
    const redaction = redactionPolicy();
    const options = {
      sink: trail.sink(),
      source: "ndjson" as const,
      redaction,
      dedupeSecret: trail.dedupeSecret,
      file: { file: "0f".repeat(16), source: "ndjson", path: "bench", inode: "0:0", head: "", refused: 0 },
    };
    const handle = openSync(lines, "r");
    let start = performance.now();
    const ingesting = cpuOf(() => ingest(readLines(handle), options));
    const ingestWall = performance.now() - start;
    closeSync(handle);
    const catchingUp = cpuOf(() => trail.checkpoint());
    const totalWall = performance.now() - start;

    // One event a transaction: redacted, chained, hashed into both leaves' keys.
    const random = randomOf(11);
    const drafts = Array.from({ length: 5000 }, (_, i) => {
      const line = JSON.parse(lineOf(size + i, random));
      return { ...line, metadata: line.metadata } as Parameters<typeof prepare>[0];
    });
    const appends: number[] = [];
    const appendWalls: number[] = [];
    for (let round = 0; round < 5; round++) {
      start = performance.now();
      appends.push(
        cpuOf(() => {
          for (const draft of drafts.slice(round * 1000, round * 1000 + 1000))
            trail.append([prepare(draft, { source: "ndjson", redaction })]);
        }),
      );
      appendWalls.push(performance.now() - start);
    }
    const checkpoint = cpuOf(() => trail.checkpoint()) / 1000;
    const somewhere = trail.event(Math.floor(size / 2))!.rawHash;
    start = performance.now();
    const used = process.cpuUsage();
    const report = await trail.verify();
    const verifyWall = performance.now() - start;
    const { user, system } = process.cpuUsage(used);
    if (report.status !== "verified") throw new Error(`${report.status}: ${JSON.stringify(report.findings[0])}`);
    trail.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    trail.close();
    const events = size + drafts.length;
    const bytes = statSync(file).size;
    const { status, stdout, stderr } = spawnSync(process.execPath, [cold, file, somewhere], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    const { wall, memory } = JSON.parse(stdout) as { wall: number; memory: number };
    const n = size.toLocaleString("en");
    const ingestRate = (size / ingesting) * 1e6;
    const totalRate = (size / totalWall) * 1e3;
    const appendRate = 1000 / (median(appendWalls) / 1000);
    const replayRate = (events / verifyWall) * 1e3;
    const big = size >= 100_000;
    return [
      figure(`ingest of ${n} NDJSON lines`, "events/s CPU", ingestRate, big ? atLeast(ingestRate, 20_000) : undefined),
      figure("  wall", "events/s", (size / ingestWall) * 1e3),
      figure("  their tree and first checkpoint", "events/s CPU", (size / catchingUp) * 1e6),
      figure(
        "  tree and checkpoint included: wall",
        "events/s",
        totalRate,
        big ? atLeast(totalRate, 20_000) : undefined,
      ),
      figure(
        "append, one event a transaction, redacted and hashed: wall",
        "events/s",
        appendRate,
        atLeast(appendRate, 11_325, ">= 1.5 x 7,550"),
      ),
      figure("  CPU", "events/s", 1000 / (median(appends) / 1e6)),
      figure(`checkpoint of 5,000 new events on ${n}`, "ms CPU", checkpoint),
      figure(
        "replay and verification, a second thread allowed: wall",
        "events/s",
        replayRate,
        big ? atLeast(replayRate, 20_000) : undefined,
      ),
      figure("  CPU of all threads", "events/s", (events / (user + system)) * 1e6),
      figure("cold `audit smt proof`: wall", "ms", wall, big ? atMost(wall, 250) : undefined),
      figure("  memory", "MB", memory, big ? atMost(memory, 120) : undefined),
      figure("file, log and tree", "bytes an event", bytes / events),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
