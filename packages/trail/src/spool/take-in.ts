// Takes spooled events into the trail. Two processes may do so at once, and each may die between append and removal:
// every spooled event has a dedupe key, so it is on record once. A file that cannot be taken in is put aside and that goes
// on record; it stops neither the other files nor the event that is being recorded.
import { hash } from "node:crypto";
import { lstatSync, rmdirSync, unlinkSync } from "node:fs";
import { basename } from "node:path";
import type { PreparedEvent } from "../event/prepared.js";
import { DedupeKeys } from "../ingest/dedupe.js";
import { preparedText } from "../ingest/pressure.js";
import { TrailError } from "../log/errors.js";
import { type Random, systemRandom } from "../log/random.js";
import { systemEvent } from "../log/system-event.js";
import { sqliteCode } from "../log/transaction.js";
import { putAside, readRegular } from "../regular-file.js";
import type { Trail } from "../trail.js";
import { decodeSpool } from "./entry.js";
import { claimLost, mostSpoolBytes, removeNote, spooled, spoolFolders } from "./folder.js";

export interface TakenIn {
  added: number;
  duplicate: number;
  /** Files that could not be taken in and were put aside. */
  refused: number;
  /** Events that neither the trail nor the spool could take; now on record as `system.degraded`. */
  lost: number;
  /** Notes of losses whose number is not known; each now on record as `system.degraded {unknown: true}`. */
  unknownLosses: number;
}

export interface TakeInOptions {
  /** Files at a time: a hook process has little time. */
  most?: number;
  /** Milliseconds after which no further file is begun. */
  withinMs?: number;
  random?: Random;
}

/** Throws only where the trail itself cannot be written now. */
export function takeInSpool(trail: Trail, options: TakeInOptions = {}): TakenIn {
  const { most = Number.POSITIVE_INFINITY, withinMs = Number.POSITIVE_INFINITY, random = systemRandom } = options;
  const total: TakenIn = { added: 0, duplicate: 0, refused: 0, lost: 0, unknownLosses: 0 };
  const until = performance.now() + withinMs;
  const keys = new DedupeKeys(trail.dedupeSecret);
  for (const folder of spoolFolders(trail.path)) {
    const { files, lost, unknownLosses, strange } = spooled(folder);
    let left = most;
    for (const file of files) {
      if (left === 0 || performance.now() > until) break;
      // A file that stays where it is must not keep the others from being taken in.
      if (takeFile(trail, file, keys, random, total)) left--;
    }
    // They are not moved, and reported once.
    for (const path of strange.slice(0, 20)) noteRefused(trail, path, keys, random);
    if (lost + unknownLosses > 0) takeLost(trail, folder, keys, random, total);
    try {
      // Only ever succeeds on an empty folder.
      rmdirSync(folder);
    } catch {}
  }
  return total;
}

/** True where the file was dealt with: taken in, or put aside. */
function takeFile(trail: Trail, file: string, keys: DedupeKeys, random: Random, total: TakenIn): boolean {
  const read = readRegular(file, mostSpoolBytes);
  if ("trouble" in read) {
    if (read.trouble === "refused") return refuse(trail, file, keys, random, total);
    return false;
  }
  const name = basename(file);
  const entries = decodeSpool(read.bytes);
  if (entries === undefined) return refuse(trail, file, keys, random, total);
  const events = entries.map(({ identity, ...event }, index): PreparedEvent => {
    if (event.dedupe !== undefined && event.dedupeBy !== "moment") return event;
    if (event.dedupe !== undefined) {
      // The event has no identity, only its moment. The file's name and the index make one, so that a file that could not be
      // removed is not taken in twice.
      const { dedupe, dedupeBy, ...rest } = event;
      return { ...rest, dedupe: keys.ofIdentity("spool", `${name}\n${index}`, Buffer.from(dedupe).toString("hex")) };
    }
    // The text before redaction is gone, so the essence is made from the redacted event.
    const essence = hash("sha256", preparedText(event), "hex");
    if (identity === undefined) return { ...event, dedupe: keys.ofIdentity("spool", `${name}\n${index}`, essence) };
    // Without `live`: for a live event, a file that could not be removed would be recorded as a repetition.
    const { live: _, ...rest } = event;
    return { ...rest, dedupe: keys.ofIdentity(event.source, identity, essence), dedupeBy: "identity" };
  });
  try {
    const done = trail.append(events);
    total.added += done.added;
    total.duplicate += done.duplicate;
  } catch (error) {
    if (!isOfContent(error)) throw error;
    return refuse(trail, file, keys, random, total);
  }
  remove(file);
  return true;
}

const sqliteTooBig = 18;
const sqliteConstraint = 19;
const sqliteMismatch = 20;

/** Whether the error comes from the events themselves, so that a later attempt would fail too. */
function isOfContent(error: unknown): boolean {
  const code = sqliteCode(error);
  if (code !== undefined) return code === sqliteTooBig || code === sqliteConstraint || code === sqliteMismatch;
  return !(error instanceof TrailError) && (error instanceof TypeError || error instanceof RangeError);
}

/** For a file that its reader could make nothing of. Throws where the trail cannot be written now. */
export function putAsideSpoolFile(trail: Trail, file: string): void {
  const total: TakenIn = { added: 0, duplicate: 0, refused: 0, lost: 0, unknownLosses: 0 };
  refuse(trail, file, new DedupeKeys(trail.dedupeSecret), systemRandom, total);
}

function refuse(trail: Trail, file: string, keys: DedupeKeys, random: Random, total: TakenIn): boolean {
  if (!noteRefused(trail, file, keys, random)) return false;
  const moved = putAside(file, Buffer.from(random(6)).toString("base64url"));
  if (moved) total.refused++;
  return moved;
}

/** Puts on record that the file was not taken in, once for each file. False where it is gone. */
function noteRefused(trail: Trail, file: string, keys: DedupeKeys, random: Random): boolean {
  const stat = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return false; // taken in by another process
  const name = basename(file);
  const note = systemEvent("system.degraded", {
    description: "a spool file could not be taken in",
    metadata: { reason: "spool-unreadable", file: name.replaceAll(/[^\w.-]/g, "?").slice(0, 255), unknown: true },
    random,
  });
  // Names this file and not only its name: another file may get the same name later.
  const identity = `${name}\n${stat.ino}\n${stat.mtimeNs}\n${stat.size}\nunreadable`;
  trail.append([{ ...note, dedupe: keys.ofIdentity("spool", identity, "") }]);
  return true;
}

function takeLost(trail: Trail, folder: string, keys: DedupeKeys, random: Random, total: TakenIn): void {
  for (const { path, count } of claimLost(folder, random)) {
    const note = systemEvent("system.degraded", {
      description:
        count === undefined
          ? "an unknown number of events could not be recorded"
          : `${count} events could not be recorded`,
      metadata: { reason: "spool-failed", ...(count === undefined ? { unknown: true } : { count }) },
      random,
    });
    trail.append([{ ...note, dedupe: keys.ofIdentity("spool", basename(path), "") }]);
    if (count === undefined) total.unknownLosses++;
    else total.lost += count;
    removeNote(path);
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Another process was faster.
  }
}
