// Legal holds: what may be neither erased nor pruned. A hold is an event of the trail; the table beside it only says where to
// look. A session is held by the raw key of its first event, so that the hold says nothing of the session and still reaches
// every event whose `chainPrev` leads there.
import type { DatabaseSync } from "node:sqlite";
import type { JsonObject } from "@sealtrail/smt/formats";
import { eachRow } from "@sealtrail/smt/sqlite";
import { type Hold, holdIn, type Range } from "@sealtrail/verify/event";
import type { Appender } from "../log/append.js";
import type { Random } from "../log/random.js";
import { systemEvent } from "../log/system-event.js";

/** What to hold: everything of a session, or sequences from first to last, those still to come included. */
export type HoldTarget = { session: string } | { range: Range };

export interface PlacedHold extends Hold {
  /** The event that places it. */
  sequence: number;
  reason?: string;
}

/** Holds in force, oldest first. */
export function activeHolds(db: DatabaseSync): PlacedHold[] {
  const rows = db
    .prepare(
      `SELECT holds.sequence AS sequence, metadata FROM holds JOIN events ON events.sequence = holds.sequence
       ORDER BY holds.sequence`,
    )
    .all() as { sequence: number; metadata: string }[];
  const found: PlacedHold[] = [];
  for (const { sequence, metadata } of rows) {
    const read = JSON.parse(metadata) as JsonObject;
    const hold = holdIn(read);
    if (hold === undefined) continue;
    found.push({ ...hold, sequence, ...(typeof read.reason === "string" ? { reason: read.reason } : {}) });
  }
  return found;
}

export interface HoldContext {
  db: DatabaseSync;
  writer: Appender;
  random: Random;
}

/** Throws RangeError where there is nothing to hold. */
export function placeHold({ db, writer, random }: HoldContext, target: HoldTarget, reason?: string): PlacedHold {
  const id = Buffer.from(random(8)).toString("hex");
  let hold: Hold;
  if ("session" in target) {
    const firstEvents = firstsOf(db, target.session);
    if (firstEvents.length === 0) throw new RangeError("session: it has no events");
    hold = { id, ranges: [], firstEvents };
  } else {
    const [first, last] = target.range;
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 1 || last < first) {
      throw new RangeError("range: a first and a last sequence expected");
    }
    hold = { id, ranges: [[first, last]], firstEvents: [] };
  }
  const metadata: JsonObject = {
    action: "hold",
    hold: id,
    ...(hold.firstEvents.length === 0 ? {} : { firstEvents: hold.firstEvents }),
    ...(hold.ranges.length === 0 ? {} : { ranges: hold.ranges.map(([first, last]) => [first, last]) }),
    ...(reason === undefined ? {} : { reason }),
  };
  const sequence = writer.transaction(() => {
    const event = systemEvent("system.retention", { description: "hold placed", metadata, random });
    const { lastSequence } = writer.appendInside([event]);
    db.prepare("INSERT INTO holds (id, sequence) VALUES (?, ?)").run(id, lastSequence);
    return lastSequence;
  });
  return { ...hold, sequence, ...(reason === undefined ? {} : { reason }) };
}

/** Returns the sequence of the event that says so; undefined where no such hold is in force. */
export function releaseHold({ db, writer, random }: HoldContext, id: string, reason?: string): number | undefined {
  return writer.transaction(() => {
    if (db.prepare("DELETE FROM holds WHERE id = ?").run(id).changes === 0) return undefined;
    const metadata = { action: "release", hold: id, ...(reason === undefined ? {} : { reason }) };
    const event = systemEvent("system.retention", { description: "hold released", metadata, random });
    return writer.appendInside([event]).lastSequence;
  });
}

/** Raw keys of the events at which the session's chains begin, hex: one a source, more where an erasure cut a chain in two. */
function firstsOf(db: DatabaseSync, session: string): string[] {
  const links = "SELECT lower(hex(rawHash)) AS key, lower(hex(chainPrev)) AS previous FROM events";
  const own = db.prepare(`${links} WHERE sessionId = ?`).all(session) as { key: string; previous: string }[];
  const before = new Map(own.map(({ key, previous }) => [key, previous]));
  if (own.some(({ previous }) => previous !== "" && !before.has(previous))) {
    // Destroyed events in between have no session any more, only their links.
    for (const row of eachRow<(typeof own)[number]>(db.prepare(`${links} WHERE metadata IS NULL`))) {
      before.set(row.key, row.previous);
    }
  }
  const firsts = new Set<string>();
  const seen = new Set<string>();
  for (const { key } of own) {
    let at = key;
    for (let previous = before.get(at); !seen.has(at); previous = before.get(at)) {
      seen.add(at);
      if (previous === undefined || previous === "") {
        firsts.add(at);
        break;
      }
      at = previous;
    }
  }
  return [...firsts];
}

/**
 * Which sequences these holds keep, among those up to `to`. Reads the log's chains only where a session is held. A held
 * session is held in every source: another one that uses the same session id begins a chain of its own, also after the hold.
 */
export function heldBy(db: DatabaseSync, holds: readonly Hold[], to: number): (sequence: number) => boolean {
  const starts = new Set(holds.flatMap((hold) => hold.firstEvents));
  const inChain = new Set<number>();
  if (starts.size > 0) {
    const held = new Set(starts);
    const sessions = new Set<string>();
    const links = db.prepare(
      `SELECT sequence, sessionId, lower(hex(rawHash)) AS key, lower(hex(chainPrev)) AS previous FROM events
       WHERE sequence <= ? ORDER BY sequence`,
    );
    const rows = eachRow<{ sequence: number; sessionId: string | null; key: string; previous: string }>(
      links,
      Number.MAX_SAFE_INTEGER,
    );
    for (const { sequence, sessionId, key, previous } of rows) {
      if (!held.has(key) && !held.has(previous)) continue;
      held.add(key);
      inChain.add(sequence);
      if (sessionId !== null) sessions.add(sessionId);
    }
    const ofSession = db.prepare("SELECT sequence FROM events WHERE sessionId = ? AND sequence <= ?");
    for (const session of sessions) {
      for (const { sequence } of eachRow<{ sequence: number }>(ofSession, session, to)) inChain.add(sequence);
    }
  }
  const ranges = holds.flatMap((hold) => hold.ranges);
  return (sequence) => inChain.has(sequence) || ranges.some(([first, last]) => first <= sequence && sequence <= last);
}
