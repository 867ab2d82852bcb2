// Tables that follow from the log, held against it: which holds are in force, which epochs are frozen, and, as far as can be
// told, which dedupe keys and tool calls stand for which events, and how far files were read. Whoever edits them makes the
// trail do what its log does not say: destroy what is held, leave a freeze unrecorded, or pass over an event as if it were known.
import type { DatabaseSync } from "node:sqlite";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import type { JsonObject } from "@sealtrail/smt/formats";
import { eachRow } from "@sealtrail/smt/sqlite";
import { type CallRole, callRole, toldFromTwoSides } from "@sealtrail/sources/event";
import { DedupeKeys } from "../ingest/dedupe.js";
import { FileTable } from "../log/files.js";
import { hasFurtherKeys, markOf } from "../log/joins.js";
import { alteredPositions } from "../log/positions.js";
import { disordered } from "../log/transaction.js";
import type { Finding } from "./findings.js";

type Report = (finding: Finding) => void;

/** What the trail's own events say of the epochs that they freeze. */
export class Freezes {
  readonly #events: { sequence: number; metadata: JsonObject }[] = [];

  add(sequence: number, metadata: JsonObject): void {
    this.#events.push({ sequence, metadata });
  }

  /** Each must name an epoch that had ended, as the checkpoints have it, once; the table must say the same. */
  settle(db: DatabaseSync, line: readonly Checkpoint[], report: Report): void {
    const sealed = new Map<number, Checkpoint>();
    for (const c of line) sealed.set(c.epoch, c);
    const open = line.at(-1)?.epoch;
    const frozen = new Map<number, number>();
    for (const { sequence, metadata } of this.#events) {
      const { epoch, root, firstSequence, lastSequence } = metadata;
      const last = typeof epoch === "number" && epoch !== open ? sealed.get(epoch) : undefined;
      const begin = (last === undefined ? 0 : (sealed.get(last.epoch - 1)?.lastSequence ?? 0)) + 1;
      if (
        last === undefined ||
        last.root !== root ||
        last.lastSequence !== lastSequence ||
        begin !== firstSequence ||
        last.lastSequence >= sequence ||
        frozen.has(last.epoch)
      ) {
        const detail = `event ${sequence}: freezes an epoch that the checkpoints do not have like that`;
        report({ kind: "freeze-mismatch", sequence, detail });
      }
      if (typeof epoch === "number" && !frozen.has(epoch)) frozen.set(epoch, sequence);
    }
    compare(db, "frozen", "epoch", frozen, (epoch, sequence, detail) =>
      report({ kind: "frozen-altered", sequence, detail: `epoch ${epoch}: ${detail}` }),
    );
  }
}

/** `inForce`: the holds that the log places and does not release, with the events that place them. */
export function checkHolds(db: DatabaseSync, inForce: ReadonlyMap<string, number>, report: Report): void {
  compare(db, "holds", "id", inForce, (id, sequence, detail) =>
    report({ kind: "holds-altered", sequence, detail: `hold ${String(id).slice(0, 16)}: ${detail}` }),
  );
}

function compare<Key extends string | number>(
  db: DatabaseSync,
  table: "holds" | "frozen",
  key: "id" | "epoch",
  log: ReadonlyMap<Key, number>,
  differs: (key: Key, sequence: number, detail: string) => void,
): void {
  const left = new Map(log);
  for (const row of eachRow<{ key: Key; sequence: number }>(
    db.prepare(`SELECT ${key} AS key, sequence FROM ${table}`),
  )) {
    const said = left.get(row.key);
    left.delete(row.key);
    if (said === undefined) differs(row.key, row.sequence, `in the table ${table}, and no event of the log has it`);
    else if (said !== row.sequence) differs(row.key, said, `the table ${table} names another event than the log`);
  }
  for (const [gone, sequence] of left)
    differs(gone, sequence, `missing in the table ${table}, though an event of the log has it`);
}

/** Rows asked for at once, as arrays: 0.8 us a row. */
const page = 5_000;

/**
 * Dedupe keys cannot be computed again: they are made from text that the log does not keep. Detected: a key of an event that is
 * missing or was destroyed, a second key of one event, a key of one of the trail's own events that never have one. Not
 * detected: an added key of a host's event that has none.
 */
export function checkDedupe(
  db: DatabaseSync,
  log: {
    lastSequence: number;
    isGone: (sequence: number) => boolean;
    /** How many events each coalesced one stands for. */
    coalesced: ReadonlyMap<number, number>;
    /** Events that never have a key. */
    keyless: ReadonlySet<number>;
  },
  report: Report,
): void {
  const met = new Uint8Array((log.lastSequence >> 3) + 1);
  const left = new Map(log.coalesced);
  let outside = 0;
  for (const [key, sequence] of dedupeRows(db)) {
    const tell = (detail: string) =>
      report({ kind: "dedupe-altered", sequence, detail: `event ${sequence}: ${detail}` });
    if (!(sequence >= 1 && sequence <= log.lastSequence)) outside++;
    else if (key.length !== 16) tell("has a dedupe key of another length than any release makes");
    else if (log.keyless.has(sequence)) tell("has a dedupe key, which no event of this kind has");
    else if (log.isGone(sequence)) tell("its payload was destroyed, and a dedupe key of it is left");
    else {
      const more = left.get(sequence);
      if (more !== undefined && more > 0) left.set(sequence, more - 1);
      else if (more !== undefined || (met[sequence >> 3]! & (1 << (sequence & 7))) !== 0) {
        tell("has more dedupe keys than it stands for events");
      }
      met[sequence >> 3]! |= 1 << (sequence & 7);
    }
  }
  const isAlien = "typeof(key) <> 'blob' OR length(key) = 0 OR typeof(sequence) <> 'integer'";
  const alien = Number(db.prepare(`SELECT count(*) AS n FROM dedupe WHERE ${isAlien}`).get()?.n);
  if (alien > 0)
    report({ kind: "dedupe-altered", detail: `${alien} rows of dedupe keys are not as any release writes them` });
  if (outside > 0)
    report({ kind: "dedupe-altered", detail: `${outside} dedupe keys stand for events that are not in the log` });
}

interface CallCells {
  asked: number | null;
  outcome: number | null;
  logged: unknown;
  bytes: unknown;
  askedType: string | null;
  askedBy: string | null;
  outcomeType: string | null;
  outcomeBy: string | null;
}

/**
 * The keys of rows cannot be computed again either: the log may hold the ids in another form. Checked: each row names events of
 * the right kind and of one source and session, and no event stands in two rows. Whether both events are of one call is checked
 * when the row is used. A removed row is not detected.
 */
export function checkCalls(db: DatabaseSync, lastSequence: number, report: Report): void {
  const met = new Uint8Array((lastSequence >> 3) + 1);
  const isSecond = (sequence: number | null): boolean => {
    if (sequence === null) return false;
    const bit = 1 << (sequence & 7);
    const seen = (met[sequence >> 3]! & bit) !== 0;
    met[sequence >> 3]! |= bit;
    return seen;
  };
  // The replay reports an event that is missing in the log.
  const fits = (sequence: number | null, by: string | null, type: string | null, role: CallRole): boolean => {
    if (sequence === null) return true;
    if (!Number.isSafeInteger(sequence) || sequence < 1) return false;
    return by === null ? sequence <= lastSequence : callRole(String(type)) === role;
  };
  const rows = db.prepare(
    `SELECT c.asked, c.outcome, c.logged, CASE typeof(c.key) WHEN 'blob' THEN length(c.key) END AS bytes, a.type AS askedType, o.type AS outcomeType,
       a.source || char(10) || ifnull(a.sessionId, '') AS askedBy, o.source || char(10) || ifnull(o.sessionId, '') AS outcomeBy
     FROM calls c LEFT JOIN events a ON a.sequence = c.asked LEFT JOIN events o ON o.sequence = c.outcome`,
  );
  for (const row of eachRow<CallCells>(rows)) {
    const { asked, outcome } = row;
    const asks = fits(asked, row.askedBy, row.askedType, "asked");
    const ends = fits(outcome, row.outcomeBy, row.outcomeType, "outcome");
    const isRow = row.bytes === 16 && (row.logged === 0 || row.logged === 1) && (asked !== null || outcome !== null);
    const isOne = row.askedBy === null || row.outcomeBy === null || row.askedBy === row.outcomeBy;
    // `isSecond` only gets events that exist: it keeps one bit for each.
    if (asks && ends && isRow && isOne && !isSecond(asked) && !isSecond(outcome)) continue;
    const detail = `a row of tool calls names the events ${asked ?? "-"} and ${outcome ?? "-"}, which are not a call and its outcome`;
    report({ kind: "calls-altered", ...(typeof asked === "number" && { sequence: asked }), detail });
  }
}

/**
 * Checked: a mark's key, which follows from its event; and that every row stands for an event of a host that is on record.
 * Not detected: a removed row, and one for another event of that kind.
 */
export function checkJoins(db: DatabaseSync, report: Report): void {
  const rows = db.prepare(
    // A number beyond the safe integers was not written by us.
    `SELECT j.key, iif(j.sequence BETWEEN 1 AND 9007199254740991, j.sequence, 0) AS sequence,
       CASE WHEN j.at IS NULL THEN 0 WHEN j.at BETWEEN 0 AND 9007199254740991 THEN 1 ELSE 2 END AS mark,
       e.source, e.type, e.metadata IS NOT NULL AS whole
     FROM joins j LEFT JOIN events e ON e.sequence = j.sequence`,
  );
  type Row = Record<"key" | "sequence" | "mark" | "source" | "type" | "whole", unknown>;
  for (const { key, sequence, mark, source, type, whole } of eachRow<Row>(rows)) {
    const isKey = key instanceof Uint8Array && key.length === 16 && typeof sequence === "number";
    const isHosts = whole === 1 && toldFromTwoSides(String(source));
    const fits =
      mark === 0 ? hasFurtherKeys(String(type)) : mark === 1 && isKey && Buffer.compare(markOf(sequence), key) === 0;
    if (isKey && isHosts && fits) continue;
    const detail = `a row of joined events names event ${String(sequence)}, which no two records tell like that`;
    report({ kind: "joins-altered", ...(Number(sequence) > 0 && { sequence: Number(sequence) }), detail });
  }
}

export function checkPositions(db: DatabaseSync, secret: Uint8Array, report: Report): void {
  for (const path of new FileTable(db, secret).altered()) {
    report({ kind: "positions-altered", detail: `the recorded position in ${path} was altered` });
  }
  const count = alteredPositions(db, new DedupeKeys(secret));
  if (count === 0) return;
  const detail = `the recorded positions in ${count} files of a host were altered`;
  report({ kind: "positions-altered", detail });
}

function* dedupeRows(db: DatabaseSync): Generator<[key: Uint8Array, sequence: number], void, undefined> {
  const statement = db.prepare(`SELECT key, sequence FROM dedupe WHERE key > ? ORDER BY key LIMIT ${page}`);
  // An older Node gives objects, their members in the columns' order.
  const arrays = typeof statement.setReturnArrays === "function";
  if (arrays) statement.setReturnArrays(true);
  // Below every key but the empty one, which no release makes and which stands for no event.
  let from = new Uint8Array(0);
  for (;;) {
    const rows: unknown[] = statement.all(from);
    for (const row of rows) {
      const cells = (arrays ? row : Object.values(row as object)) as [Uint8Array<ArrayBuffer>, number];
      if (Buffer.compare(cells[0], from) <= 0) throw disordered();
      from = cells[0];
      yield cells;
    }
    if (rows.length < page) return;
  }
}
