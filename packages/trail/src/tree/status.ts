// What `audit status` and `audit smt trees` show: read without a replay and without a scan of the log.

import { statSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";

export interface FileSizes {
  fileBytes: number;
  walBytes: number;
  /** Inside the file, not in use. */
  freeBytes: number;
}

export function fileSizes(db: DatabaseSync, path: string): FileSizes {
  const pragma = (name: string) => Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0);
  return {
    fileBytes: sizeOf(path),
    walBytes: sizeOf(`${path}-wal`),
    freeBytes: pragma("freelist_count") * pragma("page_size"),
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Files and the folder that others than the owner can reach. */
export function widerModes(path: string): { path: string; mode: string }[] {
  const wider: { path: string; mode: string }[] = [];
  for (const part of [path, `${path}-wal`, `${path}-shm`, dirname(path)]) {
    const mode = statSync(part, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined && (mode & 0o077) !== 0) wider.push({ path: part, mode: (mode & 0o777).toString(8) });
  }
  return wider;
}

/** How far back `status` counts: a count over the whole log would cost as much as reading it. */
const recentEvents = 10_000;

export interface RecentCounts {
  /** Over how many of the newest events. */
  over: number;
  bySource: { source: string; events: number; lastAt: string }[];
  byCategory: { category: string; events: number }[];
}

export function recentCounts(db: DatabaseSync, lastSequence: number): RecentCounts {
  const after = Math.max(0, lastSequence - recentEvents);
  const bySource = db
    .prepare(
      `SELECT source, count(*) AS events, max(createdAt) AS lastAt FROM events
       WHERE sequence > ? AND source IS NOT NULL GROUP BY source ORDER BY source`,
    )
    .all(after) as unknown as RecentCounts["bySource"];
  const byCategory = db
    .prepare("SELECT category, count(*) AS events FROM events WHERE sequence > ? GROUP BY category ORDER BY category")
    .all(after) as unknown as RecentCounts["byCategory"];
  return { over: lastSequence - after, bySource, byCategory };
}

/** Bytes that the tree's stored nodes take at most: rows that compaction took out count until the tree is rebuilt. */
export function treeBytes(db: DatabaseSync): number {
  const row = db.prepare("SELECT nextChunk FROM treeState").get() as { nextChunk: number } | undefined;
  return ((row?.nextChunk ?? 1) - 1) * 4_096;
}
