// Where a short process puts an event that it could not append: a folder beside the trail, or, where that cannot be
// written (disk full, read-only, permission flip), one of the user's own under the system's temporary folder.

import { hash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { attempt } from "../attempt.js";
import { DedupeKeys } from "../ingest/dedupe.js";
import { trailSecret } from "../log/key-file.js";
import type { Random } from "../log/random.js";
import { appendRegular, putAside } from "../regular-file.js";
import { encodeSpool, type SpooledEvent } from "./entry.js";

/** Beyond this the spool takes no more: an agent that runs on for weeks without its trail must not fill the disk. */
const mostFiles = 10_000;

/** Most names of a folder that are read: more than a spool ever holds. This bounds the time. */
const mostNames = 50_000;
/** Most events of one file, so that it stays below `mostSpoolBytes`. */
const eventsPerFile = 8;
/** A longer file was not written by us: eight events with full content and metadata are shorter. */
export const mostSpoolBytes = 16 * 1024 * 1024;

/**
 * Name of the files that count lost events, with one byte for each: appending a byte may work where nothing else does. An empty
 * file means that events were lost and not even their number could be written.
 */
const LOST = "lost";
/** A longer file is not a count of ours. */
const mostLost = 1_000_000_000;

/** The folders that may hold spooled events of this trail, in the order in which they are tried. */
export function spoolFolders(db: string): string[] {
  const path = resolve(db);
  const name = hash("sha256", path, "hex").slice(0, 16);
  return [`${path}.spool`, join(tmpdir(), `sealtrail-${process.getuid?.() ?? "user"}-${name}.spool`)];
}

/** Stores the events for a later process to take in. False when some were lost; they are counted where possible. */
export function spool(db: string, events: readonly SpooledEvent[], options: { now: number; random: Random }): boolean {
  const secret = trailSecret(db);
  const keys = secret && new DedupeKeys(secret);
  const folders = spoolFolders(db);
  let lost = 0;
  for (let from = 0; from < events.length; from += eventsPerFile) {
    const some = events.slice(from, from + eventsPerFile);
    if (spoolText(folders, encodeSpool(some, keys), options) === undefined) lost += some.length;
  }
  if (lost > 0) countLost(folders, lost, options.random);
  return lost === 0;
}

/**
 * Writes one file, whole, into the first folder that takes it; its path, or undefined.
 *
 * @param ending "json" for events, "sealed" for what is not redacted yet (`sealed.ts`)
 */
export function spoolText(
  folders: readonly string[],
  text: string | Uint8Array,
  { now, random, ending = "json" }: { now: number; random: Random; ending?: "json" | "sealed" },
): string | undefined {
  const unique = Buffer.from(random(9)).toString("base64url");
  // The name begins with the time, so that events are taken in in the order in which they happened.
  const name = `${String(now).padStart(15, "0")}-${unique}.${ending}`;
  for (const folder of folders) {
    try {
      ownFolder(folder);
      if (namesIn(folder).filter((other) => !other.endsWith(REFUSED)).length >= mostFiles) return undefined;
      writeWhole(folder, name, text);
      return join(folder, name);
    } catch {
      // The next folder, or the count of what is lost.
    }
  }
  return undefined;
}

/** Counts events that could not be stored anywhere. On a full disk an empty file may still be made. */
export function countLost(folders: readonly string[], count: number, random: Random): void {
  for (const folder of folders) {
    try {
      ownFolder(folder);
    } catch {
      continue;
    }
    const other = `${LOST}-${Buffer.from(random(9)).toString("base64url")}`;
    for (const [name, fresh] of [
      [LOST, false],
      [other, true],
    ] as const) {
      try {
        appendRegular(join(folder, name), "x".repeat(count), { fresh });
        return;
      } catch {
        // Not a file, or full. Nothing can be written anywhere? The run goes on: failing to record must not stop the agent.
      }
    }
  }
}

/** A draft that is older: its process died before it could give it its name. */
const staleDraftMs = 60_000;
const REFUSED = ".refused";

export interface Waiting {
  /** Files of events, oldest first: complete ones, and drafts that nobody will complete any more. */
  readonly files: string[];
  /** Encrypted payloads that no process has redacted yet, oldest first. */
  readonly sealed: string[];
  /** Events that could not be kept, as far as they were counted. */
  readonly lost: number;
  /** Notes of losses without a number. */
  readonly unknownLosses: number;
  /** Files that could not be taken in and were put aside. */
  readonly refused: number;
  /** Pipes, folders, links and devices with the name of a spool file. They stay where they are. */
  readonly strange: string[];
  /** Bytes of all of them. */
  readonly bytes: number;
}

/** The contents of the folder. Never throws. */
export function spooled(folder: string): Waiting {
  const found = {
    files: [] as string[],
    sealed: [] as string[],
    strange: [] as string[],
    lost: 0,
    unknownLosses: 0,
    refused: 0,
    bytes: 0,
  };
  let names: string[];
  try {
    if (!isOwn(folder)) return found;
    names = namesIn(folder);
  } catch {
    return found;
  }
  for (const name of names) {
    const path = join(folder, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    if (stat.isFile()) found.bytes += stat.size;
    const [, dot, ending, draft] = /^(\.?)\d{15}-[\w-]+\.(json|sealed)(\.new)?$/.exec(name) ?? [];
    if (name.endsWith(REFUSED)) found.refused++;
    else if (isLossNote(name)) {
      const count = lossOf(stat);
      if (count === undefined) found.unknownLosses++;
      else found.lost += count;
    } else if (ending !== undefined) {
      // A time in the future is no younger than one in the past.
      const left = dot === "." && draft !== undefined && Math.abs(Date.now() - stat.mtimeMs) > staleDraftMs;
      if (!stat.isFile()) found.strange.push(path);
      else if (left || (dot === "" && draft === undefined)) (ending === "json" ? found.files : found.sealed).push(path);
    }
  }
  const time = (path: string) => basename(path).replace(/^\./, "");
  const byTime = (a: string, b: string) => (time(a) < time(b) ? -1 : 1);
  found.files.sort(byTime);
  found.sealed.sort(byTime);
  return found;
}

/** Whether anything waits in this trail's spool folders. */
export function waits(db: string): boolean {
  return spoolFolders(db).some((folder) => {
    const { files, sealed, lost, unknownLosses } = spooled(folder);
    return files.length + sealed.length + lost + unknownLosses > 0;
  });
}

function isLossNote(name: string): boolean {
  return name === LOST || (name.startsWith(`${LOST}-`) && !name.endsWith(REFUSED));
}

/** Undefined where the note has no number: it is empty, too large, or no file. */
function lossOf(stat: Stats): number | undefined {
  return stat.isFile() && stat.size > 0 && stat.size <= mostLost ? stat.size : undefined;
}

function namesIn(folder: string): string[] {
  const names: string[] = [];
  const open = opendirSync(folder);
  try {
    for (let entry = open.readSync(); entry !== null && names.length < mostNames; entry = open.readSync())
      names.push(entry.name);
  } finally {
    open.closeSync();
  }
  return names;
}

export interface LossNote {
  readonly path: string;
  /** Undefined: events were lost, how many is not known. */
  readonly count: number | undefined;
}

/** Claims the counts of lost events by renaming their files, so that each is put on record once. */
export function claimLost(folder: string, random: Random): LossNote[] {
  const notes: LossNote[] = [];
  for (const name of namesIn(folder).filter(isLossNote).slice(0, 100)) {
    let path = join(folder, name);
    try {
      if (name === LOST) {
        const claimed = join(folder, `${LOST}-${Buffer.from(random(9)).toString("base64url")}`);
        renameSync(path, claimed);
        path = claimed;
      }
      notes.push({ path, count: lossOf(lstatSync(path)) });
    } catch {
      // Another process was faster.
    }
  }
  return notes;
}

/** Removes a count that is on record. Anything that cannot be removed as a file is put aside. */
export function removeNote(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    putAside(path, "again");
  }
}

/** Makes the folder. Throws where it is not ours: anybody may make a folder of that name under /tmp. */
function ownFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  if (!isOwn(folder)) throw new Error(`${folder} belongs to somebody else`);
}

function isOwn(folder: string): boolean {
  const stat = lstatSync(folder);
  return stat.isDirectory() && (process.getuid === undefined || stat.uid === process.getuid());
}

/** All or nothing. Throws where another process writes the same name. The file has its name only once it is complete and on disk. */
export function writeWhole(folder: string, name: string, text: string | Uint8Array): void {
  const draft = join(folder, `.${name}.new`);
  const handle = openSync(draft, "wx", 0o600);
  try {
    const content = typeof text === "string" ? Buffer.from(text) : text;
    for (let at = 0; at < content.length; ) at += writeSync(handle, content, at);
    fsyncSync(handle);
    renameSync(draft, join(folder, name));
  } catch (error) {
    attempt(() => unlinkSync(draft));
    throw error;
  } finally {
    closeSync(handle);
  }
}
