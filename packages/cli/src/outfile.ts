/**
 * Output files: written beside their place, flushed, then renamed, so that a failing command neither makes nor changes one.
 * `refuseOwnFile` first checks that the name that a user gave is not one of the trail's own files.
 */
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { loadConfig } from "./config.js";
import { CliError } from "./errors.js";
import { EXIT } from "./exit.js";
import type { Io } from "./io.js";

export interface OutFile {
  write(part: string | Uint8Array): void;
  /** Puts the finished file into its place. */
  commit(): void;
  /** Leaves everything as it was. Does nothing after `commit`. */
  abandon(): void;
}

/** Makes a folder and those above it, a step at a time: `mkdir -p` of Node's never comes back under /proc. */
export function makeFolders(path: string, mode: number): void {
  if (statOf(path)?.isDirectory()) return;
  const above = dirname(path);
  if (above !== path) makeFolders(above, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (!statOf(path)?.isDirectory()) throw error;
  }
}

function statOf(path: string) {
  return statSync(path, { throwIfNoEntry: false });
}

/**
 * Throws where the name is a file of the trail: `--out audit.db` must not replace the trail by a proof, and `--rejects
 * signing.key` must not destroy the key. `besides`: other files in the trail's folder that must not be overwritten.
 */
export async function refuseOwnFile(
  io: Io,
  name: string,
  trail: string,
  besides: readonly string[] = ["rejects.jsonl"],
): Promise<void> {
  const path = resolve(io.cwd, name);
  const { SEALTRAIL_SIGNING_KEY_FILE, SEALTRAIL_API_KEY_FILE, SEALTRAIL_WALLET_KEY_FILE } = io.env;
  const keys = [SEALTRAIL_SIGNING_KEY_FILE, SEALTRAIL_API_KEY_FILE, SEALTRAIL_WALLET_KEY_FILE];
  const more = keys.filter((key) => key !== undefined && key !== "").map((key) => resolve(io.cwd, key as string));
  const { sink, ...config } = loadConfig(trail);
  for (const beside of [...besides, sink]) if (beside !== undefined) more.push(resolve(dirname(trail), beside));
  const { isOwnFile } = await import("@sealtrail/trail/log");
  if (isOwnFile(path, trail, config, more)) {
    throw new CliError("out-is-trail", EXIT.usage, `${name} belongs to the trail itself`, "choose another output file");
  }
}

function writeAll(handle: number, part: string | Uint8Array): void {
  const bytes = typeof part === "string" ? Buffer.from(part) : part;
  for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
}

export function openOutFile(io: Io, name: string, options: { mode?: number } = {}): OutFile {
  const path = resolve(io.cwd, name);
  const folder = statOf(dirname(path));
  if (!folder?.isDirectory()) {
    throw new CliError("no-folder", EXIT.missing, `${dirname(path)} is no folder`, "make it first");
  }
  const there = statOf(path);
  // In a folder that others write to, a link of theirs would choose which of our files is written over. One that leads to
  // a pipe or a device (/dev/stdout on a terminal) has nothing to lose.
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (isLink && (there === undefined || there.isFile())) {
    throw new CliError(
      "out-is-link",
      EXIT.usage,
      `${name} is a symbolic link`,
      "name the file itself, or - for stdout",
    );
  }
  if (there?.isDirectory()) throw new CliError("is-folder", EXIT.usage, `${name} is a folder`, "name a file in it");
  if (there && !there.isFile()) {
    // A pipe or a device has no earlier content to keep, and renaming over it would replace it.
    const handle = openSync(path, "w");
    return {
      write: (part) => writeAll(handle, part),
      commit: () => closeSync(handle),
      abandon: () => closeSync(handle),
    };
  }
  const temporary = join(dirname(path), `.${basename(path)}.${Buffer.from(io.random(6)).toString("hex")}.tmp`);
  const handle = openSync(temporary, "wx", options.mode ?? 0o644);
  let open = true;
  const abandon = () => {
    if (!open) return;
    open = false;
    closeSync(handle);
    unlinkSync(temporary);
  };
  return {
    write: (part) => writeAll(handle, part),
    commit() {
      try {
        fsyncSync(handle);
        renameSync(temporary, path);
      } catch (error) {
        abandon();
        throw error;
      }
      open = false;
      closeSync(handle);
    },
    abandon,
  };
}

/** The whole file at once. */
export function writeOutFile(io: Io, name: string, content: string | Uint8Array, options: { mode?: number }): void {
  const out = openOutFile(io, name, options);
  try {
    out.write(content);
    out.commit();
  } catch (error) {
    out.abandon();
    throw error;
  }
}
