// The ledger file: the same signed statements in a file that may stand on another mount, so that anchoring works with no
// account. Every append is on disk when it returns. One writer at a time by a lock file; readers need none.
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
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
import { LEDGER_FORMAT, type LedgerCode, type LedgerEntry, lineHash, lineOf, NO_LINE, readLine } from "./entry.js";

export class LedgerError extends Error {
  override name = "LedgerError";
  readonly code: LedgerCode | "ledger-locked";
  constructor(code: LedgerCode | "ledger-locked", message: string) {
    super(message);
    this.code = code;
  }
}

export interface LedgerFault {
  /** From 1. */
  line: number;
  code: LedgerCode;
  /** Where the line itself is whole, and only its place is wrong. */
  entry?: LedgerEntry;
}

const CHUNK = 1 << 20;
const TAIL = 1 << 20;
const MAX_LINE = 1 << 16;
const LOCK_PATIENCE_MS = 5_000;
/** A lock older than this was left by a process that was killed: holding one takes milliseconds. */
const LOCK_STALE_MS = 10_000;
const nobody = new Int32Array(new SharedArrayBuffer(4));

/** Every line, in order, with what is wrong with it; memory for one line. A file that is not there has no lines. */
export function* readLedger(path: string): Generator<{ line: number; entry: LedgerEntry } | LedgerFault> {
  let number = 0;
  let hash = NO_LINE;
  let line = 0;
  for (const { octets, whole } of lines(path)) {
    line++;
    const read = whole ? readLine(textOf(octets), { number, hash }) : { ok: false as const, code: "torn-end" as const };
    const entry = "entry" in read ? read.entry : undefined;
    if (read.ok) yield { line, entry: read.entry };
    else yield { line, code: read.code, ...(entry === undefined ? {} : { entry }) };
    number = entry?.number ?? number + 1;
    hash = lineHash(octets);
  }
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
   * Appends those statements that are not at the file's end yet, and returns once they are on disk. `known` sees the
   * newest entries that are there; where it returns false, nothing is appended. Throws LedgerError, or what the disk says.
   */
  append(statements: readonly SignedFingerprint[], known: (entry: LedgerEntry) => boolean = () => true): boolean {
    const unlock = this.#lock();
    try {
      const made = statSync(this.path, { throwIfNoEntry: false }) === undefined;
      const fd = openSync(this.path, "a+", 0o600);
      try {
        const missing = new Map(statements.map((signed) => [signed.hash, signed]));
        const end = this.#end(fstatSync(fd).size, (entry) => {
          missing.delete(entry.statement.hash);
          return known(entry);
        });
        if (end === undefined) return false;
        ftruncateSync(fd, end.length);
        let { number, hash } = end;
        let text = "";
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

  /**
   * Where the next line goes and what it follows. Reads the last MiB: a statement that a killed process had written but
   * not noted is among its newest, and so is what a copy of the trail wrote that went on. `audit verify` reads it all.
   */
  #end(
    size: number,
    each: (entry: LedgerEntry) => boolean,
  ): { length: number; number: number; hash: string } | undefined {
    const start = Math.max(0, size - TAIL);
    let at = start;
    let last = start === 0 ? { number: 0, hash: NO_LINE } : undefined;
    for (const { octets, whole, bytes } of lines(this.path, start)) {
      if (!whole) break; // never acknowledged
      const inside = start > 0 && at === start; // the end of a line that began before
      if (!inside) {
        const read = readLine(textOf(octets), last);
        if (!read.ok) {
          throw new LedgerError(
            read.code,
            `${this.path}: ${read.code} at byte ${at}: keep the file, and name another one`,
          );
        }
        last = { number: read.entry.number, hash: lineHash(octets) };
        if (!each(read.entry)) return undefined;
      }
      at += bytes;
    }
    return { length: at, ...(last ?? { number: 0, hash: NO_LINE }) };
  }

  #lock(): () => void {
    const path = `${this.path}.lock`;
    const until = Date.now() + LOCK_PATIENCE_MS;
    for (;;) {
      try {
        const fd = openSync(path, "wx", 0o600);
        writeSync(fd, `${process.pid}\n`);
        closeSync(fd);
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

/** Removes the lock of a process that was killed. Moved aside first: of several that try, one gets it. */
function takeDeadLock(path: string): void {
  try {
    const holder = readFileSync(path, "utf8");
    const old = Date.now() - statSync(path).mtimeMs > LOCK_STALE_MS;
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

/** Lines of a file in chunks; `whole` is false for what follows the last newline, and for a line over 64 KiB. */
function* lines(path: string, start = 0): Generator<{ octets: Uint8Array; whole: boolean; bytes: number }> {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    const chunk = Buffer.alloc(CHUNK);
    let rest = Buffer.alloc(0);
    let at = start;
    for (;;) {
      const read = readSync(fd, chunk, 0, CHUNK, at);
      if (read === 0) break;
      at += read;
      let bytes = Buffer.concat([rest, chunk.subarray(0, read)]);
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
        yield { octets: bytes.subarray(0, Math.min(end, MAX_LINE)), whole: true, bytes: end + 1 };
        bytes = bytes.subarray(end + 1);
      }
      rest = bytes;
      if (rest.length > MAX_LINE + CHUNK) break;
    }
    if (rest.length > 0) yield { octets: rest.subarray(0, MAX_LINE), whole: false, bytes: rest.length };
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
