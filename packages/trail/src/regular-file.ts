// Small files beside the trail (spool, run markers, notes, the key) are read and written without trusting what stands there:
// a pipe would block the process, a link would lead out of the folder, a device never ends. So no link is followed, no open
// blocks, and only regular files count.
import { closeSync, constants, existsSync, fstatSync, openSync, readSync, renameSync, writeSync } from "node:fs";

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_WRONLY } = constants;

/** Errors that are not the file's: reading is tried again later. */
const PASSING = new Set(["EMFILE", "ENFILE", "ENOMEM", "EINTR", "EAGAIN", "EBUSY", "EIO", "ESTALE"]);

export type ReadFile = { readonly bytes: Buffer } | { readonly trouble: "gone" | "later" | "refused" };

/** The bytes of a regular file of at most `most` bytes. "refused": it is something else, too long, or cannot be opened. */
export function readRegular(path: string, most: number): ReadFile {
  let file: number | undefined;
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > most) return { trouble: "refused" };
    const bytes = Buffer.alloc(stat.size);
    let at = 0;
    for (let n = 1; n > 0 && at < bytes.length; at += n) n = readSync(file, bytes, at, bytes.length - at, at);
    return { bytes: bytes.subarray(0, at) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    return { trouble: code === "ENOENT" ? "gone" : PASSING.has(code) ? "later" : "refused" };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * A regular file, open for reading; undefined where it cannot be opened, or is something else. Links are followed: for files
 * that a person names.
 */
export function openRegular(path: string): number | undefined {
  let file: number;
  try {
    file = openSync(path, O_RDONLY | O_NONBLOCK);
  } catch {
    return undefined;
  }
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  return undefined;
}

/** Adds bytes to the end of a regular file, which is made where it is missing. Throws what the file system throws. */
export function appendRegular(path: string, text: string, { fresh = false } = {}): void {
  const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | (fresh ? O_EXCL : 0), 0o600);
  try {
    if (!fstatSync(file).isFile()) throw new Error(`${path} is no regular file`);
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** Renames a file, in its folder, to a name that is never read. False where that cannot be done. Nothing is overwritten. */
export function putAside(path: string, unique: string): boolean {
  try {
    const plain = `${path}.refused`;
    renameSync(path, existsSync(plain) ? `${path}.${unique}.refused` : plain);
    return true;
  } catch {
    return false;
  }
}
