// Reads the lines of an open file from where an earlier run stopped, and tells how far it was read: the offset behind the last
// whole line, with a keyed hash of every byte before it.
import { createHash, type Hash } from "node:crypto";
import { fstatSync, readSync } from "node:fs";
import { type Line, LineSplitter } from "./lines.js";

const CHUNK = 256 * 1024;
/**
 * Bytes before the read position that are compared at each look: a file that was truncated and has grown again holds others
 * there.
 */
const WITNESS_BYTES = 64;

/** Begins a hash over the bytes of a file. It is keyed, so the stored hash reveals nothing about them. */
export function fileHash(secret: Uint8Array): Hash {
  return createHash("sha256").update("sealtrail:file\n").update(secret);
}

export interface Mark {
  /** Offset behind the last whole line. */
  bytes: number;
  /** Lines up to there, and those of them that are not blank. */
  number: number;
  lines: number;
  /** Hex. */
  hash: string;
}

/** Where to begin: `hash` covers the bytes before. */
export interface Start extends Omit<Mark, "hash"> {
  hash: Hash;
}

export class FileLines {
  readonly #fd: number;
  readonly #splitter: LineSplitter;
  readonly #buffer = new Uint8Array(CHUNK);
  #piece = new Uint8Array(0);
  /** Offset of the next byte to read. */
  #at: number;
  /** Hash of the bytes before `#hashed`. */
  readonly #running: Hash;
  #hashed: number;
  /** Hash of the bytes before `#lineEnd`. */
  #lineHash: Hash;
  #lineEnd: number;
  #lines: number;
  #witness = new Uint8Array(0);

  constructor(fd: number, start: Start, limit?: number) {
    this.#fd = fd;
    this.#splitter = new LineSplitter({
      offset: start.bytes,
      number: start.number,
      ...(limit === undefined ? {} : { limit }),
    });
    this.#at = this.#hashed = this.#lineEnd = start.bytes;
    this.#running = start.hash.copy();
    this.#lineHash = start.hash.copy();
    this.#lines = start.lines;
  }

  /** Offset behind the last whole line. */
  get offset(): number {
    return this.#splitter.offset;
  }

  /** All whole lines up to the present end of the file. */
  *read(): Generator<Line> {
    for (;;) {
      const n = readSync(this.#fd, this.#buffer, 0, CHUNK, this.#at);
      if (n === 0) return;
      this.#piece = this.#buffer.subarray(0, n);
      for (const line of this.#splitter.push(this.#piece)) {
        this.#lines++;
        yield line;
      }
      this.#settle();
      this.#running.update(this.#piece.subarray(this.#hashed - this.#at));
      this.#remember(this.#piece);
      this.#at += n;
      this.#hashed = this.#at;
    }
  }

  /** The text behind the last line end, if there is any. It is a line too, but the mark stays before it. */
  end(): Line | undefined {
    return this.#splitter.end();
  }

  /** The incomplete line that was read before the file was truncated. */
  abandon(): Line | undefined {
    return this.#splitter.abandon();
  }

  /** The position behind the line that was read last. */
  get mark(): Mark {
    this.#settle();
    const { number } = this.#splitter;
    return { bytes: this.#lineEnd, number, lines: this.#lines, hash: this.#lineHash.copy().digest("hex") };
  }

  /** Whether the file no longer holds the bytes that were read last. */
  wasCut(): boolean {
    if (fstatSync(this.#fd).size < this.#at) return true;
    const now = new Uint8Array(this.#witness.length);
    const n = readSync(this.#fd, now, 0, now.length, this.#at - now.length);
    return n !== now.length || !now.every((byte, i) => byte === this.#witness[i]);
  }

  /** Brings the hashes to the end of the last whole line, which ends in the piece at hand. */
  #settle(): void {
    const end = this.#splitter.offset;
    if (end <= this.#lineEnd || end <= this.#hashed) return;
    this.#running.update(this.#piece.subarray(this.#hashed - this.#at, end - this.#at));
    this.#hashed = this.#lineEnd = end;
    this.#lineHash = this.#running.copy();
  }

  #remember(piece: Uint8Array): void {
    const kept = Math.min(WITNESS_BYTES - Math.min(piece.length, WITNESS_BYTES), this.#witness.length);
    const tail = piece.subarray(Math.max(0, piece.length - WITNESS_BYTES));
    const next = new Uint8Array(kept + tail.length);
    next.set(this.#witness.subarray(this.#witness.length - kept));
    next.set(tail, kept);
    this.#witness = next;
  }
}
