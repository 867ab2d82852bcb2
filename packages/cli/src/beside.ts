/**
 * Small notes that stand beside the trail, in files `<trail>.state-…`, and are no evidence: when the log was last replayed,
 * what `audit due` did, when a hook last ran. Whoever can write the folder can change them. They only help a person; the
 * evidence is in the trail.
 */
import { lstatSync, readFileSync, statSync } from "node:fs";
import type { Io } from "./io.js";
import { writeOutFile } from "./outfile.js";

/** A note is a few hundred bytes long. A larger file was not written by us. */
const mostBytes = 1 << 18;

function noteFile(db: string, name: string): string {
  return `${db}.state-${name}.json`;
}

/** Reads the note as an object. Undefined where there is none, or it cannot be read. Never throws. */
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

/** Writes the note. False where that is not possible, as beside a trail on a read-only disk. */
export function writeNote(io: Io, db: string, name: string, value: object): boolean {
  try {
    // To open a pipe would wait for a reader without an end.
    if (lstatSync(noteFile(db, name), { throwIfNoEntry: false })?.isFile() === false) return false;
    writeOutFile(io, noteFile(db, name), `${JSON.stringify(value)}\n`, { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

/** A time from a note: ISO 8601 as `Date` prints it, or undefined. */
export function timeIn(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > 40) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
