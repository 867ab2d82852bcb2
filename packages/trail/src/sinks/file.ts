// A JSON Lines file beside the database, for whoever tails it. Whichever process appended feeds it, one at a time; where it
// was left off stands in its own last line, so that nothing is left out and, but for a crash between two writes, nothing
// comes twice. It is no evidence: the trail is.
import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { attempt } from "../attempt.js";
import type { Trail } from "../trail.js";
import { type SinkFormat, sinkLine } from "./shapes.js";

export interface SinkOptions {
  path: string;
  format: SinkFormat;
  /** A file that is larger than this becomes `<path>.1`, that one `<path>.2`, and so on. */
  maxBytes?: number;
  /** How many of the old ones stay. */
  keep?: number;
  /** Events that one call writes at most. */
  most?: number;
}

const ownerOnly = 0o600;
const staleLockMs = 30_000;
/** No line is longer: metadata is capped at 64 KiB. */
const tailBytes = 512 * 1024;

/** Writes the events that the file does not have yet. Returns how many, or undefined where another process is at it. */
export function feedSink(trail: Trail, options: SinkOptions): number | undefined {
  const lock = `${options.path}.lock`;
  if (!takeLock(lock)) return undefined;
  try {
    return feed(trail, options);
  } finally {
    // Another process may have taken it for one that was left behind.
    attempt(() => unlinkSync(lock));
  }
}

function feed(trail: Trail, options: SinkOptions): number {
  const { path, format, maxBytes = 64 * 1024 * 1024, keep = 5, most = Number.POSITIVE_INFINITY } = options;
  const context = { machineId: trail.machineId, tree: trail.genesis.tree };
  let after = lastSequence(path, context.tree, format) ?? lastSequence(`${path}.1`, context.tree, format) ?? 0;
  // Of another trail (it was begun anew), or ahead of a rolled-back one: this trail's own beginning.
  if (after > trail.lastSequence) after = 0;
  let handle = openSink(path);
  let written = 0;
  try {
    let size = fstatSync(handle).size;
    for (const event of trail.events({ after })) {
      if (written >= most) break;
      const line = Buffer.from(sinkLine(event, format, context));
      if (size > 0 && size + line.length > maxBytes) {
        closeSync(handle);
        rotate(path, keep);
        handle = openSink(path);
        size = 0;
      }
      for (let at = 0; at < line.length; ) at += writeSync(handle, line, at);
      size += line.length;
      written++;
    }
  } finally {
    closeSync(handle);
  }
  return written;
}

/** What a sink holds is as private as the trail, whatever the umask or an earlier mode says. */
function openSink(path: string): number {
  const handle = openSync(path, "a+", ownerOnly);
  if ((fstatSync(handle).mode & 0o077) !== 0) chmodSync(path, ownerOnly);
  return handle;
}

function rotate(path: string, keep: number): void {
  if (existsSync(`${path}.${keep}`)) unlinkSync(`${path}.${keep}`);
  for (let n = keep - 1; n >= 1; n--) if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
  if (keep > 0) renameSync(path, `${path}.1`);
  else unlinkSync(path);
}

/** The sequence in the last whole line; half a line, of a process that was killed, is cut off. Undefined for no line of ours. */
function lastSequence(path: string, tree: string, format: SinkFormat): number | undefined {
  if (!existsSync(path)) return undefined;
  const handle = openSync(path, "r+");
  try {
    const { size } = fstatSync(handle);
    const from = Math.max(0, size - tailBytes);
    const tail = Buffer.alloc(size - from);
    for (let at = 0; at < tail.length; ) {
      const n = readSync(handle, tail, at, tail.length - at, from + at);
      if (n === 0) break;
      at += n;
    }
    const end = tail.lastIndexOf(0x0a);
    if (end + 1 < tail.length) ftruncateSync(handle, from + end + 1);
    if (end < 0) return undefined;
    const line = tail.subarray(tail.lastIndexOf(0x0a, end - 1) + 1, end).toString("utf8");
    return sequenceIn(JSON.parse(line), tree, format);
  } catch {
    return undefined;
  } finally {
    closeSync(handle);
  }
}

type Members = Record<string, unknown>;

function sequenceIn(value: Members, tree: string, format: SinkFormat): number | undefined {
  if (format === "ndjson") return asSequence(value.sequence);
  if (format === "ocsf") {
    const metadata = value.metadata as Members | undefined;
    return metadata?.log_name === tree ? asSequence(metadata.sequence) : undefined;
  }
  const attributes = value.attributes as { key: string; value: { intValue?: string } }[];
  return asSequence(Number(attributes.find(({ key }) => key === "sealtrail.sequence")?.value.intValue));
}

function asSequence(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}

function takeLock(lock: string): boolean {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      closeSync(openSync(lock, "wx", ownerOnly));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0);
      // A time in the future comes from a clock that was set back since.
      if (Math.abs(age) < staleLockMs) return false;
      // Anything but a regular file is not a lock of ours.
      if (lstatSync(lock, { throwIfNoEntry: false })?.isFile() === false)
        renameSync(lock, `${lock}.foreign-${Date.now()}`);
      else unlinkSync(lock);
    }
  }
  return false;
}
