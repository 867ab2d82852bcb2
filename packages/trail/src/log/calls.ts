// For each tool call, the sequences of the event that asked for it and of its outcome: bookkeeping beside the log, in rows
// under a keyed hash of source, session and call id. A row is only a pointer and is not relied on: before an outcome is joined
// to another, or gives way to it, the event that the row names is read and must be an outcome of the same call.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type JsonValue, jcs } from "@sealtrail/smt/formats";
import { type CallRole, callRole, toldFromTwoSides } from "@sealtrail/sources/event";
import { keyName } from "../ingest/dedupe.js";
import type { EventColumns } from "./canonical.js";
import { disordered } from "./transaction.js";

export interface CallRow {
  /** Sequences. */
  asked: number | null;
  outcome: number | null;
  /** The outcome was read from the host's own log. */
  logged: boolean;
}

/** An event of a call. */
export interface CallEvent {
  sequence: number;
  id: string;
  type: string;
  createdAt: string;
}

/** A number beyond the safe integers was not written by us. */
const sequenceIn = (column: string) => `iif(${column} BETWEEN 1 AND 9007199254740991, ${column}, NULL) AS ${column}`;
const selectRow = `SELECT ${sequenceIn("asked")}, ${sequenceIn("outcome")}, logged = 1 AS logged FROM calls WHERE key = ?`;

const noRow: CallRow = { asked: null, outcome: null, logged: false };

interface Kept {
  key: Uint8Array;
  row: CallRow;
  /** As it stands in the file. */
  stored: CallRow;
}

/** The rows that one transaction touches. They are written in the order of their keys, which is faster. */
export class CallTable {
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #write: StatementSync;
  readonly #rows = new Map<string, Kept>();

  constructor(db: DatabaseSync) {
    this.#select = db.prepare(selectRow);
    this.#insert = db.prepare("INSERT OR IGNORE INTO calls (key, asked, outcome, logged) VALUES (?, ?, NULL, 0)");
    this.#write = db.prepare(
      `INSERT INTO calls (key, asked, outcome, logged) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET asked = excluded.asked, outcome = excluded.outcome, logged = excluded.logged`,
    );
  }

  /**
   * Makes the rows of calls that are asked for. Nearly all of them are new, so each is inserted without a look-up first.
   * `sequence`: the sequence that the event will have.
   */
  make(asked: readonly { key: Uint8Array; sequence: number }[]): void {
    const sorted = asked
      .map((call) => ({ ...call, name: keyName(call.key) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { key, name, sequence } of sorted) {
      if (this.#rows.has(name) || this.#insert.run(key, sequence).changes === 0) continue;
      this.#rows.set(name, { key, row: noRow, stored: { asked: sequence, outcome: null, logged: false } });
    }
  }

  row(key: Uint8Array): Readonly<CallRow> {
    return this.#get(key).row;
  }

  /** The call is asked for. An outcome that the row has is of an earlier call with this id. */
  asked(key: Uint8Array, sequence: number): void {
    this.#get(key).row = { asked: sequence, outcome: null, logged: false };
  }

  /** The `asked` event was recorded after the outcome. */
  askedLate(key: Uint8Array, sequence: number): void {
    const kept = this.#get(key);
    if (kept.row.asked === null) kept.row = { ...kept.row, asked: sequence };
  }

  ended(key: Uint8Array, sequence: number, logged: boolean): void {
    const kept = this.#get(key);
    kept.row = { asked: kept.row.asked, outcome: sequence, logged };
  }

  /** Writes what changed and forgets all rows. */
  save(): void {
    const changed = [...this.#rows].filter(([, { row, stored }]) => !same(row, stored));
    for (const [, { key, row }] of changed.sort(([a], [b]) => (a < b ? -1 : 1))) {
      this.#write.run(key, row.asked, row.outcome, row.logged ? 1 : 0);
    }
    this.#rows.clear();
  }

  /** Forgets all rows without writing, for a transaction that is rolled back. */
  forget(): void {
    this.#rows.clear();
  }

  #get(key: Uint8Array): Kept {
    const name = keyName(key);
    let kept = this.#rows.get(name);
    if (kept === undefined) {
      const row = rowOf(this.#select.get(key));
      kept = { key, row, stored: row };
      this.#rows.set(name, kept);
    }
    return kept;
  }
}

function same(a: CallRow, b: CallRow): boolean {
  return a.asked === b.asked && a.outcome === b.outcome && a.logged === b.logged;
}

/** Removes a destroyed event from its row, and the row when it names no event any more. */
export function forgetCall(db: DatabaseSync, key: Uint8Array, sequence: number): void {
  db.prepare("UPDATE calls SET asked = nullif(asked, ?), outcome = nullif(outcome, ?) WHERE key = ?").run(
    sequence,
    sequence,
    key,
  );
  db.prepare("DELETE FROM calls WHERE key = ? AND asked IS NULL AND outcome IS NULL").run(key);
}

/**
 * Makes the rows anew from the log, for a table that was lost or changed; a transaction for each thousand events. Call ids that
 * were masked or cut cannot be made into keys again, so such calls are not joined any more.
 */
export function rebuildCalls(
  db: DatabaseSync,
  keyOf: (source: string, session: string | undefined, id: string) => Uint8Array,
  transaction: <T>(work: () => T) => T,
): void {
  const table = new CallTable(db);
  const rows = db.prepare(
    `SELECT sequence, type, source, sessionId, metadata FROM events
     WHERE category = 'tool' AND metadata IS NOT NULL AND sequence > ? ORDER BY sequence LIMIT 1000`,
  );
  for (let after = 0; ; ) {
    const page = transaction(() => {
      table.forget();
      const some = rows.all(after);
      for (const row of some) noteRow(table, row, keyOf);
      table.save();
      return some;
    });
    if (page.length === 0) return;
    const last = Number(page.at(-1)?.sequence);
    if (last <= after) throw disordered();
    after = last;
  }
}

function noteRow(
  table: CallTable,
  row: Record<string, unknown>,
  keyOf: (source: string, session: string | undefined, id: string) => Uint8Array,
): void {
  const role = toldFromTwoSides(String(row.source)) ? callRole(String(row.type)) : undefined;
  const metadata = metadataOf(row.metadata);
  const { toolCallId, repeated } = metadata;
  if (role === undefined || role === "step" || typeof toolCallId !== "string") return;
  if (role === "asked" && repeated === true) return;
  const key = keyOf(String(row.source), typeof row.sessionId === "string" ? row.sessionId : undefined, toolCallId);
  if (role === "asked") table.asked(key, Number(row.sequence));
  else table.ended(key, Number(row.sequence), isLogged(metadata));
}

/** Whether an event was read from a host's own log. An item of `codex exec` counts as such where it was joined with a call. */
export function isLogged({ origin, itemId }: Record<string, unknown>): boolean {
  return (typeof origin === "string" && LOGS.has(origin)) || (origin === "exec" && itemId !== undefined);
}

/** What `metadata.origin` says where an event was read from a host's own log. */
const LOGS: ReadonlySet<string> = new Set(["rollout", "transcript", "session-file", "gateway-log"]);

export function metadataOf(text: unknown): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The events of one call, as far as they are on record. */
export function callEvents(db: DatabaseSync, key: Uint8Array): { asked?: CallEvent; outcome?: CallEvent } {
  const row = rowOf(db.prepare(selectRow).get(key));
  const asked = callEvent(db, row.asked);
  const outcome = callEvent(db, row.outcome);
  return { ...(asked && { asked }), ...(outcome && { outcome }) };
}

/**
 * Sequences of the events that asked for a call of which no outcome is on record, ascending. `session`: the first bytes of the
 * keys of its calls; the look-up is then short. Without it the whole table is read.
 */
export function openCallSequences(db: DatabaseSync, session?: Uint8Array): number[] {
  const from = new Uint8Array(16);
  const to = new Uint8Array(16).fill(0xff);
  if (session !== undefined) {
    from.set(session);
    to.set(session);
  }
  return db
    .prepare(
      `SELECT e.sequence FROM calls c JOIN events e ON e.sequence = c.asked
       WHERE c.key BETWEEN ? AND ? AND c.outcome IS NULL AND e.category = 'tool' AND e.metadata IS NOT NULL`,
    )
    .all(from, to)
    .map((row) => Number(row.sequence))
    .sort((a, b) => a - b);
}

/** An event of a call, with the members that tell whether another event is of the same call. */
export interface CallRecord extends CallEvent {
  runId: string | null;
  metadata: Record<string, unknown>;
}

/** The event that a row names, where it has this role and belongs to the same call as `of`. */
export function eventOfCall(
  db: DatabaseSync,
  sequence: number | null,
  of: Pick<EventColumns, "source" | "sessionId" | "metadata">,
  role: CallRole,
): CallRecord | undefined {
  const row = sequence === null ? undefined : db.prepare(selectEvent).get(sequence);
  if (row === undefined || row.source !== of.source || row.sessionId !== of.sessionId) return undefined;
  const metadata = metadataOf(row.metadata);
  const { toolCallId } = metadata;
  const isSame = toolCallId !== undefined && toolCallId === metadataOf(of.metadata).toolCallId;
  if (!isSame || callRole(String(row.type)) !== role) return undefined;
  return { ...eventIn(row), runId: typeof row.runId === "string" ? row.runId : null, metadata };
}

/** Whether an `asked` event repeats the one on record: the same run, tool and arguments. Sealed arguments are never equal. */
export function isRetold(before: CallRecord, event: Pick<EventColumns, "runId" | "metadata">): boolean {
  return before.runId === event.runId && isSameCall(before, event);
}

/** Whether an event names the tool and the arguments of the one on record. */
export function isSameCall(before: CallRecord, { metadata }: Pick<EventColumns, "metadata">): boolean {
  const { toolName, args } = metadataOf(metadata);
  if (before.metadata.toolName !== toolName) return false;
  return jcs((before.metadata.args ?? null) as JsonValue) === jcs((args ?? null) as JsonValue);
}

const selectEvent =
  "SELECT sequence, id, type, createdAt, source, sessionId, runId, metadata FROM events WHERE sequence = ?";

function callEvent(db: DatabaseSync, sequence: number | null): CallEvent | undefined {
  const row = sequence === null ? undefined : db.prepare(selectEvent).get(sequence);
  return row === undefined ? undefined : eventIn(row);
}

function eventIn(row: Record<string, unknown>): CallEvent {
  const { sequence, id, type, createdAt } = row;
  return { sequence: Number(sequence), id: String(id), type: String(type), createdAt: String(createdAt) };
}

/** Invalid cells are read as empty: the table is no evidence, and anybody may have written into it. */
function rowOf(row: Record<string, unknown> | undefined): CallRow {
  return { asked: sequenceOf(row?.asked), outcome: sequenceOf(row?.outcome), logged: row?.logged === 1 };
}

function sequenceOf(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : null;
}
