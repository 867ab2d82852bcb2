// What is wrong with a row whose raw key does not come out: only a damaged log comes here, so cost does not matter, and
// naming the column where it can be told does.
import type { DatabaseSync } from "node:sqlite";
import type { Sha256 } from "@sealtrail/smt";
import { contentHash, type FieldsWith, fieldNames } from "@sealtrail/verify/event";
import { isPacked, unpack } from "../event/stored-content.js";
import { hexOf } from "../log/native.js";
import type { Finding } from "./findings.js";
import { keysOf, type ReadEvent, same } from "./row-check.js";
import type { ColumnName } from "./rows.js";

export interface Diagnosis {
  findings: Finding[];
  /** Whether `rawHash` and `censoredHash` as stored are still what the log committed to, as far as the next row shows. */
  hashesStand: boolean;
  /** Raw key that the next row should name. */
  raw: Uint8Array;
}

/** `expected` is the raw key of the row before (or genesis), hex; `computed` what the columns give with it. */
export function diagnose(
  db: DatabaseSync,
  event: ReadEvent,
  expected: string,
  computed: { raw: Uint8Array; censored: Uint8Array },
  machineId: string,
  hash: Sha256,
): Diagnosis {
  const n = event.sequence;
  const found = (kind: Finding["kind"], detail: string, column?: ColumnName): Finding =>
    column === undefined ? { kind, sequence: n, detail } : { kind, sequence: n, column, detail };
  const named = namedByNext(db, n);

  if (named !== undefined && same(named, computed.raw)) {
    const finding = found("row-altered", `event ${n}: rawHash is not the row's raw key`, "rawHash");
    return { findings: [finding], hashesStand: false, raw: computed.raw };
  }
  const own = hexOf(event.previousHash);
  if (own !== expected && same(keysOf(event, own, machineId, hash).raw, event.rawHash)) {
    const finding = found(
      "chain-broken",
      `event ${n} names another predecessor than the row before it`,
      "previousHash",
    );
    return { findings: [finding], hashesStand: true, raw: event.rawHash };
  }
  const home = homeOf(db, event, machineId, hash);
  if (home !== undefined) {
    const finding = found("rows-swapped", `sequence ${n} holds what was event ${home}`);
    return { findings: [finding], hashesStand: false, raw: named ?? event.rawHash };
  }
  const column = alteredColumn(event, own !== expected ? own : expected, machineId, hash);
  const finding = found(
    "row-altered",
    column === undefined
      ? `event ${n}: its columns do not hash to its raw key`
      : `event ${n}: ${column} is not what its raw key commits to`,
    column,
  );
  return { findings: [finding], hashesStand: true, raw: named ?? event.rawHash };
}

/** What the next row, or the head, calls the raw key of this one. */
export function namedByNext(db: DatabaseSync, sequence: number): Uint8Array | undefined {
  const next =
    db.prepare("SELECT previousHash AS key FROM events WHERE sequence = ?").get(sequence + 1) ??
    db.prepare("SELECT rawKey AS key FROM head WHERE sequence = ?").get(sequence);
  const key = (next as { key: unknown } | undefined)?.key;
  return key instanceof Uint8Array && key.length === 32 ? key : undefined;
}

/** The sequence at which this row's own columns are right, where that is another one. Its predecessor tells. */
function homeOf(db: DatabaseSync, event: ReadEvent, machineId: string, hash: Sha256): number | undefined {
  const before = db.prepare("SELECT sequence FROM events WHERE rawHash = ?").get(event.previousHash) as
    | { sequence: number }
    | undefined;
  // The predecessor may itself be the row that it was swapped with: then it stands here, or one off.
  const own = hexOf(event.previousHash);
  const n = event.sequence;
  const candidates = new Set([(before?.sequence ?? 0) + 1, 1, n - 1, n + 1, ...partners(db, event)]);
  for (const sequence of candidates) {
    if (sequence === n || sequence < 1) continue;
    if (same(keysOf({ ...event, sequence }, own, machineId, hash).raw, event.rawHash)) return sequence;
  }
  return undefined;
}

/** Rows that name this row's raw key as their predecessor stand one behind its home. */
function partners(db: DatabaseSync, event: ReadEvent): number[] {
  const rows = db.prepare("SELECT sequence FROM events WHERE previousHash = ? LIMIT 4").all(event.rawHash);
  return rows.map((row) => Number((row as { sequence: number }).sequence) - 1);
}

const optionalTexts = fieldNames<Exclude<FieldsWith<{ hashed: true; optional: true }>, "contentLength">>(
  ({ hashed, optional, kind }) => hashed === true && optional === true && kind !== "count",
);

/** Puts back, one column at a time, what can be derived or what an absent value would be, until the raw key comes out. */
function alteredColumn(
  event: ReadEvent,
  previousHash: string,
  machineId: string,
  hash: Sha256,
): ColumnName | undefined {
  const fits = (change: Partial<ReadEvent>) =>
    same(keysOf({ ...event, ...change }, previousHash, machineId, hash).raw, event.rawHash);
  for (const name of optionalTexts) {
    if (event[name] !== null && fits({ [name]: null })) return name;
  }
  if (event.contentLength !== null && fits({ contentLength: null })) return "contentLength";
  if (event.content !== null) {
    const content = isPacked(event.content) ? unpack(event.content) : event.content;
    if (content !== undefined) {
      if (fits({ contentLength: content.length })) return "contentLength";
      const digest = hexOf(contentHash(event.contentSalt, content, hash));
      if (fits({ contentHash: digest })) return "contentHash";
      if (event.contentHash !== null && digest !== event.contentHash) return "contentSalt";
    }
  }
  const idTime = Number.parseInt(event.id.slice(0, 8) + event.id.slice(9, 13), 16);
  if (idTime <= 253_402_300_799_999 && fits({ createdAt: new Date(idTime).toISOString() })) return "createdAt";
  if (fits({ category: event.type.split(".")[0] as string })) return "category";
  return undefined;
}
