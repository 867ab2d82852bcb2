// Which file comes after one that was read to its end: the one at the path, or, where the file was rotated more than once since the
// last look, the oldest of those in between, which by now stand beside it under names such as `agent.log.1`.
import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export interface RotatedFile {
  path: string;
  inode: string;
  /** Nanoseconds; where the file system does not tell, the time of the last change, or 0. */
  born: bigint;
  changed: bigint;
  modified: bigint;
}

/** A file that was read to its end, and what was known of the files around it. */
export interface ReadFile {
  inode: string;
  modified: bigint;
  /** By inode: files read, and the rotated ones that were there before; each with when it was made, as a new file may get the
   * inode of one that was removed. */
  known: ReadonlyMap<string, bigint>;
  /** Somebody looked before the file was rotated: whatever is not known came after it. Else only what was written after it did. */
  sure: boolean;
}

/** What a rotation adds to a name: a number or a date. A copy that somebody made beside it is none, nor is a packed one. */
const ROTATION = /^[.\-_]?\d[\d.\-_:TZ]*$/;
const most = 1_000;

/** Rotated files beside this one, oldest first. */
export function rotatedFiles(path: string): RotatedFile[] {
  const name = basename(path);
  const found: RotatedFile[] = [];
  for (const other of names(dirname(path))) {
    if (!other.startsWith(name) || !ROTATION.test(other.slice(name.length))) continue;
    const file = join(dirname(path), other);
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
    if (!stat?.isFile()) continue;
    const { ino, birthtimeNs, ctimeNs, mtimeNs } = stat;
    found.push({ path: file, inode: String(ino), born: birthtimeNs, changed: ctimeNs, modified: mtimeNs });
  }
  return found.sort(byAge(name)).slice(-most);
}

/** The names tell: of numbers the greater is the older, of dates the smaller. Clocks tick too seldom for two quick rotations. */
function byAge(name: string): (a: RotatedFile, b: RotatedFile) => number {
  const numberOf = ({ path }: RotatedFile) => /^[.\-_]?(\d{1,5})$/.exec(basename(path).slice(name.length))?.[1];
  return (a, b) => {
    const [one, other] = [numberOf(a), numberOf(b)];
    if (one !== undefined && other !== undefined) return Number(other) - Number(one);
    if (a.modified !== b.modified) return a.modified < b.modified ? -1 : 1;
    return a.path < b.path ? -1 : 1;
  };
}

/** The rotated files that came after `done` and before the one at the path, whose inode is `current`; oldest first. */
export function filesAfter(path: string, done: ReadFile, current: string | undefined): RotatedFile[] {
  return rotatedFiles(path).filter((file) => {
    if (file.inode === current || file.inode === done.inode) return false;
    const born = done.known.get(file.inode);
    // Where the time of making is told, it tells a new file under a freed inode from one that was renamed.
    const isKnown = born !== undefined && (file.born === born || file.born === file.changed || file.born === 0n);
    return !isKnown && (done.sure || file.modified >= done.modified);
  });
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
