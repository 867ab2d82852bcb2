// How long a hook that appends one event waits while another process does big work on the same trail, and how long that
// work holds the write lock at a time; the promise is 50 ms (architecture.md, concurrency).
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { redactionPolicy, Trail } from "@sealtrail/trail";
import { ingest, readLines } from "@sealtrail/trail/ingest";
import { atMost, type Figure, figure } from "./measure.ts";
import { writeLines } from "./workload.ts";

const rival = fileURLToPath(new URL("./rival.ts", import.meta.url));
const pauseMs = 5;

/** Spans in which this thread held the write lock: [when it was taken, milliseconds]. */
const held: [number, number][] = [];

/** Every connection of this thread tells when it takes the lock and when it gives it back. */
function watch(): void {
  const since = new WeakMap<DatabaseSync, [number, number]>();
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
    exec.call(this, sql);
    if (sql.includes("BEGIN IMMEDIATE")) since.set(this, [Date.now(), performance.now()]);
    else if (sql === "COMMIT" || sql === "ROLLBACK") {
      const begun = since.get(this);
      since.delete(this);
      if (begun !== undefined) held.push([begun[0], performance.now() - begun[1]]);
    }
  };
}

interface Spread {
  count: number;
  p50: number;
  p99: number;
  max: number;
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}

/** Runs `work` while the rival appends. */
async function beside(
  file: string,
  work: () => unknown,
): Promise<{ ms: number; waits: Spread; locks: Spread; held: Spread }> {
  const child = spawn(process.execPath, [rival, file, String(pauseMs)], { stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  const ready = Promise.withResolvers<void>();
  const over = new Promise((resolve) => child.on("close", resolve));
  child.stdout.on("data", (piece) => {
    said += piece;
    ready.resolve();
  });
  await ready.promise;
  held.length = 0;
  const begun = Date.now();
  await work();
  const ended = Date.now();
  child.stdin.end();
  await over;
  const waits = JSON.parse(said.slice("ready\n".length)) as [number, number, number][];
  const during = waits.filter(([at, ms]) => at + ms >= begun && at <= ended);
  return {
    ms: ended - begun,
    waits: spread(during.map(([, ms]) => ms)),
    locks: spread(during.map(([, , ms]) => ms)),
    held: spread(held.filter(([at]) => at <= ended).map(([, ms]) => ms)),
  };
}

/** `size` lines are taken in at once, a quarter of them each time otherwise. */
export async function benchTurns(size: number): Promise<Figure[]> {
  watch();
  const folder = mkdtempSync(join(tmpdir(), "sealtrail-turns-"));
  const figures: Figure[] = [];
  try {
    const lines = join(folder, "events.ndjson");
    const file = join(folder, "audit.db");
    writeLines(lines, size);
    let now = Date.now();
    let stepMs = 0;
    const trail = Trail.create(file, {
      clock: () => {
        now += stepMs;
        return now;
      },
    });
    const options = {
      source: "ndjson" as const,
      redaction: redactionPolicy(),
      file: { file: "0f".repeat(16), source: "ndjson", path: "bench", inode: "0:0", head: "", refused: 0 },
    };
    const takeIn = (from: number, to: number, dedupeSecret = trail.dedupeSecret) => {
      const handle = openSync(lines, "r");
      let n = 0;
      const some = function* () {
        for (const line of readLines(handle)) {
          if (n >= to) return;
          if (n++ >= from) yield line;
        }
      };
      ingest(some(), { ...options, dedupeSecret, sink: trail.sink() });
      closeSync(handle);
    };
    const row = async (name: string, work: () => unknown) => {
      const { ms, waits, locks, held: holds } = await beside(file, work);
      figures.push(
        figure(name, "ms", ms),
        figure("  lock held at a time, p50", "ms", holds.p50),
        figure("    p99", "ms", holds.p99, holds.count === 0 ? undefined : atMost(holds.p99, 50)),
        figure("    longest", "ms", holds.max),
        figure(`  beside it, ${waits.count} appends of one event, p50`, "ms", waits.p50),
        figure("    p99", "ms", waits.p99),
        figure("    longest", "ms", waits.max),
        figure("      of it, for the lock", "ms", locks.max),
      );
    };
    const part = Math.floor(size / 4);
    const n = (count: number) => count.toLocaleString("en");
    await row(`ingest of ${n(part)} lines`, () => takeIn(0, part));
    await row("their checkpoint", () => trail.checkpoint());
    stepMs = Math.ceil((400 * 3_600_000) / part / 1.5);
    takeIn(part, 2 * part);
    stepMs = 0;
    await row(`checkpoint of ${n(part)} events in some 400 epochs`, () => trail.checkpoint());
    for (let from = 2 * part; from < 3 * part; from += 200) {
      takeIn(from, from + 200);
      trail.checkpoint();
    }
    now += 2 * 3_600_000;
    takeIn(3 * part, 3 * part + 100);
    trail.checkpoint();
    await row("freeze of every epoch", () => {
      for (const epoch of trail.freezableEpochs()) trail.freeze(epoch);
    });
    await row("rebuild", () => trail.rebuild());
    await row(`ingest of ${n(size)} lines and their checkpoint`, () => {
      takeIn(0, size, new Uint8Array(32));
      trail.checkpoint();
    });
    const erased = Math.min(20_000, part);
    await row(`erasure of ${n(erased)} events`, () =>
      trail.erase({ sequences: Array.from({ length: erased }, (_, i) => i + 1) }),
    );
    await row("verification", () => trail.verify());
    trail.close();
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
