/**
 * Small notes that stand beside the trail, in files `<trail>.state-…`, and are no evidence: when the log was last
 * replayed, what `audit due` did, when a hook last ran. Whoever can write the folder can change them. They say what a
 * person has to look at; what is proved stands in the trail.
 */
import { readFileSync, statSync } from "node:fs";
import type { Io } from "./io.js";
import { writeOutFile } from "./outfile.js";

/** A note is a few hundred bytes. A larger file is none of ours. */
const mostBytes = 1 << 18;

function noteFile(db: string, name: string): string {
  return `${db}.state-${name}.json`;
}

/** The note as an object; undefined where there is none, or none that can be read. Never throws. */
export function readNote(db: string, name: string): Record<string, unknown> | undefined {
  const path = noteFile(db, name);
  try {
    const there = statSync(path);
    if (!there.isFile() || there.size > mostBytes) return undefined;
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** False where it cannot be written, as beside a trail on a read-only disk. */
export function writeNote(io: Io, db: string, name: string, value: object): boolean {
  try {
    writeOutFile(io, noteFile(db, name), `${JSON.stringify(value)}\n`, { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

/** A time out of a note: ISO 8601 as `Date` prints it, or undefined. */
export function timeIn(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > 40) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
