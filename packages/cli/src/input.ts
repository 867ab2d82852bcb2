/** Inputs named on the command line: a literal, `@file`, or `-` for stdin; of evidence never more than 16 MiB (formats.md, opening). */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import { CliError } from "./errors.js";
import { EXIT } from "./exit.js";
import type { Io } from "./io.js";

export const INPUT_LIMIT = 16 * 1024 * 1024;

/** Of a file that the reader trusts. Several may be given at once, and what is read out of them keeps their texts in memory. */
const TRUSTED_LIMIT = 1024 * 1024;

function tooLarge(name: string, limit: number): CliError {
  return new CliError(
    "too-large",
    EXIT.data,
    `${name} is over ${limit / 1024 ** 2} MiB`,
    "no file of ours that is read at once is so large",
  );
}

function openInput(io: Io, name: string): number {
  const handle = openSync(resolve(io.cwd, name), "r");
  if (!fstatSync(handle).isDirectory()) return handle;
  closeSync(handle);
  throw new CliError("is-folder", EXIT.missing, `${name} is a folder`, "name a file in it");
}

/** Up to `most` bytes from the file's beginning. */
export function readHead(io: Io, name: string, most: number): Uint8Array {
  const handle = openInput(io, name);
  try {
    const parts: Uint8Array[] = [];
    // A file of a known size is read at once: two copies of 16 MiB are much of the memory that a verifier may take.
    let next = Math.max(fstatSync(handle).size, 1024 * 1024);
    for (let left = most; left > 0; next = 1024 * 1024) {
      const part = new Uint8Array(Math.min(left, next));
      const n = readSync(handle, part);
      if (n === 0) break;
      parts.push(part.subarray(0, n));
      left -= n;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  } finally {
    closeSync(handle);
  }
}

function readInputFile(io: Io, name: string, limit: number): Uint8Array {
  const bytes = readHead(io, name, limit + 1);
  if (bytes.length > limit) throw tooLarge(name, limit);
  return bytes;
}

export async function readStdin(io: Io, limit = INPUT_LIMIT): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of io.stdin) {
    size += part.length;
    if (size > limit) throw tooLarge("stdin", limit);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** From so many bytes on, the values of a file can take more memory than the program itself. */
const LARGE = 1024 * 1024;

/** For a large file the heap is kept small: by default it holds 100 MB of garbage beside the values. Takes twice the time. */
function sparingly(bytes: Uint8Array): Uint8Array {
  if (bytes.length > LARGE) setFlagsFromString("--optimize-for-size");
  return bytes;
}

/** What is under test, as `readArgument` takes it. Over the limit it is cut just behind it: its verifier says `too-large`. */
export async function readEvidence(io: Io, argument: string, limit = INPUT_LIMIT): Promise<Uint8Array> {
  if (argument.startsWith("@")) return sparingly(readHead(io, argument.slice(1), limit + 1));
  if (argument !== "-") return new TextEncoder().encode(argument);
  const parts: Uint8Array[] = [];
  let left = limit + 1;
  for await (const part of io.stdin) {
    parts.push(part.subarray(0, left));
    left -= part.length;
    if (left <= 0) break;
  }
  return sparingly(Buffer.concat(parts));
}

/** What the reader trusts. `-`: stdin; `@name`: that file; anything else is taken as it stands. */
export async function readArgument(io: Io, argument: string): Promise<Uint8Array> {
  if (argument === "-") return readStdin(io, TRUSTED_LIMIT);
  if (argument.startsWith("@")) return readInputFile(io, argument.slice(1), TRUSTED_LIMIT);
  return new TextEncoder().encode(argument);
}
