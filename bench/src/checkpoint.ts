// A checkpoint after 1,000 new leaves on a stored tree: time, and bytes written a changed node.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { bytesToHex, type SparseMerkleTree } from "@sealtrail/smt";
import { type Checkpoint, checkpointHash } from "@sealtrail/smt/checkpoint";
import { TreeStore, treeSchema } from "@sealtrail/smt/sqlite";
import { atMost, cpuOf, digest, type Figure, figure, median } from "./measure.ts";

function* leaves(from: number, to: number) {
  for (let n = from; n <= to; n++) yield { key: digest(`key ${n}`), value: digest(`value ${n}`), tag: n };
}

function checkpointOf(tree: SparseMerkleTree, previous: Checkpoint | undefined): Checkpoint {
  const version = tree.commit();
  return {
    format: "sealtrail-checkpoint/1",
    tree: "00".repeat(16),
    version,
    root: bytesToHex(tree.root),
    leafCount: tree.size,
    firstSequence: (previous?.lastSequence ?? 0) + 1,
    lastSequence: tree.size / 2,
    epoch: 0,
    createdAt: "2026-01-01T00:00:00.000Z",
    lastSigned: 0,
    previous: previous === undefined ? "0".repeat(64) : checkpointHash(previous),
  };
}

export function benchCheckpoint(size: number): Figure[] {
  const folder = mkdtempSync(join(tmpdir(), "sealtrail-bench-"));
  try {
    const file = join(folder, "tree.db");
    const db = new DatabaseSync(file);
    db.exec(
      "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 0",
    );
    db.exec(treeSchema);
    const store = new TreeStore(db);
    const first = store.open();
    for (let at = 0; at < size; at += 100_000) first.insertLeaves(leaves(at + 1, Math.min(at + 100_000, size)));
    const nodes = () => Number(db.prepare("SELECT sum(length(data)) / 72 AS n FROM nodes").get()!.n);
    let previous = checkpointOf(first, undefined);
    const bulk = cpuOf(() => store.save(first, [previous]));
    const stored = nodes();
    const times: number[] = [];
    const walls: number[] = [];
    const perNode: number[] = [];
    for (let round = 0; round < 7; round++) {
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      const before = nodes();
      const start = performance.now();
      times.push(
        cpuOf(() => {
          const tree = store.open();
          tree.insertLeaves(leaves(tree.size + 1, tree.size + 1000));
          previous = checkpointOf(tree, previous);
          if (store.save(tree, [previous]) !== "saved") throw new Error("lost");
        }) / 1000,
      );
      walls.push(performance.now() - start);
      perNode.push(statSync(`${file}-wal`).size / (nodes() - before));
    }
    const n = size.toLocaleString("en");
    const time = median(times);
    const bytes = median(perNode);
    const goal = size === 1_000_000;
    return [
      figure(`first save of ${n} leaves`, "ms", bulk / 1000),
      figure("nodes stored", "", stored),
      figure(
        `checkpoint of 1,000 new leaves on ${n}, opened anew: CPU`,
        "ms",
        time,
        goal ? atMost(time, 150) : undefined,
      ),
      figure("  wall, with its fsync", "ms", median(walls)),
      figure("  WAL a changed node", "bytes", bytes, goal ? atMost(bytes, 200) : undefined),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
