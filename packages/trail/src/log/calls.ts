// Which event asked for a tool call and which tells how it ended: bookkeeping beside the log, in rows under a keyed hash of
// source, session and call id. Losing it costs the joining of what hooks and logs tell, and no event.
import type { DatabaseSync, StatementSync } from "node:sqlite";

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

/** The rows that one transaction touches, read and written in the order of their keys. */
export class CallTable {
  readonly #select: StatementSync;
  readonly #write: StatementSync;
  readonly #rows = new Map<string, { key: Uint8Array; row: CallRow; changed: boolean }>();

  constructor(db: DatabaseSync) {
    this.#select = db.prepare("SELECT asked, outcome, logged FROM calls WHERE key = ?");
    this.#write = db.prepare(
      `INSERT INTO calls (key, asked, outcome, logged) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET asked = excluded.asked, outcome = excluded.outcome, logged = excluded.logged`,
    );
  }

  /** Reads the rows of these calls. */
  load(keys: readonly Uint8Array[]): void {
    const sorted = keys.map((key) => [nameOf(key), key] as const).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name, key] of sorted) this.#get(name, key);
  }

  row(key: Uint8Array): Readonly<CallRow> {
    return this.#get(nameOf(key), key).row;
  }

  /** The call is asked for: whatever ended before under its id was another call. */
  asked(key: Uint8Array, sequence: number): void {
    this.#set(key, { asked: sequence, outcome: null, logged: false });
  }

  /** The event that asked comes after the one that tells the end. */
  askedLate(key: Uint8Array, sequence: number): void {
    const row = this.row(key);
    if (row.asked === null) this.#set(key, { ...row, asked: sequence });
  }

  ended(key: Uint8Array, sequence: number, logged: boolean): void {
    this.#set(key, { asked: this.row(key).asked, outcome: sequence, logged });
  }

  /** Writes what changed and forgets all rows. */
  save(): void {
    for (const name of [...this.#rows.keys()].sort()) {
      const { key, row, changed } = this.#rows.get(name)!;
      if (changed) this.#write.run(key, row.asked, row.outcome, row.logged ? 1 : 0);
    }
    this.#rows.clear();
  }

  /** For a transaction that is rolled back. */
  forget(): void {
    this.#rows.clear();
  }

  #set(key: Uint8Array, row: CallRow): void {
    const kept = this.#get(nameOf(key), key);
    kept.row = row;
    kept.changed = true;
  }

  #get(name: string, key: Uint8Array) {
    let kept = this.#rows.get(name);
    if (kept === undefined) {
      kept = { key, row: rowOf(this.#select.get(key)), changed: false };
      this.#rows.set(name, kept);
    }
    return kept;
  }
}

/** The events of one call, as far as they are on record. */
export function callEvents(db: DatabaseSync, key: Uint8Array): { asked?: CallEvent; outcome?: CallEvent } {
  const row = rowOf(db.prepare("SELECT asked, outcome, logged FROM calls WHERE key = ?").get(key));
  const asked = callEvent(db, row.asked);
  const outcome = callEvent(db, row.outcome);
  return { ...(asked && { asked }), ...(outcome && { outcome }) };
}

/** Sequences of the events that asked for a call of which no outcome is on record, ascending. */
export function openCallSequences(db: DatabaseSync, filter: { source?: string; sessionId?: string }): number[] {
  const terms = ["c.outcome IS NULL", "e.category = 'tool'", "e.metadata IS NOT NULL"];
  const values: string[] = [];
  for (const [column, value] of [
    ["source", filter.source],
    ["sessionId", filter.sessionId],
  ] as const) {
    if (value === undefined) continue;
    terms.push(`e.${column} = ?`);
    values.push(value);
  }
  return db
    .prepare(
      `SELECT e.sequence FROM calls c JOIN events e ON e.sequence = c.asked WHERE ${terms.join(" AND ")} ORDER BY e.sequence`,
    )
    .all(...values)
    .map((row) => Number(row.sequence));
}

export function callEvent(db: DatabaseSync, sequence: number | null): CallEvent | undefined {
  if (sequence === null) return undefined;
  const row = db.prepare("SELECT id, type, createdAt FROM events WHERE sequence = ?").get(sequence);
  if (row === undefined) return undefined;
  return { sequence, id: String(row.id), type: String(row.type), createdAt: String(row.createdAt) };
}

/** Read leniently: the table is no evidence, and what stands in it may be anybody's. */
function rowOf(row: Record<string, unknown> | undefined): CallRow {
  return { asked: sequenceOf(row?.asked), outcome: sequenceOf(row?.outcome), logged: row?.logged === 1 };
}

function sequenceOf(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : null;
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
}
