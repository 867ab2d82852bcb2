// Reads the whole lines that a file has grown by since it was last read. A short process looks so into files that a host
// writes: the number of bytes is bounded, and the position is returned for the next look. The path comes from the host and is
// not trusted: the file is opened for reading only, and anything but a regular file is passed over.
import { hash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { TailPosition } from "../event/prepared.js";
import { type Line, LineSplitter } from "./lines.js";

/** Bytes before a position that are hashed with it: a file that was truncated, replaced or overwritten holds others there. */
const boundBytes = 4_096;

export interface Tail {
  lines: Line[];
  /** Behind the last whole line that was read. */
  end: number;
  /** Bytes that were passed over unread: the first look at a file that is longer than what may be read at once. */
  passedOver: number;
  /** Bytes that are there and were not read, for want of a budget or of the end of their line. */
  left: number;
  /** A position in the part that was read. */
  positionAt(offset: number): TailPosition;
}

/** @param most bytes to read. Undefined for what can't be read, or is no regular file. */
export function readTail(path: string, from: TailPosition | undefined, most: number): Tail | undefined {
  let file: number;
  try {
    // A pipe without a writer would hold up whoever opens it.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const { size, ino } = regular(file) ?? { size: 0, ino: undefined };
    if (ino === undefined) return undefined;
    const inode = String(ino);
    const known = from !== undefined && isSame(file, from, inode, size);
    const start = known ? from.offset : Math.max(0, size - most);
    const bytes = Buffer.alloc(Math.min(size - start, most));
    const read = readFully(file, bytes, start);
    const lines: Line[] = [];
    const splitter = new LineSplitter({ offset: start });
    for (const line of splitter.push(bytes.subarray(0, read))) {
      // Where reading began in the middle of the file, the first line is incomplete.
      if (known || start === 0 || lines.length > 0 || line.offset > start) lines.push(line);
    }
    const end = splitter.offset;
    return {
      lines,
      end,
      passedOver: known ? 0 : start,
      left: Math.max(0, size - end),
      positionAt: (offset) => ({ inode, offset, before: boundTo(path, offset) }),
    };
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}

function regular(file: number): { size: number; ino: number } | undefined {
  const stat = fstatSync(file);
  return stat.isFile() ? stat : undefined;
}

function isSame(file: number, { inode, offset, before }: TailPosition, now: string, size: number): boolean {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset > size || inode !== now) return false;
  return before === digestBefore(file, offset);
}

function boundTo(path: string, offset: number): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return digestBefore(file, offset);
  } finally {
    closeSync(file);
  }
}

function digestBefore(file: number, offset: number): string {
  const bytes = Buffer.alloc(Math.min(boundBytes, offset));
  const read = readFully(file, bytes, offset - bytes.length);
  return hash("sha256", bytes.subarray(0, read), "hex");
}

function readFully(file: number, into: Buffer, at: number): number {
  let read = 0;
  while (read < into.length) {
    const n = readSync(file, into, read, into.length - read, at + read);
    if (n === 0) break;
    read += n;
  }
  return read;
}
