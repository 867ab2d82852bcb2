// Takes spooled events into the trail. Two processes may do so at once, and each may die between append and removal:
// every spooled event has a dedupe key, so it is on record once.
import { hash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmdirSync, unlinkSync } from "node:fs";
import { basename } from "node:path";
import type { PreparedEvent } from "../event/prepared.js";
import { DedupeKeys } from "../ingest/dedupe.js";
import { preparedText } from "../ingest/pressure.js";
import { ownEvent } from "../log/own-event.js";
import { type Random, systemRandom } from "../log/random.js";
import type { Trail } from "../trail.js";
import { decodeSpool } from "./entry.js";
import { claimLost, spooled, spoolFolders } from "./folder.js";

export interface TakenIn {
  added: number;
  duplicate: number;
  /** Files that could not be read and were put aside. */
  refused: number;
  /** Events that neither the trail nor the spool could take; now on record as `system.degraded`. */
  lost: number;
}

/** @param most files at a time: a hook process has little time */
export function takeInSpool(trail: Trail, options: { most?: number; random?: Random } = {}): TakenIn {
  const { most = Number.POSITIVE_INFINITY, random = systemRandom } = options;
  const total: TakenIn = { added: 0, duplicate: 0, refused: 0, lost: 0 };
  for (const folder of spoolFolders(trail.path)) {
    if (!existsSync(folder)) continue;
    const keys = new DedupeKeys(trail.dedupeSecret);
    const { files, lost } = spooled(folder);
    for (const file of files.slice(0, most)) takeFile(trail, file, keys, random, total);
    if (lost > 0) takeLost(trail, folder, keys, random, total);
    try {
      // Only ever succeeds on an empty folder.
      if (files.length <= most) rmdirSync(folder);
    } catch {}
  }
  return total;
}

function takeFile(trail: Trail, file: string, keys: DedupeKeys, random: Random, total: TakenIn): void {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return; // taken in by another process, or not readable now: it stays
  }
  const name = basename(file);
  const entries = decodeSpool(text);
  if (entries === undefined) {
    const note = ownEvent("system.degraded", {
      description: "a spool file could not be read and was put aside",
      metadata: { reason: "spool-unreadable", file: name },
      random,
    });
    trail.append([{ ...note, dedupe: keys.ofIdentity("spool", `${name}\nunreadable`, "") }]);
    renameSync(file, `${file}.refused`);
    total.refused++;
    return;
  }
  const events = entries.map(({ identity, ...event }, index): PreparedEvent => {
    if (event.dedupe !== undefined) return event;
    if (identity === undefined) return { ...event, dedupe: keys.ofIdentity("spool", `${name}\n${index}`, "") };
    // What it said before it was redacted is not known any more.
    const essence = hash("sha256", preparedText(event), "hex");
    return { ...event, dedupe: keys.ofIdentity(event.source, identity, essence), dedupeBy: "identity" };
  });
  const done = trail.append(events);
  total.added += done.added;
  total.duplicate += done.duplicate;
  remove(file);
}

function takeLost(trail: Trail, folder: string, keys: DedupeKeys, random: Random, total: TakenIn): void {
  const lost = claimLost(folder, random);
  if (lost === undefined) return;
  const note = ownEvent("system.degraded", {
    description: `${lost.count} events could not be recorded`,
    metadata: { reason: "spool-failed", count: lost.count },
    random,
  });
  trail.append([{ ...note, dedupe: keys.ofIdentity("spool", basename(lost.path), "") }]);
  total.lost += lost.count;
  remove(lost.path);
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Another process was faster.
  }
}
