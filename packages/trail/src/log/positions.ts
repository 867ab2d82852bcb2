// How far followed inputs were read. No evidence: losing them costs a second reading, which dedupe keys make harmless.
import type { DatabaseSync } from "node:sqlite";
import type { FilePosition } from "../event/prepared.js";

export function setPosition(db: DatabaseSync, input: string, position: FilePosition): void {
  db.prepare(
    "INSERT INTO positions (input, position) VALUES (?, ?) ON CONFLICT (input) DO UPDATE SET position = excluded.position",
  ).run(input, JSON.stringify(position));
}

export function positionOf(db: DatabaseSync, input: string): FilePosition | undefined {
  const row = db.prepare("SELECT position FROM positions WHERE input = ?").get(input) as
    | { position: string }
    | undefined;
  return row === undefined ? undefined : (JSON.parse(row.position) as FilePosition);
}
