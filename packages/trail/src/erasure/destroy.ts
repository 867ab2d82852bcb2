// Destroying payloads: salts, contents and everything else that could tell what an event said, in the same transaction as the
// event that answers for it. Keys and places stay, so chain, tree and every proof go on.
import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { JsonObject } from "@sealtrail/smt/formats";
import { checkpointWal, eachRow, withScheduledCheckpoints, yieldLock } from "@sealtrail/smt/sqlite";
import { fieldNames, type Range, rangesAClaim, rangesOf } from "@sealtrail/verify/event";
import type { Appender } from "../log/append.js";
import { forgetCall } from "../log/calls.js";
import type { Random } from "../log/random.js";
import { systemEvent } from "../log/system-event.js";
import { sqliteCode } from "../log/transaction.js";

/** Rows a transaction: keeps the lock under 50 ms. */
const rowsATransaction = 500;
/** Rows whose dedupe keys are looked up at once: one reading of that table each. */
const rowsALookup = 50_000;

export interface Destruction {
  type: "system.erasure" | "system.retention";
  description: string;
  /** Beside ranges, count and hash. */
  metadata: JsonObject;
}

export interface DestroyContext {
  db: DatabaseSync;
  writer: Appender;
  random: Random;
}

export interface Destroyed {
  /** Events whose payload went. */
  destroyed: number;
  /** Sequences of the events that answer for it. */
  answeredBy: number[];
}

const forget = `UPDATE events SET ${fieldNames(({ kept }) => kept !== true)
  .map((name) => `${name} = NULL`)
  .join(", ")} WHERE sequence = ?`;

/** `sequences` ascend; each is an event that may go and is not gone yet. All of them must be covered by a checkpoint. `still`
 * is asked inside each transaction which of its rows may go after all: a hold may have come in between. */
export function destroy(
  { db, writer, random }: DestroyContext,
  sequences: readonly number[],
  destruction: Destruction,
  still: (sequences: readonly number[]) => readonly number[] = (all) => all,
): Destroyed {
  const result: Destroyed = { destroyed: 0, answeredBy: [] };
  const update = db.prepare(forget);
  const isWhole = db.prepare("SELECT 1 FROM events WHERE sequence = ? AND metadata IS NOT NULL");
  const removeKey = db.prepare("DELETE FROM dedupe WHERE key = ?");
  const removeJoin = db.prepare("DELETE FROM joins WHERE key = ?");
  const all = () => {
    for (let at = 0; at < sequences.length; at += rowsALookup) {
      const part = sequences.slice(at, at + rowsALookup);
      const keys = keysIn(db, "dedupe", part);
      const joins = keysIn(db, "joins", part);
      const calls = callKeys(db, part);
      for (const slice of slices(part)) {
        const done = writer.transaction(() => {
          // Somebody else may have destroyed some of them meanwhile.
          const left = still(slice).filter((sequence) => isWhole.get(sequence) !== undefined);
          if (left.length === 0) return undefined;
          const ranges = rangesOf(left);
          const metadata: JsonObject = {
            ...destruction.metadata,
            count: left.length,
            ranges: ranges.map(([first, last]) => [first, last]),
            rawKeysHash: rawKeysHashOf(db, ranges),
          };
          for (const sequence of left) {
            update.run(sequence);
            for (const key of keys.get(sequence) ?? []) removeKey.run(key);
            for (const key of joins.get(sequence) ?? []) removeJoin.run(key);
            for (const key of calls.get(sequence) ?? []) forgetCall(db, key, sequence);
          }
          const event = systemEvent(destruction.type, { description: destruction.description, metadata, random });
          return { left: left.length, answeredBy: writer.appendInside([event]).lastSequence };
        });
        writer.forgetSessions();
        if (done === undefined) continue;
        result.destroyed += done.left;
        result.answeredBy.push(done.answeredBy);
        yieldLock(db);
      }
    }
  };
  withScheduledCheckpoints(db, all);
  return result;
}

function* slices(sequences: readonly number[]): Generator<number[]> {
  let slice: number[] = [];
  let ranges = 0;
  for (const n of sequences) {
    if (n !== (slice.at(-1) ?? Number.NaN) + 1) ranges++;
    if (slice.length === rowsATransaction || ranges > rangesAClaim) {
      yield slice;
      slice = [];
      ranges = 1;
    }
    slice.push(n);
  }
  if (slice.length > 0) yield slice;
}

/** Read before the lock: the table has no index by sequence, since every append would pay for it. */
function keysIn(db: DatabaseSync, table: "dedupe" | "joins", sequences: readonly number[]): Map<number, Uint8Array[]> {
  const wanted = new Set(sequences);
  const found = new Map<number, Uint8Array[]>();
  const keys = db.prepare(`SELECT key, sequence FROM ${table} WHERE sequence BETWEEN ? AND ?`);
  const rows = eachRow<{ key: Uint8Array; sequence: number }>(keys, sequences[0] ?? 0, sequences.at(-1) ?? 0);
  for (const { key, sequence } of rows) {
    if (!wanted.has(sequence)) continue;
    const own = found.get(sequence);
    // A coalesced event has thousands.
    if (own === undefined) found.set(sequence, [key]);
    else own.push(key);
  }
  return found;
}

/** The same for the rows of tool calls. */
function callKeys(db: DatabaseSync, sequences: readonly number[]): Map<number, Uint8Array[]> {
  const wanted = new Set(sequences);
  const found = new Map<number, Uint8Array[]>();
  const rows = db.prepare(
    "SELECT key, asked, outcome FROM calls WHERE asked BETWEEN ? AND ? OR outcome BETWEEN ? AND ?",
  );
  const [least, most] = [sequences[0] ?? 0, sequences.at(-1) ?? 0];
  type Row = { key: Uint8Array; asked: number | null; outcome: number | null };
  for (const { key, asked, outcome } of eachRow<Row>(rows, least, most, least, most)) {
    for (const sequence of [asked, outcome]) {
      if (sequence !== null && wanted.has(sequence)) found.set(sequence, [...(found.get(sequence) ?? []), key]);
    }
  }
  return found;
}

/** Empties the write-ahead log, which still holds the pages as they were. False where another process reads from it: then
 * what was destroyed stands there until that one is done and somebody checkpoints. */
export function emptyWal(db: DatabaseSync): boolean {
  try {
    // Nearly all of it without the lock, which the truncation holds for as long as it takes.
    checkpointWal(db);
    const row = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as { busy: number };
    return row.busy === 0;
  } catch (error) {
    if (sqliteCode(error) === undefined) throw error;
    return false;
  }
}

/** The hash of the raw keys that stand at these sequences now. */
function rawKeysHashOf(db: DatabaseSync, ranges: readonly Range[]): string {
  const rows = db.prepare("SELECT rawHash FROM events WHERE sequence BETWEEN ? AND ? ORDER BY sequence");
  const hash = createHash("sha256");
  for (const [first, last] of ranges) {
    for (const row of eachRow<{ rawHash: Uint8Array }>(rows, first, last)) hash.update(row.rawHash);
  }
  return hash.digest("hex");
}
