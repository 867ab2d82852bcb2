// Where a short process puts an event that it could not append: a folder beside the trail, or, where that cannot be
// written (disk full, read-only, permission flip), one of the user's own under the system's temporary folder.

import { hash } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DedupeKeys } from "../ingest/dedupe.js";
import { trailSecret } from "../log/key-file.js";
import type { Random } from "../log/random.js";
import { encodeSpool, type SpooledEvent } from "./entry.js";

/** Beyond this the spool takes no more: an agent that runs on for weeks without its trail must not fill the disk. */
const mostFiles = 10_000;

/** One byte a lost event: appending it is the cheapest thing that may still work. */
const LOST = "lost";

/** The folders that may hold spooled events of this trail, in the order in which they are tried. */
export function spoolFolders(db: string): string[] {
  const path = resolve(db);
  const name = hash("sha256", path, "hex").slice(0, 16);
  return [`${path}.spool`, join(tmpdir(), `sealtrail-${process.getuid?.() ?? "user"}-${name}.spool`)];
}

/** Puts the events where a later process takes them in. False when they are lost, counted where even that was possible. */
export function spool(db: string, events: readonly SpooledEvent[], options: { now: number; random: Random }): boolean {
  const secret = trailSecret(db);
  const text = encodeSpool(events, secret && new DedupeKeys(secret));
  const unique = Buffer.from(options.random(9)).toString("base64url");
  // Sorts by time, so that events come in in the order in which they happened.
  const name = `${String(options.now).padStart(15, "0")}-${unique}.json`;
  const folders = spoolFolders(db);
  for (const folder of folders) {
    try {
      ownFolder(folder);
      if (readdirSync(folder).length >= mostFiles) break;
      writeWhole(folder, name, text);
      return true;
    } catch {
      // The next folder, or the count of what is lost.
    }
  }
  for (const folder of folders) {
    try {
      ownFolder(folder);
      appendFileSync(join(folder, LOST), "x".repeat(events.length), { mode: 0o600 });
      return false;
    } catch {
      // Nothing can be written anywhere. The run goes on: failing to record must not stop the agent (events.md).
    }
  }
  return false;
}

/** A draft that is older: its process died before it could give it its name. */
const staleDraftMs = 60_000;

/** What waits, oldest first: complete files, and drafts that nobody will complete any more. */
export function spooled(folder: string): { files: string[]; lost: number } {
  let names: string[];
  try {
    if (!isOwn(folder)) return { files: [], lost: 0 };
    names = readdirSync(folder);
  } catch {
    return { files: [], lost: 0 };
  }
  const isLeft = (name: string) => {
    const written = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? Number.NaN;
    return /^\.\d{15}-[\w-]+\.json\.new$/.test(name) && Date.now() - written > staleDraftMs;
  };
  const files = names
    .filter((name) => /^\d{15}-[\w-]+\.json$/.test(name) || isLeft(name))
    .sort((a, b) => (a.replace(/^\./, "") < b.replace(/^\./, "") ? -1 : 1))
    .map((name) => join(folder, name));
  const lost = names.filter((name) => name === LOST || name.startsWith(`${LOST}-`));
  let count = 0;
  for (const name of lost) count += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  return { files, lost: count };
}

/** Takes the count of lost events out of service, so that it is put on record once; undefined where there is none. */
export function claimLost(folder: string, random: Random): { path: string; count: number } | undefined {
  const earlier = readdirSync(folder).find((name) => name.startsWith(`${LOST}-`));
  const path = join(folder, earlier ?? `${LOST}-${Buffer.from(random(9)).toString("base64url")}`);
  try {
    if (earlier === undefined) renameSync(join(folder, LOST), path);
    return { path, count: statSync(path).size };
  } catch {
    return undefined;
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

/** All or nothing: the file has its name only once it is complete and on disk. */
function writeWhole(folder: string, name: string, text: string): void {
  const draft = join(folder, `.${name}.new`);
  const handle = openSync(draft, "wx", 0o600);
  try {
    const content = Buffer.from(text);
    for (let at = 0; at < content.length; ) at += writeSync(handle, content, at);
    fsyncSync(handle);
    renameSync(draft, join(folder, name));
  } catch (error) {
    unlinkSync(draft);
    throw error;
  } finally {
    closeSync(handle);
  }
}
