// Finds out whether a file is new, or was read before, perhaps under another name, and how far. Lines without a time and an id
// of their own are known by their file and their place in it, so equal lines of two files are two events.
import type { Hash } from "node:crypto";
import { closeSync, fstatSync, lstatSync, readdirSync, readSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { FilePosition } from "../event/prepared.js";
import type { Random } from "../log/random.js";
import { openRegular } from "../regular-file.js";
import { DedupeKeys } from "./dedupe.js";
import { fileHash, type Start } from "./file-lines.js";

/** What is on record of files that were read. */
export interface FileRecords {
  /** Records of files that this one may be, newest first: with its path, its inode or the hash of its first line. */
  candidates(file: { source: string; path: string; inode: string; head: string }): StoredPosition[];
  /** The newest that was read under this path. */
  last(source: string, path: string): StoredPosition | undefined;
}

export interface StoredPosition extends FilePosition {
  /** False where somebody changed the record. Only its `file` is used then. */
  sound: boolean;
}

export interface KnownFile {
  /** 16 bytes, hex: names the file in the keys of its lines. */
  file: string;
  path: string;
  source: string;
  inode: string;
  head: string;
  /** Where to go on; the beginning for a new file. */
  start: Start;
  /** Refused lines before the start. */
  refused: number;
  /**
   * "replaced": another file was read under this path, or this one with other content. "altered": the recorded position is not
   * the one that we wrote, so the file is read from its beginning; lines that are known add nothing.
   */
  note?: "replaced" | "altered";
}

const CHUNK = 256 * 1024;
/** Files of one folder that are looked at. */
const mostBeside = 10_000;
/** Bytes of the first line that are hashed, to find files that may be the same one. */
const HEAD_BYTES = 4_096;

/** Reads the file up to the farthest position on record. Undefined for a pipe or a device, which is always new. `not`: files
 * that this one is known not to be. */
export function knownFile(
  fd: number,
  { path, source }: { path: string; source: string },
  {
    records,
    secret,
    random,
    not,
  }: { records: FileRecords; secret: Uint8Array; random: Random; not?: ReadonlySet<string> },
): KnownFile | undefined {
  const stat = fstatSync(fd, { bigint: true });
  if (!stat.isFile()) return undefined;
  const inode = `${stat.dev}:${stat.ino}`;
  const size = Number(stat.size);
  const head = headOf(fd, source, secret);
  const fresh = {
    path,
    source,
    inode,
    head,
    refused: 0,
    start: { bytes: 0, number: 0, lines: 0, hash: fileHash(secret) },
  };
  const found = records.candidates({ source, path, inode, head }).filter(({ file }) => not?.has(file) !== true);
  const hashes = hashesAt(
    fd,
    found.filter((record) => record.sound && record.bytes <= size).map(({ bytes }) => bytes),
    secret,
  );
  const matches = found
    .filter((record) => record.sound && hashes.get(record.bytes)?.copy().digest("hex") === record.hash)
    .sort((a, b) => b.bytes - a.bytes);
  // A new file under this path may begin with the same bytes as the old one, which was renamed.
  const isHere = (record: FilePosition) =>
    record.inode === inode || (record.path === path && !standsBeside(path, record.inode));
  // Without a whole line read, only the inode and the path say which file it is.
  const whole = (record: FilePosition) => record.bytes > 0;
  const same = matches.find(isHere) ?? matches.find((record) => whole(record) && !standsUnchanged(record, secret));
  if (same !== undefined) {
    const { file, bytes, number, lines, refused } = same;
    return { ...fresh, file, refused, start: { bytes, number, lines, hash: hashes.get(bytes)! } };
  }
  const altered = found.find((record) => !record.sound && isHere(record));
  if (altered !== undefined) return { ...fresh, file: altered.file, note: "altered" };
  const file = Buffer.from(random(16)).toString("hex");
  const replaced = found.some((record) => record.path === path && whole(record));
  return { ...fresh, file, ...(replaced ? { note: "replaced" as const } : {}) };
}

/**
 * Whether the file that was read then is still there, unchanged, under its old path. Then a file with the same bytes is a copy
 * of it.
 */
function standsUnchanged({ path, bytes, hash }: FilePosition, secret: Uint8Array): boolean {
  const fd = openRegular(path);
  if (fd === undefined) return false;
  try {
    return hashesAt(fd, [bytes], secret).get(bytes)?.digest("hex") === hash;
  } catch {
    return false;
  } finally {
    closeSync(fd);
  }
}

/** Whether the file with this inode stands in the same folder under another name. */
function standsBeside(path: string, inode: string): boolean {
  const folder = dirname(path);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return false;
  }
  return names.slice(0, mostBeside).some((name) => {
    const stat = name === basename(path) ? undefined : statOf(join(folder, name));
    return stat !== undefined && `${stat.dev}:${stat.ino}` === inode;
  });
}

function statOf(path: string) {
  try {
    return lstatSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/** The hash of the bytes before each of these offsets, as far as the file goes; in one pass. */
function hashesAt(fd: number, offsets: readonly number[], secret: Uint8Array): Map<number, Hash> {
  const hashes = new Map<number, Hash>();
  const hash = fileHash(secret);
  const buffer = new Uint8Array(CHUNK);
  let at = 0;
  for (const offset of [...new Set(offsets)].sort((a, b) => a - b)) {
    while (at < offset) {
      const n = readSync(fd, buffer, 0, Math.min(CHUNK, offset - at), at);
      if (n === 0) return hashes;
      hash.update(buffer.subarray(0, n));
      at += n;
    }
    hashes.set(offset, hash.copy());
  }
  return hashes;
}

/** Keyed hash of the first line, hex; empty where there is no whole one within reach. */
function headOf(fd: number, source: string, secret: Uint8Array): string {
  const buffer = new Uint8Array(HEAD_BYTES);
  const n = readSync(fd, buffer, 0, HEAD_BYTES, 0);
  const end = buffer.subarray(0, n).indexOf(10);
  if (end < 0 && n < HEAD_BYTES) return "";
  return Buffer.from(new DedupeKeys(secret).ofHead(source, buffer.subarray(0, end < 0 ? n : end))).toString("hex");
}
