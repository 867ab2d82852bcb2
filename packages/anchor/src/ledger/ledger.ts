// The ledger file: the same signed statements in a file that may stand on another mount, so that anchoring works with no
// account. Every append is on disk when it returns. One writer at a time by a lock file; readers need none.
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import {
  LEDGER_FORMAT,
  type LedgerCode,
  type LedgerEntry,
  LONGEST_LINE,
  lineHash,
  lineOf,
  NO_LINE,
  numberAfter,
  readLine,
} from "@sealtrail/verify/ledger";
import type { SignedFingerprint } from "@sealtrail/verify/statement";

type LedgerErrorCode = LedgerCode | "ledger-locked" | "ledger-no-file";

export class LedgerError extends Error {
  override name = "LedgerError";
  readonly code: LedgerErrorCode;
  constructor(code: LedgerErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface LedgerLine {
  /** From 1. */
  line: number;
  /** Byte at which the line begins. */
  offset: number;
  entry: LedgerEntry;
}

export interface LedgerFault {
  /** From 1. */
  line: number;
  /** Byte at which the (first) line begins. */
  offset: number;
  code: LedgerCode;
  /** How many lines in a row it is said of; absent: one. */
  lines?: number;
  /** Where the line itself is whole, and only its place is wrong. */
  entry?: LedgerEntry;
}

const CHUNK = 1 << 20;
/** So much of the end is read before an append, and more where it holds fewer entries than `ENTRIES_SEEN`. */
const TAIL = 1 << 20;
const ENTRIES_SEEN = 200;
const LOCK_PATIENCE_MS = 5_000;
/** A lock older than this was left by a process that was killed: holding one takes milliseconds. */
const LOCK_STALE_MS = 10_000;
/** Bytes. */
const LONGEST_LOCK = 64;
const nobody = new Int32Array(new SharedArrayBuffer(4));

/**
 * Every line, in order, with what is wrong with it. A file that is not there has no lines.
 *
 * Lines that are no entry are what a write left behind that never finished: they are passed over, and told once for each
 * run of them. Where the entry after such a run does not follow the entry before it, one of them stood there: then the run
 * is `line-malformed`. An entry that stands there a second time is passed over as well; how many there are, and how many
 * lines end with CR LF, is told at the end.
 */
export function* readLedger(path: string): Generator<LedgerLine | LedgerFault> {
  yield* readOn(path, { start: 0, before: { number: 0, hash: NO_LINE }, open: false });
}

interface Place {
  start: number;
  /** What the next line follows; undefined where reading began in the middle and met no entry. */
  before: { number: number; hash: string } | undefined;
  /** The file does not end with a line feed. */
  open: boolean;
}

/** Reads from `place.start`, and leaves in `place` what an append needs. */
function* readOn(path: string, place: Place): Generator<LedgerLine | LedgerFault> {
  const seen = new Set<string>();
  const told = new Map<LedgerCode, LedgerFault>();
  const count = (code: LedgerCode, at: { line: number; offset: number }) => {
    const fault = told.get(code);
    if (fault === undefined) told.set(code, { ...at, code, lines: 1 });
    else fault.lines!++;
  };
  let line = 0;
  let end = place.start;
  let run: { line: number; offset: number; lines: number } | undefined;
  let torn: LedgerFault | undefined;
  for (const { octets, ended, bytes, crlf } of lines(path, place.start)) {
    line++;
    const at = { line, offset: end };
    end += bytes;
    place.open = !ended;
    if (place.start > 0 && line === 1) continue; // the end of a line that began before
    const read = readLine(textOf(octets), place.before);
    if (!ended) {
      // It may lack nothing but its line feed.
      torn = { ...at, code: "torn-end", ...(read.ok && { entry: read.entry }) };
      if (read.ok) place.before = { number: read.entry.number, hash: lineHash(octets) };
      break;
    }
    if (!read.ok && read.entry === undefined) {
      run ??= { ...at, lines: 0 };
      run.lines++;
      continue;
    }
    if (crlf) count("line-ends", at);
    const hash = lineHash(octets);
    if (!read.ok && seen.has(hash)) {
      count("line-twice", at);
      continue;
    }
    seen.add(hash);
    if (run !== undefined) yield { ...run, code: read.ok ? "torn-line" : "line-malformed" };
    run = undefined;
    if (read.ok) yield { ...at, entry: read.entry };
    else yield { ...at, code: read.code, entry: read.entry! };
    place.before = { number: read.entry!.number, hash };
  }
  if (run !== undefined) yield { ...run, code: "torn-line" };
  if (torn !== undefined) yield torn;
  yield* told.values();
}

/** Codes of what is passed over: it takes nothing away. */
const HARMLESS: ReadonlySet<LedgerCode> = new Set(["torn-line", "torn-end", "line-twice", "line-ends"]);

export function isHarmless({ code }: LedgerFault): boolean {
  return HARMLESS.has(code);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes that are no UTF-8 are no line: read as U+FFFD they could pass for another text than the one that was hashed. */
function textOf(octets: Uint8Array): string {
  try {
    return decoder.decode(octets);
  } catch {
    return "";
  }
}

/** What an append is to look at beside the statements. */
export interface Around {
  /** Sees the newest entries that are there; where it returns false, nothing is appended. */
  known?: (entry: LedgerEntry) => boolean;
  /** Hash of the newest statement that must be in the file already, and all of those statements, in order. Where it is not
   * there (the file was cut, or it is another one), those that are missing are written again. */
  newest?: string | undefined;
  all?: () => readonly SignedFingerprint[];
  /** Told how many. */
  again?: (count: number) => void;
  /** Told the first line near the end that was changed, or from where one was taken out. New lines follow the last one as it
   * stands: whoever can write the file must not be able to stop anchoring. */
  damaged?: (fault: LedgerFault) => void;
}

/** A ledger file: one signed statement a line, each line with the hash of the line before. @public */
export class Ledger {
  readonly path: string;
  readonly #clock: () => number;

  constructor(path: string, options: { clock?: () => number } = {}) {
    this.path = path;
    this.#clock = options.clock ?? Date.now;
  }

  /**
   * Appends those statements that are not at the file's end yet, and returns once they are on disk. Nothing is ever cut off
   * or written over, so a file that may only be appended to will do. Throws LedgerError, or what the disk says.
   */
  append(statements: readonly SignedFingerprint[], around: Around = {}): boolean {
    const unlock = this.#lock();
    try {
      const there = statSync(this.path, { throwIfNoEntry: false });
      if (there?.isFile() === false)
        throw new LedgerError("ledger-no-file", `${this.path} is no file: name another one`);
      const made = there === undefined;
      const fd = openSync(this.path, "a+", 0o600);
      try {
        const { size } = fstatSync(fd);
        const { newest, all, known = () => true, damaged, again } = around;
        let end = readEnd(this.path, size);
        const hasNewest = newest === undefined || end.entries.some((entry) => entry.statement.hash === newest);
        if (!hasNewest) end = readFrom(this.path, 0);
        const missing = new Map(statements.map((signed) => [signed.hash, signed]));
        const before = new Map((hasNewest ? [] : (all?.() ?? [])).map((signed) => [signed.hash, signed]));
        for (const entry of end.entries) {
          if (!known(entry)) return false;
          missing.delete(entry.statement.hash);
          before.delete(entry.statement.hash);
        }
        if (before.size > 0) again?.(before.size);
        if (end.fault !== undefined) damaged?.(end.fault);
        let { number, hash } = end.before;
        // Ends what an earlier write left without its line feed; readers pass it over, or find the entry that it is.
        let text = end.open ? "\n" : "";
        const at = new Date(this.#clock()).toISOString();
        for (const statement of new Map([...before, ...missing]).values()) {
          number = numberAfter(number);
          const line = lineOf({ format: LEDGER_FORMAT, number, previous: hash, at, statement });
          hash = lineHash(line);
          text += `${line}\n`;
        }
        if (text !== "") writeAll(fd, text);
        fsyncSync(fd);
        if (made) syncFolder(this.path);
        return true;
      } finally {
        closeSync(fd);
      }
    } finally {
      unlock();
    }
  }

  /** Whether a statement is among the newest ones. A file that cannot be read has none. */
  endsWith(hash: string): boolean {
    try {
      const size = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
      return readEnd(this.path, size).entries.some((entry) => entry.statement.hash === hash);
    } catch {
      return false;
    }
  }

  #lock(): () => void {
    const path = `${this.path}.lock`;
    const until = Date.now() + LOCK_PATIENCE_MS;
    for (;;) {
      try {
        const fd = openSync(path, "wx", 0o600);
        try {
          writeSync(fd, `${process.pid}\n`);
        } catch (error) {
          // A full disk takes the name and no byte: left behind, the lock would hold the next one up.
          unlinkSync(path);
          throw error;
        } finally {
          closeSync(fd);
        }
        return () => unlinkSync(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      takeDeadLock(path);
      if (Date.now() > until) throw new LedgerError("ledger-locked", `${path} is there: another process writes`);
      Atomics.wait(nobody, 0, 0, 20);
    }
  }
}

interface End {
  /** The newest entries, oldest first; all that a killed process can have written and not noted is among them. */
  entries: LedgerEntry[];
  /** What the next line follows. */
  before: { number: number; hash: string };
  /** The file does not end with a line feed. */
  open: boolean;
  /** The first one that is not harmless. */
  fault: LedgerFault | undefined;
}

/** What stands at the end of the file: `audit verify` reads all of it. */
function readEnd(path: string, size: number): End {
  for (let tail = TAIL; ; tail *= 4) {
    const start = Math.max(0, size - tail);
    const end = readFrom(path, start);
    if (start === 0) return end;
    // A line out of place may stand there a second time: then the first one is looked for.
    if (end.fault !== undefined) return readFrom(path, 0);
    if (end.entries.length >= ENTRIES_SEEN) return end;
  }
}

function readFrom(path: string, start: number): End {
  const before = { number: 0, hash: NO_LINE };
  const place: Place = { start, before: start === 0 ? before : undefined, open: false };
  const entries: LedgerEntry[] = [];
  let fault: LedgerFault | undefined;
  for (const read of readOn(path, place)) {
    if (read.entry !== undefined) entries.push(read.entry);
    if ("code" in read && !isHarmless(read)) fault ??= read;
  }
  return { entries, before: place.before ?? before, open: place.open, fault };
}

/** Removes the lock of a process that was killed. Moved aside first: of several that try, one gets it. */
function takeDeadLock(path: string): void {
  try {
    const there = lstatSync(path);
    // A folder, a pipe or a link is no lock of ours, and neither is what is longer than a number: it is not read.
    if (!there.isFile() || there.size > LONGEST_LOCK) {
      renameSync(path, `${path}.foreign-${Date.now()}-${process.pid}`);
      return;
    }
    const holder = readFileSync(path, "utf8");
    // A time in the future is no younger: the clock was ahead, or somebody set it.
    const old = Math.abs(Date.now() - there.mtimeMs) > LOCK_STALE_MS;
    if (!old && (holder === "" || isAlive(Number(holder)))) return;
    const aside = `${path}.${process.pid}`;
    renameSync(path, aside);
    // Somebody was faster, and this is his: back with it.
    if (readFileSync(aside, "utf8") !== holder) linkSync(aside, path);
    unlinkSync(aside);
  } catch {
    // Gone in the meantime: the next attempt tells.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

interface Line {
  octets: Uint8Array;
  /** False for what follows the last line feed. */
  ended: boolean;
  /** A CR stood before the line feed. */
  crlf: boolean;
  bytes: number;
}

/** Lines of a file in chunks, without their ends; of a line over 64 KiB its beginning, longer than any entry may be. */
function* lines(path: string, start: number): Generator<Line> {
  // A folder or a pipe holds no entries. To open a pipe would wait for a writer without an end.
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return;
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    const chunk = Buffer.alloc(CHUNK);
    /** The beginning of the line that is being read, and how long it is so far. */
    let begun = Buffer.alloc(0);
    let length = 0;
    for (let at = start; ; ) {
      const read = readSync(fd, chunk, 0, CHUNK, at);
      if (read === 0) break;
      at += read;
      let from = 0;
      while (from < read) {
        const found = chunk.subarray(0, read).indexOf(10, from);
        const until = found < 0 ? read : found;
        const wanted = Math.max(0, LONGEST_LINE + 2 - begun.length);
        begun = Buffer.concat([begun, chunk.subarray(from, Math.min(until, from + wanted))]);
        length += until - from;
        from = until + 1;
        if (found < 0) break;
        const crlf = length === begun.length && begun.at(-1) === 13;
        yield { octets: crlf ? begun.subarray(0, -1) : begun, ended: true, crlf, bytes: length + 1 };
        begun = Buffer.alloc(0);
        length = 0;
      }
    }
    if (length > 0) yield { octets: begun, ended: false, crlf: false, bytes: length };
  } finally {
    closeSync(fd);
  }
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

/** Without it a new file's name may be lost with the power, however safe its bytes are. Windows has no such call. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const fd = openSync(dirname(path), "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
