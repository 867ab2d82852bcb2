// How far the files were read that hooks look into. No evidence: losing a position costs a second reading, which dedupe keys
// make harmless.
import type { DatabaseSync } from "node:sqlite";
import type { TailPosition } from "../event/prepared.js";

export function setPosition(db: DatabaseSync, input: string, position: TailPosition): void {
  db.prepare(
    "INSERT INTO positions (input, position) VALUES (?, ?) ON CONFLICT (input) DO UPDATE SET position = excluded.position",
  ).run(input, JSON.stringify(position));
}

/** Undefined where there is none that this program would have written. */
export function positionOf(db: DatabaseSync, input: string): TailPosition | undefined {
  const text = db.prepare("SELECT position FROM positions WHERE input = ?").get(input)?.position;
  try {
    const value = JSON.parse(String(text)) as Partial<TailPosition> | null;
    const { inode, offset, before } = value ?? {};
    if (typeof inode !== "string" || typeof before !== "string" || typeof offset !== "number") return undefined;
    return Number.isSafeInteger(offset) && offset >= 0 ? { inode, offset, before } : undefined;
  } catch {
    return undefined;
  }
}
