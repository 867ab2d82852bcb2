// Bytes into lines, with a bound: a line over the limit is passed over without being kept, and what is no UTF-8 is
// refused. Every line has its number and byte offset, so that a refused one can be found again.
import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";

/** A line longer than this is no host event. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

export interface Line {
  /** From 1, blank lines counted. */
  number: number;
  /** Of its first byte in the input. */
  offset: number;
  /** Of its bytes, without the line end. */
  length: number;
  /** The line; valid until the next one is taken. Absent when it was refused. */
  bytes?: Uint8Array;
  /** Why it was refused. */
  refused?: string;
}

/** Cuts an input that comes in pieces. `offset`: where in the file the first piece begins. */
export class LineSplitter {
  readonly #limit: number;
  #number: number;
  /** Of the first byte that no line has taken yet. */
  #offset: number;
  /** The beginning of a line that is not complete, in pieces, and its length, which may be more than is kept. */
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(options: { limit?: number; offset?: number; number?: number } = {}) {
    this.#limit = options.limit ?? MAX_LINE_BYTES;
    this.#offset = options.offset ?? 0;
    this.#number = options.number ?? 0;
  }

  /** The offset behind the last complete line: where to go on reading. */
  get offset(): number {
    return this.#offset;
  }

  /** Lines given out, blank ones counted. */
  get number(): number {
    return this.#number;
  }

  /** Bytes held back until their line is complete. */
  get pending(): number {
    return this.#length;
  }

  /** The lines that this piece completes. The piece is copied where it is needed for longer. */
  *push(piece: Uint8Array): Generator<Line> {
    let from = 0;
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, from)) {
      const line = this.#complete(piece.subarray(from, end), 1);
      if (line !== undefined) yield line;
      from = end + 1;
    }
    if (from === piece.length) return;
    const rest = piece.subarray(from);
    this.#length += rest.length;
    if (this.#length <= this.#limit) this.#pieces.push(rest.slice());
    else this.#pieces = [];
  }

  /** The end of the input: what stands without a line end is a line too. */
  end(): Line | undefined {
    return this.#length === 0 ? undefined : this.#complete(new Uint8Array(0), 0);
  }

  /** Forgets the beginning of a line, for an input that was cut short under the reader; tells how long it was. */
  abandon(): Line | undefined {
    if (this.#length === 0) return undefined;
    const line = { number: ++this.#number, offset: this.#offset, length: this.#length };
    this.#pieces = [];
    this.#offset += this.#length;
    this.#length = 0;
    return { ...line, refused: "the file was cut short in the middle of this line" };
  }

  #complete(last: Uint8Array, lineEnd: number): Line | undefined {
    const length = this.#length + last.length;
    const line: Line = { number: ++this.#number, offset: this.#offset, length };
    this.#offset += length + lineEnd;
    const tooLong = length > this.#limit;
    let bytes = last;
    if (this.#length > 0 && !tooLong) bytes = joined(this.#pieces, last, length);
    this.#pieces = [];
    this.#length = 0;
    if (tooLong) return { ...line, refused: `longer than ${this.#limit} bytes` };
    if (bytes[bytes.length - 1] === 13) bytes = bytes.subarray(0, bytes.length - 1);
    if (line.number === 1 && line.offset === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
      bytes = bytes.subarray(3); // a byte order mark at the head of the file
    }
    if (isBlank(bytes)) return undefined;
    if (!isUtf8(bytes)) return { ...line, refused: "not valid UTF-8" };
    line.bytes = bytes;
    return line;
  }
}

function joined(pieces: readonly Uint8Array[], last: Uint8Array, length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  whole.set(last, at);
  return whole;
}

function isBlank(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 32 && byte !== 9 && byte !== 13) return false;
  return true;
}

const CHUNK = 256 * 1024;

/** Lines of a file or of an open file descriptor, read synchronously: the fast path for bulk ingest. */
export function* readLines(file: string | number, options: { limit?: number } = {}): Generator<Line> {
  const fd = typeof file === "number" ? file : openSync(file, "r");
  try {
    const splitter = new LineSplitter(options);
    const buffer = new Uint8Array(CHUNK);
    for (let n = readSync(fd, buffer); n > 0; n = readSync(fd, buffer)) yield* splitter.push(buffer.subarray(0, n));
    const last = splitter.end();
    if (last !== undefined) yield last;
  } finally {
    if (typeof file === "string") closeSync(fd);
  }
}

/** Lines of a stream, such as standard input. */
export async function* streamLines(
  stream: AsyncIterable<Uint8Array>,
  options: { limit?: number } = {},
): AsyncGenerator<Line> {
  const splitter = new LineSplitter(options);
  for await (const piece of stream) yield* splitter.push(piece);
  const last = splitter.end();
  if (last !== undefined) yield last;
}
