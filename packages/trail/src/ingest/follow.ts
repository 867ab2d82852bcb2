// Following a growing file through rotation (renamed and made anew, or cut short in place); a later run goes on where this one
// stopped. Own code: the libraries for it hand out text without offsets, and none resumes by what was read.
import { closeSync, constants, fstatSync, openSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FilePosition } from "../event/prepared.js";
import type { Random } from "../log/random.js";
import { FileLines, fileHash } from "./file-lines.js";
import { type FileRecords, type KnownFile, knownFile } from "./known-file.js";
import { type Line, MAX_LINE_BYTES } from "./lines.js";
import { filesAfter, type ReadFile, rotatedFiles } from "./rotated.js";

export interface FollowOptions {
  /** What wrote the lines, as `ingest` names it. */
  source: string;
  /** What earlier runs have read. */
  records: FileRecords;
  /** The trail's own 32 bytes under which files are known again. */
  secret: Uint8Array;
  random: Random;
  /** Ends the following; what is complete by then has been given out. */
  signal: AbortSignal;
  /** Milliseconds between two looks at the file; 250 where nothing is said. */
  pollMs?: number;
  limit?: number;
}

/** What the follower gives out, in order. */
export type Followed =
  /** A line that an earlier run has taken in, or a new one; `file` names the file it stands in. */
  | { kind: "old"; line: Line; file: string }
  | { kind: "new"; line: Line; file: string }
  /** A file was opened, and stands at this position; to be written before its lines are. */
  | { kind: "opened"; position: FilePosition }
  /** Nothing more for now: all lines up to here can be written, with this position. */
  | { kind: "idle"; position: FilePosition }
  /**
   * "gone": the file that an earlier run followed is gone; what was written to it and to its successors after that run cannot
   * be read. "altered": the recorded position is not the one that the earlier run wrote; the file is read from its beginning.
   */
  | { kind: "gap"; why: "gone" | "altered" };

class OpenFile {
  readonly fd: number;
  readonly born: bigint;
  readonly ino: string;
  readonly known: KnownFile;
  readonly lines: FileLines;

  constructor(
    path: string,
    { source, records, secret, random, limit, not }: FollowOptions & { not?: ReadonlySet<string> },
  ) {
    // A pipe without a writer would hold up whoever opens it.
    this.fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const { ino, birthtimeNs } = fstatSync(this.fd, { bigint: true });
    this.ino = String(ino);
    this.born = birthtimeNs;
    const known = knownFile(this.fd, { path, source }, { records, secret, random, ...(not && { not }) });
    if (known === undefined) {
      closeSync(this.fd);
      throw new TypeError(`${path} is no regular file: it cannot be followed`);
    }
    this.known = known;
    // Starts at the beginning of the file: new lines may only be understood together with old ones.
    this.lines = new FileLines(
      this.fd,
      { bytes: 0, number: 0, lines: 0, hash: fileHash(secret) },
      limit ?? MAX_LINE_BYTES,
    );
  }

  get modified(): bigint {
    return fstatSync(this.fd, { bigint: true }).mtimeNs;
  }

  get position(): FilePosition {
    const { file, source, path, inode, head, refused } = this.known;
    return { file, source, path, inode, head, refused, ...this.lines.mark };
  }

  /** Where earlier runs have stopped. */
  get opened(): FilePosition {
    const { bytes, number, lines, hash } = this.known.start;
    return { ...this.position, bytes, number, lines, hash: hash.copy().digest("hex") };
  }

  *read(): Generator<Followed> {
    const { file, start } = this.known;
    for (const line of this.lines.read()) yield { kind: line.offset < start.bytes ? "old" : "new", line, file };
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Follows until the signal; ends quietly. Throws what the file system throws, but waits for a file that is not there. */
export async function* follow(path: string, given: FollowOptions): AsyncGenerator<Followed> {
  const { signal, pollMs = 250 } = given;
  /**
   * Files that were read to their end. A file that is opened later is none of them, even where it begins with the same bytes.
   */
  const ended = new Set<string>();
  const options = { ...given, not: ended };
  const pause = () => sleep(pollMs, undefined, { signal }).catch(() => undefined);
  let file: OpenFile | undefined;
  /** The one before it. */
  let done: ReadFile | undefined;
  /** Files read, and, once somebody has looked, the rotated ones of before the file was opened. */
  const known = new Map<string, bigint>();
  let sure = false;
  let first = true;
  try {
    while (!signal.aborted) {
      if (file === undefined) {
        if (done === undefined) file = first ? resume(path, options) : openIfThere(path, options);
        else file = openAfter(path, done, options);
        if (file === undefined) {
          await pause();
          continue;
        }
        if (first && file.known.note !== undefined) {
          yield { kind: "gap", why: file.known.note === "altered" ? "altered" : "gone" };
        }
        first = false;
        yield { kind: "opened", position: file.opened };
        if (file.ino === inodeOf(path)) {
          for (const { inode, born } of rotatedFiles(path)) known.set(inode, born);
          sure = true;
        }
      }
      // Before anything more is read: what stands there now may be another file's text, from its middle.
      if (file.lines.wasCut()) {
        const half = file.lines.abandon();
        if (half !== undefined) yield { kind: "new", line: half, file: file.known.file };
        file.close();
        file = openIfThere(path, options);
        if (file !== undefined) yield { kind: "opened", position: file.opened };
        continue;
      }
      yield* file.read();
      yield { kind: "idle", position: file.position };
      if (inodeOf(path) === file.ino || inodeOf(path) === undefined) {
        await pause();
        continue;
      }
      // Renamed: its writer may still finish a line before it turns to the new file.
      await pause();
      yield* file.read();
      const last = file.lines.end();
      if (last !== undefined) yield { kind: "new", line: last, file: file.known.file };
      yield { kind: "idle", position: file.position };
      known.set(file.ino, file.born);
      ended.add(file.known.file);
      done = { inode: file.ino, modified: file.modified, known, sure };
      file.close();
      file = undefined;
    }
  } finally {
    file?.close();
  }
}

/** The file after one that was read to its end. Rotations go on meanwhile: what was opened is what was meant, or it is looked
 * for again. */
function openAfter(path: string, done: ReadFile, options: FollowOptions): OpenFile | undefined {
  for (let tries = 0; tries < 10; tries++) {
    const between = filesAfter(path, done, inodeOf(path))[0];
    const file = openIfThere(between?.path ?? path, options);
    if (file === undefined) return undefined;
    const wanted = between?.inode ?? (filesAfter(path, done, file.ino).length === 0 ? file.ino : undefined);
    if (file.ino === wanted) return file;
    file.close();
  }
  return undefined;
}

/**
 * Opens the file to go on with: the one that was read under this path, also where a rotation has renamed it, else the one that
 * stands there now.
 */
function resume(path: string, options: FollowOptions): OpenFile | undefined {
  const last = options.records.last(options.source, path);
  const here = openIfThere(path, options);
  if (last === undefined || here?.known.file === last.file) return here;
  for (const candidate of siblings(path)) {
    if (statSync(candidate, { throwIfNoEntry: false })?.isFile() !== true) continue;
    const other = openIfThere(candidate, options);
    if (other?.known.file === last.file) {
      here?.close();
      return other;
    }
    other?.close();
  }
  return here;
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

function inodeOf(path: string): string | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino.toString();
}

function openIfThere(path: string, options: FollowOptions): OpenFile | undefined {
  try {
    return new OpenFile(path, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
