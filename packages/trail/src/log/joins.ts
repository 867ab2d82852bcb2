// Events that a host tells twice: by its hooks and in its own log. Which record is taken in first is chance, so each of them is
// asked for what it has not told yet, and an event that only the other record has told so far is the same event.
//
// The table `joins` is bookkeeping beside the log. It holds two kinds of rows, by their keys:
// - an event's further keys: those under which it can be found where its own id is missing in the other record, that of the
//   line that it was read from, and those of the events that were found to be the same. `at` is null.
// - a mark that both records have told an event: `at` is when the other one did, in milliseconds.
import { hash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { callRole } from "@sealtrail/sources/event";
import { nthKey } from "../ingest/dedupe.js";
import { isLogged, metadataOf } from "./calls.js";
import type { EncodedEvent } from "./columns.js";

/** Whose record tells an event. */
export type Side = "hooks" | "log";

/** An event that is on record. Times are ISO 8601. */
export interface OnRecord {
  side: Side;
  type: string;
  source: string;
  sessionId: string | null;
  runId: string | null;
  createdAt: string;
  occurredAt: string | null;
}

/** Events with one text of which this side has not told the first, and which are looked at one by one. */
const mostLookedAt = 64;

export class Joins {
  readonly #insert: StatementSync;
  readonly #row: StatementSync;
  readonly #event: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare("INSERT OR IGNORE INTO joins (key, sequence, at) VALUES (?, ?, ?)");
    this.#row = db.prepare(
      // A number beyond the safe integers was not written by us.
      `SELECT iif(sequence BETWEEN 1 AND 9007199254740991, sequence, NULL) AS sequence,
         iif(at BETWEEN 0 AND 9007199254740991, at, NULL) AS at FROM joins WHERE key = ?`,
    );
    this.#event = db.prepare(
      "SELECT type, source, sessionId, runId, metadata, createdAt, occurredAt FROM events WHERE sequence = ?",
    );
  }

  /** The event under a further key; undefined where there is none. */
  sequenceOf(key: Uint8Array): number | undefined {
    const sequence = this.#row.get(key)?.sequence;
    return typeof sequence === "number" ? sequence : undefined;
  }

  add(key: Uint8Array, sequence: number): void {
    this.#insert.run(key, sequence, null);
  }

  /** Undefined where it is gone, or its payload was destroyed. */
  eventAt(sequence: number): OnRecord | undefined {
    const row = this.#event.get(sequence);
    if (row === undefined || row.metadata === null) return undefined;
    const { type, source, sessionId, runId, metadata, createdAt, occurredAt } = row as Record<string, string | null>;
    return {
      side: isLogged(metadataOf(metadata)) ? "log" : "hooks",
      type: String(type),
      source: String(source),
      sessionId: sessionId ?? null,
      runId: runId ?? null,
      createdAt: String(createdAt),
      occurredAt: occurredAt ?? null,
    };
  }

  /** Notes that the other record has told the event too. `at`: milliseconds. */
  tell(sequence: number, at: number): void {
    this.#insert.run(markOf(sequence), sequence, Number.isSafeInteger(at) && at >= 0 ? at : 0);
  }

  /** When the other record told the event, in milliseconds; undefined where it has not. */
  toldAt(sequence: number): number | undefined {
    const row = this.#row.get(markOf(sequence));
    return row?.sequence === sequence && typeof row.at === "number" ? row.at : undefined;
  }

  isToldBy(side: Side, sequence: number): boolean {
    const event = this.eventAt(sequence);
    return event !== undefined && (event.side === side || this.toldAt(sequence) !== undefined);
  }

  /**
   * The event that the other record told and that this event tells again, where one of the two lacks the id by which they would
   * be known: the first one with the same text that this side has not told yet. Two different ids are two events.
   */
  match(event: EncodedEvent): number | undefined {
    const { alike, columns } = event;
    if (alike === undefined) return undefined;
    const n = countWhile((at) => {
      const sequence = this.sequenceOf(nthKey(alike, at));
      return sequence !== undefined && this.isToldBy(sideOf(event), sequence);
    });
    for (let at = n; at < n + mostLookedAt; at++) {
      const sequence = this.sequenceOf(nthKey(alike, at));
      if (sequence === undefined) return undefined;
      if (this.#isTheSame(columns, sequence) && !this.isToldBy(sideOf(event), sequence)) return sequence;
    }
    return undefined;
  }

  #isTheSame({ type, source, sessionId, runId }: EncodedEvent["columns"], sequence: number): boolean {
    const found = this.eventAt(sequence);
    if (found === undefined || found.type !== type || found.source !== source) return false;
    return found.sessionId === sessionId && (found.runId === null || runId === null || found.runId === runId);
  }

  /** Makes an event that was written findable by its text. */
  enter({ alike, columns }: EncodedEvent, sequence: number): void {
    if (alike === undefined || !isFoundByText(columns.type)) return;
    this.add(
      nthKey(
        alike,
        countWhile((at) => this.sequenceOf(nthKey(alike, at)) !== undefined),
      ),
      sequence,
    );
  }
}

/** Whether an event of this type may have further keys. */
export function hasFurtherKeys(type: string): boolean {
  return callRole(type) !== undefined || isFoundByText(type);
}

function isFoundByText(type: string): boolean {
  return type === "prompt.input" || type === "session.start" || type === "agent.end";
}

export function sideOf({ fromLog }: EncodedEvent): Side {
  return fromLog ? "log" : "hooks";
}

/**
 * The first number for which `holds` is false, where it holds for all numbers below: found in a number of steps that grows with
 * the logarithm of the result.
 */
export function countWhile(holds: (n: number) => boolean): number {
  if (!holds(0)) return 0;
  let low = 0;
  let step = 1;
  while (holds(low + step)) {
    low += step;
    step *= 2;
  }
  for (step = Math.floor(step / 2); step >= 1; step = Math.floor(step / 2)) if (holds(low + step)) low += step;
  return low + 1;
}

/** The key of the mark that both records have told an event. */
export function markOf(sequence: number): Uint8Array {
  return hash("sha256", `told\n${sequence}`, "buffer").subarray(0, 16);
}
