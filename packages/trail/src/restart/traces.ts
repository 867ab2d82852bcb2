// Whether a trail of ours ever stood where a file is that SQLite cannot read. A hook that was given the wrong path must not move
// somebody's notes out of the way; a trail that was written over must be begun anew and say so. Whoever can remove all of these
// traces could remove the trail as well, and for that, too, events go to the spool.
import { closeSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { applicationId } from "../log/schema.js";
import { openRegular } from "../regular-file.js";

const magic = "SQLite format 3\0";
/** The schema stands in the first pages. */
const searched = 256 * 1024;
/** Bytes of a configuration, which is a few hundred long. */
const longestConfig = 256 * 1024;
const schema = ["CREATE TABLE trail (", "CREATE TABLE events ("];

export function hasTrailSignature(path: string): boolean {
  // Nothing is lost by setting an empty file aside, and a trail that was cut to nothing looks like that.
  if (sizeOf(path) === 0) return true;
  const head = headOf(path, searched);
  if (isTrailHeader(head) || schema.every((text) => head.includes(text))) return true;
  return ["-wal", "-shm", ".run"].some((part) => sizeOf(path + part) > 0) || hasKept(path) || isConfigured(path);
}

/** An earlier one was set aside here. */
function hasKept(path: string): boolean {
  return namesIn(dirname(path)).some((name) => /^\.(damaged|rolled-back)-\d{8}T\d{9}Z-/.test(after(name, path)));
}

/** The configuration stands beside it, and no other trail that it could be of. */
function isConfigured(path: string): boolean {
  const folder = dirname(path);
  try {
    const config = JSON.parse(headOf(join(folder, "config.json"), longestConfig).toString("utf8")) as {
      format?: unknown;
    } | null;
    if (config?.format !== "sealtrail-config/1") return false;
  } catch {
    return false;
  }
  return !namesIn(folder).some((name) => name !== basename(path) && isTrailHeader(headOf(join(folder, name), 100)));
}

function isTrailHeader(head: Buffer): boolean {
  return head.length >= 100 && head.toString("latin1", 0, 16) === magic && head.readUInt32BE(68) === applicationId;
}

const after = (name: string, path: string): string =>
  name.startsWith(basename(path)) ? name.slice(basename(path).length) : "";

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function headOf(path: string, most: number): Buffer {
  const head = Buffer.alloc(most);
  const handle = openRegular(path);
  if (handle === undefined) return head.subarray(0, 0);
  try {
    return head.subarray(0, readSync(handle, head, 0, most, 0));
  } catch {
    return head.subarray(0, 0);
  } finally {
    closeSync(handle);
  }
}
