// How far hooks have read the files that they look into. No evidence: where a position is lost or changed, the file is read
// again, and known lines are recognised by their keys. Kept apart from the files that `ingest` reads (files.ts): to recognise
// one of those, all of it is read, for which a hook has no time.
import type { DatabaseSync } from "node:sqlite";
import { eachRow } from "@sealtrail/smt/sqlite";
import type { TailPosition } from "../event/prepared.js";
import type { DedupeKeys } from "../ingest/dedupe.js";

/** Rows are named by a keyed hash of the input: its path may hold the id of a session that is erased some day. */
function rowName(keys: DedupeKeys, input: string): string {
  return hex(keys.ofFile(input));
}

export function setPosition(db: DatabaseSync, keys: DedupeKeys, input: string, position: TailPosition): void {
  const row = rowName(keys, input);
  const { inode, offset, before } = position;
  db.prepare(
    "INSERT INTO positions (input, position) VALUES (?, ?) ON CONFLICT (input) DO UPDATE SET position = excluded.position",
  ).run(row, JSON.stringify({ inode, offset, before, seal: sealOf(keys, row, position) }));
}

/** Undefined where there is none, or somebody changed it. */
export function positionOf(db: DatabaseSync, keys: DedupeKeys, input: string): TailPosition | undefined {
  const row = rowName(keys, input);
  return sound(keys, row, db.prepare("SELECT position FROM positions WHERE input = ?").get(row)?.position);
}

/** How many positions somebody changed. */
export function alteredPositions(db: DatabaseSync, keys: DedupeKeys): number {
  let altered = 0;
  const rows = db.prepare("SELECT input, position FROM positions");
  for (const { input, position } of eachRow<{ input: unknown; position: unknown }>(rows)) {
    if (sound(keys, String(input), position) === undefined) altered++;
  }
  return altered;
}

function sound(keys: DedupeKeys, row: string, text: unknown): TailPosition | undefined {
  try {
    const { inode, offset, before, seal } = JSON.parse(String(text)) as TailPosition & { seal?: unknown };
    const position = { inode, offset, before };
    return seal === sealOf(keys, row, position) ? position : undefined;
  } catch {
    return undefined;
  }
}

function sealOf(keys: DedupeKeys, row: string, { inode, offset, before }: TailPosition): string {
  return hex(keys.ofFile(JSON.stringify([row, inode, offset, before])));
}

function hex(key: Uint8Array): string {
  return Buffer.from(key).toString("hex");
}
