// The ledger file: the same signed statements in a file that may stand on another mount, so that anchoring works with no
// account. Every append is on disk when it returns. One writer at a time by a lock file; readers need none.
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { SignedFingerprint } from "../check/fingerprint.js";
import {
  LEDGER_FORMAT,
  type LedgerCode,
  type LedgerEntry,
  LONGEST_LINE,
  lineHash,
  lineOf,
  NO_LINE,
  readLine,
} from "./entry.js";

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
const nobody = new Int32Array(new SharedArrayBuffer(4));

/**
 * Every line, in order, with what is wrong with it; memory for one line. A file that is not there has no lines.
 *
 * Lines that are no entry are what a write left behind that never finished: they are passed over, and told once for each
 * run of them. Where the entry after such a run does not follow the entry before it, one of them stood there: then the run
 * is `line-malformed`.
 */
export function* readLedger(path: string): Generator<LedgerLine | LedgerFault> {
  let before = { number: 0, hash: NO_LINE };
  let line = 0;
  let at = 0;
  let run: { line: number; offset: number; lines: number } | undefined;
  for (const { octets, ended, bytes } of lines(path)) {
    line++;
    const offset = at;
    at += bytes;
    if (!ended) {
      if (run !== undefined) yield { ...run, code: "torn-line" };
      yield { line, offset, code: "torn-end" };
      return;
    }
    const read = readLine(textOf(octets), before);
    if (!read.ok && read.entry === undefined) {
      if (run === undefined) run = { line, offset, lines: 1 };
      else run.lines++;
      continue;
    }
    if (run !== undefined) yield { ...run, code: read.ok ? "torn-line" : "line-malformed" };
    run = undefined;
    if (read.ok) yield { line, offset, entry: read.entry };
    else yield { line, offset, code: read.code, entry: read.entry! };
    before = { number: read.entry!.number, hash: lineHash(octets) };
  }
  if (run !== undefined) yield { ...run, code: "torn-line" };
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

export class Ledger {
  readonly path: string;
  readonly #clock: () => number;

  constructor(path: string, options: { clock?: () => number } = {}) {
    this.path = path;
    this.#clock = options.clock ?? Date.now;
  }

  /**
   * Appends those statements that are not at the file's end yet, and returns once they are on disk. Nothing is ever cut off
   * or written over, so a file that may only be appended to will do. `known` sees the newest entries that are there; where
   * it returns false, nothing is appended. Throws LedgerError, or what the disk says.
   */
  append(statements: readonly SignedFingerprint[], known: (entry: LedgerEntry) => boolean = () => true): boolean {
    const unlock = this.#lock();
    try {
      const there = statSync(this.path, { throwIfNoEntry: false });
      if (there?.isFile() === false)
        throw new LedgerError("ledger-no-file", `${this.path} is no file: name another one`);
      const made = there === undefined;
      const fd = openSync(this.path, "a+", 0o600);
      try {
        const end = readEnd(this.path, fstatSync(fd).size);
        const missing = new Map(statements.map((signed) => [signed.hash, signed]));
        for (const entry of end.entries) {
          if (!known(entry)) return false;
          missing.delete(entry.statement.hash);
        }
        let { number, hash } = end.before;
        // Ends what an earlier write left without its line feed; readers pass it over, or find the entry that it is.
        let text = end.open ? "\n" : "";
        const at = new Date(this.#clock()).toISOString();
        for (const statement of missing.values()) {
          const line = lineOf({ format: LEDGER_FORMAT, number: ++number, previous: hash, at, statement });
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
}

/** What stands at the end of the file: `audit verify` reads all of it. Throws LedgerError where entries do not follow. */
function readEnd(path: string, size: number): End {
  for (let tail = TAIL; ; tail *= 4) {
    const start = Math.max(0, size - tail);
    const end = readFrom(path, start);
    if (start === 0 || end.entries.length >= ENTRIES_SEEN) return end;
  }
}

function readFrom(path: string, start: number): End {
  const end: End = { entries: [], before: { number: 0, hash: NO_LINE }, open: false };
  let before = start === 0 ? end.before : undefined;
  let at = start;
  for (const { octets, ended, bytes } of lines(path, start)) {
    const begun = at;
    at += bytes;
    end.open = !ended;
    if (start > 0 && begun === start) continue; // the end of a line that began before
    const read = readLine(textOf(octets), before);
    if (read.ok) {
      end.entries.push(read.entry);
      before = { number: read.entry.number, hash: lineHash(octets) };
    } else if (read.entry !== undefined && ended) {
      const where = `${path}: ${read.code} at byte ${begun}`;
      throw new LedgerError(read.code, `${where}: keep the file, and name another one`);
    }
  }
  if (before !== undefined) end.before = before;
  return end;
}

/** Removes the lock of a process that was killed. Moved aside first: of several that try, one gets it. */
function takeDeadLock(path: string): void {
  try {
    const holder = readFileSync(path, "utf8");
    // A time in the future is no younger: the clock was ahead, or somebody set it.
    const old = Math.abs(Date.now() - statSync(path).mtimeMs) > LOCK_STALE_MS;
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

/** Lines of a file in chunks, without their line feed; of a line over 64 KiB its beginning, one byte longer than any entry
 * may be. `ended` is false for what follows the last line feed. */
function* lines(path: string, start = 0): Generator<{ octets: Uint8Array; ended: boolean; bytes: number }> {
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
        const wanted = Math.max(0, LONGEST_LINE + 1 - begun.length);
        begun = Buffer.concat([begun, chunk.subarray(from, Math.min(until, from + wanted))]);
        length += until - from;
        from = until + 1;
        if (found < 0) break;
        yield { octets: begun, ended: true, bytes: length + 1 };
        begun = Buffer.alloc(0);
        length = 0;
      }
    }
    if (length > 0) yield { octets: begun, ended: false, bytes: length };
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
