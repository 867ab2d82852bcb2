// Following a growing file through rotation (renamed and made anew, or cut short in place), with a position from which a
// later run goes on. Own code: the libraries for it hand out text without offsets, and none resumes by inode; the one that
// is best kept (@logdna/tail-file) was last released two years ago.
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FilePosition } from "../event/prepared.js";
import { type Line, LineSplitter, MAX_LINE_BYTES } from "./lines.js";
import { filesAfter, type ReadFile, rotatedFiles } from "./rotated.js";

export interface FollowOptions {
  /** Where an earlier run stopped. */
  from?: FilePosition;
  /** Ends the following; what is complete by then has been given out. */
  signal: AbortSignal;
  /** Milliseconds between two looks at the file; 250 where nothing is said. */
  pollMs?: number;
  limit?: number;
}

/** What the follower gives out, in order. */
export type Followed =
  /** A line that an earlier run has taken in, or a new one. */
  | { kind: "old"; line: Line; generation: number }
  | { kind: "new"; line: Line; generation: number }
  /** Nothing more for now: all lines up to here can be written, with this position. */
  | { kind: "idle"; position: FilePosition }
  /** The file of an earlier run is gone: what was written to it, and to others after it, since then cannot be read. */
  | { kind: "gap" };

const CHUNK = 256 * 1024;
/** Bytes before the position that must still be the same: a file cut short and grown again is another file. */
const WITNESS_BYTES = 64;

class OpenFile {
  readonly fd: number;
  readonly inode: string;
  readonly born: bigint;
  readonly generation: number;
  readonly splitter: LineSplitter;
  /** Of the next byte to read. */
  at: number;
  #witness = new Uint8Array(0);

  constructor(path: string, options: { at: number; generation: number; limit: number; number?: number }) {
    this.fd = openSync(path, "r");
    const { ino, birthtimeNs } = fstatSync(this.fd, { bigint: true });
    this.inode = String(ino);
    this.born = birthtimeNs;
    this.at = options.at;
    this.generation = options.generation;
    this.splitter = new LineSplitter({ limit: options.limit, offset: options.at, number: options.number ?? 0 });
  }

  get modified(): bigint {
    return fstatSync(this.fd, { bigint: true }).mtimeNs;
  }

  get position(): FilePosition {
    return { inode: this.inode, offset: this.splitter.offset, generation: this.generation };
  }

  /** The next piece, or nothing at the end of what is there. `to` bounds it. */
  read(buffer: Uint8Array, to = Number.POSITIVE_INFINITY): Uint8Array {
    const n = readSync(this.fd, buffer, 0, Math.min(buffer.length, Math.max(0, to - this.at)), this.at);
    const piece = buffer.subarray(0, n);
    this.at += n;
    if (n > 0) this.#remember(piece);
    return piece;
  }

  /** Whether the bytes that were read last are no longer there. */
  wasCut(): boolean {
    if (fstatSync(this.fd).size < this.at) return true;
    const now = new Uint8Array(this.#witness.length);
    const n = readSync(this.fd, now, 0, now.length, this.at - now.length);
    return n !== now.length || !now.every((byte, i) => byte === this.#witness[i]);
  }

  #remember(piece: Uint8Array): void {
    const kept = Math.min(WITNESS_BYTES - Math.min(piece.length, WITNESS_BYTES), this.#witness.length);
    const tail = piece.subarray(Math.max(0, piece.length - WITNESS_BYTES));
    const next = new Uint8Array(kept + tail.length);
    next.set(this.#witness.subarray(this.#witness.length - kept));
    next.set(tail, kept);
    this.#witness = next;
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Follows until the signal; ends quietly. Throws what the file system throws, but waits for a file that is not there. */
export async function* follow(path: string, options: FollowOptions): AsyncGenerator<Followed> {
  const { signal, pollMs = 250, limit = MAX_LINE_BYTES } = options;
  const buffer = new Uint8Array(CHUNK);
  const pause = () => sleep(pollMs, undefined, { signal }).catch(() => undefined);
  let file: OpenFile | undefined;
  /** The one before it. */
  let done: ReadFile | undefined;
  /** Files read, and, once somebody has looked, the rotated ones of before the file was opened. */
  const known = new Map<string, bigint>();
  let sure = false;
  let generation = options.from?.generation ?? 0;
  let from = options.from;
  try {
    while (!signal.aborted) {
      if (file === undefined) {
        const start = from === undefined ? undefined : resume(path, from);
        from = undefined;
        if (start?.same === false) {
          generation++;
          yield { kind: "gap" };
        }
        if (start?.same === true) file = openIfThere(start.path, generation, limit);
        else if (done === undefined) file = openIfThere(path, generation, limit);
        else file = openAfter(path, done, generation, limit);
        if (file === undefined) {
          await pause();
          continue;
        }
        if (file.inode === inodeOf(path)) {
          for (const { inode, born } of rotatedFiles(path)) known.set(inode, born);
          sure = true;
        }
        for (const line of upTo(file, start?.offset ?? 0, buffer)) yield { kind: "old", line, generation };
      }
      // Before anything more is read: what stands there now may be another file's text, from its middle.
      if (file.wasCut()) {
        const half = file.splitter.abandon();
        if (half !== undefined) yield { kind: "new", line: half, generation };
        file.close();
        generation++;
        file = openIfThere(path, generation, limit);
        continue;
      }
      yield* news(file, buffer);
      yield { kind: "idle", position: file.position };
      if (inodeOf(path) === file.inode || inodeOf(path) === undefined) {
        await pause();
        continue;
      }
      // Renamed: its writer may still finish a line before it turns to the new file.
      await pause();
      yield* news(file, buffer);
      const last = file.splitter.end();
      if (last !== undefined) yield { kind: "new", line: last, generation };
      known.set(file.inode, file.born);
      done = { inode: file.inode, modified: file.modified, known, sure };
      file.close();
      file = undefined;
      generation++;
    }
  } finally {
    file?.close();
  }
}

/** The file after one that was read to its end. Rotations go on meanwhile: what was opened is what was meant, or it is looked
 * for again. */
function openAfter(path: string, done: ReadFile, generation: number, limit: number): OpenFile | undefined {
  for (let tries = 0; tries < 10; tries++) {
    const between = filesAfter(path, done, inodeOf(path))[0];
    const file = openIfThere(between?.path ?? path, generation, limit);
    if (file === undefined) return undefined;
    const wanted = between?.inode ?? (filesAfter(path, done, file.inode).length === 0 ? file.inode : undefined);
    if (file.inode === wanted) return file;
    file.close();
  }
  return undefined;
}

function* news(file: OpenFile, buffer: Uint8Array): Generator<Followed> {
  for (let piece = file.read(buffer); piece.length > 0; piece = file.read(buffer)) {
    for (const line of file.splitter.push(piece)) yield { kind: "new", line, generation: file.generation };
  }
}

/** The lines before an offset that is the end of a line. */
function* upTo(file: OpenFile, offset: number, buffer: Uint8Array): Generator<Line> {
  for (let piece = file.read(buffer, offset); piece.length > 0; piece = file.read(buffer, offset)) {
    yield* file.splitter.push(piece);
  }
}

/** Where to go on: the same file, also under the name that a rotation gave it, or the new one from its beginning. */
function resume(path: string, from: FilePosition): { path: string; offset: number; same: boolean } {
  for (const candidate of [path, ...siblings(path)]) {
    if (inodeOf(candidate) === from.inode && endsALine(candidate, from.offset)) {
      return { path: candidate, offset: from.offset, same: true };
    }
  }
  return { path, offset: 0, same: false };
}

/** Files beside this one whose names begin as its name does: `agent.log.1`. */
function siblings(path: string): string[] {
  const name = basename(path);
  try {
    return readdirSync(dirname(path))
      .filter((other) => other !== name && other.startsWith(name))
      .slice(0, 100)
      .map((other) => join(dirname(path), other));
  } catch {
    return [];
  }
}

function endsALine(path: string, offset: number): boolean {
  if (offset === 0) return true;
  const fd = openSync(path, "r");
  try {
    const before = new Uint8Array(1);
    return readSync(fd, before, 0, 1, offset - 1) === 1 && before[0] === 10;
  } finally {
    closeSync(fd);
  }
}

function inodeOf(path: string): string | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino.toString();
}

function openIfThere(path: string, generation: number, limit: number): OpenFile | undefined {
  try {
    return new OpenFile(path, { at: 0, generation, limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
