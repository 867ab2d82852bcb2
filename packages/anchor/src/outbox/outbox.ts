// The outbox in the trail's database: statements signed where their checkpoint is made, kept until settled and after.
// Relies on node:sqlite; opens no connection of its own. Sending is `../drain`'s, checking what lies here `../audit`'s.

import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import { writeTransaction } from "@sealtrail/smt/sqlite";
import { type Network, statementOf } from "@sealtrail/verify/statement";
import { submissionText } from "../client/client.js";
import { type PrivateKey, signerIdOf, signFingerprint } from "../sign/sign.js";
import { anchorSchema } from "./schema.js";
import type { StatementRow, StatementState } from "./statement-row.js";

/** An accepted statement is looked up at least so often. */
export const LONGEST_CHECK_MS = 600_000;

export type Random = (size: number) => Uint8Array;

export interface OutboxOptions {
  clock?: () => number;
  random?: Random;
  /** A file that cannot be written: nothing is installed, and a trail that never anchored reads as empty. */
  readOnly?: boolean;
}

/** Who signs, and for which place. @public */
export interface AnchorSigner {
  privateKey: PrivateKey;
  target: Network;
  /** The account's; absent for the ledger file. */
  orgId?: string;
  tenantId?: string;
}

export interface Report {
  id: number;
  at: number;
  kind: ReportKind;
  version: number | null;
  message: string;
}

export type ReportKind =
  | "first-success"
  | "rejected"
  | "held"
  | "lost"
  | "errored"
  | "proof-invalid"
  | "rolled-back"
  | "foreign-record"
  /** The ledger file was changed by somebody. */
  | "ledger-damaged"
  /** Statements that were gone from the ledger file were written again. */
  | "ledger-again";

/** Made when a checkpoint that is being saved names another newest signed version than the outbox: make it anew. */
export class StaleCheckpointError extends Error {
  override name = "StaleCheckpointError";
}

/** The file that an outbox is kept in: `Trail` of `@sealtrail/trail` is one. */
export interface TrailFile {
  /** @internal */
  readonly database: DatabaseSync;
}

/** The statements of a trail that were signed, in the trail's file, with what became of each. @public */
export class Outbox {
  /** @internal */
  readonly database: DatabaseSync;
  readonly clock: () => number;
  readonly #random: Random;
  /** False for a trail that never anchored, in a file that cannot be written: it reads as empty. */
  readonly installed: boolean;

  constructor({ database: db }: TrailFile, options: OutboxOptions = {}) {
    this.database = db;
    this.clock = options.clock ?? Date.now;
    this.#random = options.random ?? ((size) => crypto.getRandomValues(new Uint8Array(size)));
    const find = db.prepare(
      `SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table'
       AND name IN ('anchor_state', 'anchor_statements', 'anchor_payments', 'anchor_reports')`,
    );
    const tables = () => (find.get() as { n: number }).n === 4;
    if (!options.readOnly && !tables()) db.exec(anchorSchema);
    this.installed = tables();
    if (!options.readOnly) mendState(db);
  }

  // --- signing

  /** What the next checkpoint's `lastSigned` must be: the newest version with a statement, whatever became of it. */
  lastSigned(): number {
    return this.#one<{ v: number | null }>("SELECT max(version) AS v FROM anchor_statements")?.v ?? 0;
  }

  /**
   * Signs and stores the statement of a checkpoint inside the caller's open transaction: the one that makes the
   * checkpoint. Throws StaleCheckpointError, so that the line never fails to name a signed version.
   */
  sign(checkpoint: Checkpoint, signer: AnchorSigner): StatementRow {
    const before = this.#one<{ v: number | null }>(
      "SELECT max(version) AS v FROM anchor_statements WHERE version < ?",
      checkpoint.version,
    )?.v;
    if ((before ?? 0) > checkpoint.lastSigned) {
      throw new StaleCheckpointError(
        `checkpoint ${checkpoint.version} says ${checkpoint.lastSigned}, the outbox ${before}`,
      );
    }
    return this.#insert(checkpoint, signer);
  }

  /**
   * Signs the newest checkpoint if it has no statement for this place yet (it was made for somebody who only wanted to
   * see a root). `newest` is called inside the transaction: a later checkpoint could not name this one any more.
   */
  signNewest(newest: () => Checkpoint | undefined, signer: AnchorSigner): StatementRow | undefined {
    return writeTransaction(
      this.database,
      () => {
        const checkpoint = newest();
        if (checkpoint === undefined || this.current(checkpoint.version, signer.target)) return undefined;
        return this.#insert(checkpoint, signer);
      },
      { durable: true },
    );
  }

  /** A new statement beside the old one, which becomes `superseded`. Only `resign` calls it, after the network said 404. */
  replace(old: StatementRow, checkpoint: Checkpoint, signer: AnchorSigner): StatementRow {
    this.update(old.hash, { state: "superseded", settledAt: this.clock() });
    return this.#insert(checkpoint, signer);
  }

  #insert(checkpoint: Checkpoint, signer: AnchorSigner): StatementRow {
    const { privateKey, target, orgId, tenantId } = signer;
    const value = statementOf(checkpoint, {
      eventId: uuidV4(this.#random(16)),
      signerId: signerIdOf(privateKey),
      ...(orgId === undefined ? {} : { orgId }),
      ...(tenantId === undefined ? {} : { tenantId }),
    });
    const signed = signFingerprint(value, privateKey);
    this.database
      .prepare(
        `INSERT INTO anchor_statements (version, target, hash, submission, state, firstSequence, lastSequence, signedAt)
         VALUES (?, ?, ?, ?, 'queued', ?, ?, ?)`,
      )
      .run(
        checkpoint.version,
        target,
        signed.hash,
        submissionText(signed),
        checkpoint.firstSequence,
        checkpoint.lastSequence,
        this.clock(),
      );
    return this.byHash(signed.hash)!;
  }

  // --- reading

  byHash(hash: string): StatementRow | undefined {
    return this.#one<StatementRow>("SELECT * FROM anchor_statements WHERE hash = ?", hash);
  }

  /** The statement of a version for a place that is not superseded. */
  current(version: number, target: Network): StatementRow | undefined {
    const sql = "SELECT * FROM anchor_statements WHERE version = ? AND target = ? AND state <> 'superseded'";
    return this.#one<StatementRow>(sql, version, target);
  }

  /** In version order. */
  rows(filter: { states?: readonly StatementState[]; target?: Network; last?: number } = {}): StatementRow[] {
    const states = filter.states ?? ["queued", "sent", "accepted", "finalized", "rejected", "superseded"];
    const marks = states.map(() => "?").join(", ");
    const target = filter.target === undefined ? "" : "AND target = ?";
    const values: SQLInputValue[] = [...states, ...(filter.target === undefined ? [] : [filter.target])];
    const newest = filter.last === undefined ? "" : " DESC LIMIT ?";
    if (filter.last !== undefined) values.push(filter.last);
    const order = filter.last === undefined ? "version, id" : `version DESC, id${newest}`;
    const sql = `SELECT * FROM anchor_statements WHERE state IN (${marks}) ${target} ORDER BY ${order}`;
    const rows = this.#all<StatementRow>(sql, ...values);
    return filter.last === undefined ? rows : rows.reverse();
  }

  /** How many statements are in each state. */
  counts(target?: Network): { [state in StatementState]: number } {
    const counts = { queued: 0, sent: 0, accepted: 0, finalized: 0, rejected: 0, superseded: 0 };
    const sql = "SELECT state, count(*) AS n FROM anchor_statements WHERE ? IN ('', target) GROUP BY state";
    for (const { state, n } of this.#all<{ state: StatementState; n: number }>(sql, target ?? "")) counts[state] = n;
    return counts;
  }

  /** Whose signatures lie here, as far as the newest thousand statements say. */
  signers(): string[] {
    const sql = `SELECT DISTINCT json_extract(submission, '$.attestation.content.signerId') AS id
       FROM (SELECT submission FROM anchor_statements ORDER BY id DESC LIMIT 1000) WHERE json_valid(submission)`;
    return this.#all<{ id: string | null }>(sql).flatMap(({ id }) => id ?? []);
  }

  /** When a network last accepted one: milliseconds, 0 for never. */
  newestAcceptance(target: Network): number {
    return (
      this.#one<{ t: number | null }>("SELECT max(acceptedAt) AS t FROM anchor_statements WHERE target = ?", target)
        ?.t ?? 0
    );
  }

  /** Accepted ones to look up until `now`, and final ones whose proof is not there yet; oldest first. */
  dueChecks(target: Network, now: number): StatementRow[] {
    return this.#all<StatementRow>(
      `SELECT * FROM anchor_statements WHERE target = ? AND (checkAt <= ? OR checkAt > ?)
       AND (state = 'accepted' OR (state = 'finalized' AND proofState IS NULL)) ORDER BY version, id`,
      target,
      now,
      // Further ahead than any check is put off: the clock was set back since.
      now + LONGEST_CHECK_MS,
    );
  }

  /** The anchored statement (accepted or final) that covers an event: the oldest, or the newest. */
  covering(sequence: number, which: "oldest" | "newest" = "oldest"): StatementRow | undefined {
    const order = which === "oldest" ? "ASC" : "DESC";
    return this.#one<StatementRow>(
      `SELECT * FROM anchor_statements WHERE state IN ('accepted', 'finalized') AND lastSequence >= ?
       ORDER BY version ${order}, state = 'finalized' DESC, target = 'ledger', id LIMIT 1`,
      sequence,
    );
  }

  /** The last event that an anchor covers; 0 without one. */
  anchoredUpTo(): number {
    const sql = "SELECT max(lastSequence) AS s FROM anchor_statements WHERE state IN ('accepted', 'finalized')";
    return this.#one<{ s: number | null }>(sql)?.s ?? 0;
  }

  /** The last event for which a statement was signed; 0 without one. */
  signedUpTo(): number {
    return this.#one<{ s: number | null }>("SELECT max(lastSequence) AS s FROM anchor_statements")?.s ?? 0;
  }

  // --- changes (the drainer's, inside its lease)

  update(
    hash: string,
    changes: Partial<Omit<StatementRow, "id" | "hash" | "submission" | "version" | "target">>,
  ): void {
    const names = Object.keys(changes);
    this.database
      .prepare(`UPDATE anchor_statements SET ${names.map((name) => `${name} = ?`).join(", ")} WHERE hash = ?`)
      .run(...(Object.values(changes) as SQLInputValue[]), hash);
  }

  /** The queue stands still until somebody does what `message` says. `key`: a digest of the credential that was refused. */
  hold(): { key: string; message: string; since: number } | undefined {
    const text = this.#one<{ hold: string | null }>("SELECT hold FROM anchor_state WHERE id = 1")?.hold;
    return text ? readHold(text) : undefined;
  }

  setHold(hold: { key: string; message: string } | undefined): void {
    const text = hold === undefined ? null : JSON.stringify({ ...hold, since: this.clock() });
    this.database.prepare("UPDATE anchor_state SET hold = ? WHERE id = 1").run(text);
  }

  /** Why nothing is sent any more: the file is an older copy of a trail that went on. */
  off(): string | undefined {
    const off = this.#one<{ off: unknown }>("SELECT off FROM anchor_state WHERE id = 1")?.off ?? undefined;
    return off === undefined || typeof off === "string" ? off : "damaged";
  }

  disable(reason: string): void {
    this.database.prepare("UPDATE anchor_state SET off = ? WHERE id = 1").run(reason);
  }

  breaker(): string | undefined {
    return this.#one<{ breaker: string | null }>("SELECT breaker FROM anchor_state WHERE id = 1")?.breaker ?? undefined;
  }

  setBreaker(text: string): void {
    this.database.prepare("UPDATE anchor_state SET breaker = ? WHERE id = 1").run(text);
  }

  // --- reports

  report(kind: ReportKind, message: string, version: number | null = null): void {
    this.database
      .prepare("INSERT INTO anchor_reports (at, kind, version, message) VALUES (?, ?, ?, ?)")
      .run(this.clock(), kind, version, message);
  }

  wasReported(kind: ReportKind, message?: string): boolean {
    const sql = "SELECT 1 FROM anchor_reports WHERE kind = ? AND message = coalesce(?, message)";
    return this.#one(sql, kind, message ?? null) !== undefined;
  }

  /** Versions that a report says were accepted, or written to the ledger file. */
  toldAccepted(): number[] {
    const sql = "SELECT DISTINCT version FROM anchor_reports WHERE kind = 'first-success' AND version IS NOT NULL";
    return this.#all<{ version: number }>(sql).map(({ version }) => version);
  }

  /** What nobody was told yet, oldest first. */
  unacknowledged(): Report[] {
    return this.#all<Report>("SELECT id, at, kind, version, message FROM anchor_reports WHERE told = 0 ORDER BY id");
  }

  /** Marks a report as told; false where another process was faster. */
  acknowledge(id: number): boolean {
    return this.database.prepare("UPDATE anchor_reports SET told = 1 WHERE id = ? AND told = 0").run(id).changes === 1;
  }

  #one<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.installed ? (this.database.prepare(sql).get(...values) as T | undefined) : undefined;
  }

  #all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.installed ? (this.database.prepare(sql).all(...values) as T[]) : [];
  }
}

/**
 * Makes the one row of `anchor_state` usable again after somebody changed the file. Without the row nothing could be
 * drained, and SQLite refuses every UPDATE of a row in which any cell has the wrong type.
 */
function mendState(db: DatabaseSync): void {
  const isText = (name: string) => `typeof(${name}) IN ('text', 'null')`;
  const names = ["leaseHolder", "breaker", "hold", "off"];
  const whole = [...names.map(isText), "typeof(leaseUntil) = 'integer'"].join(" AND ");
  const row = db.prepare(`SELECT ${whole} AS whole FROM anchor_state WHERE id = 1`).get();
  if (row === undefined) db.exec("INSERT OR IGNORE INTO anchor_state (id) VALUES (1)");
  if (row === undefined || row.whole === 1) return;
  db.exec(`UPDATE anchor_state SET
    leaseHolder = iif(${isText("leaseHolder")}, leaseHolder, NULL),
    leaseUntil = iif(typeof(leaseUntil) = 'integer', leaseUntil, 0),
    breaker = iif(${isText("breaker")}, breaker, NULL),
    hold = iif(${isText("hold")}, hold, NULL),
    off = iif(${isText("off")}, off, 'damaged')
    WHERE id = 1`);
}

/** What was written into the file by somebody else is a hold all the same, of no credential that there is. */
function readHold(text: string): { key: string; message: string; since: number } {
  const unreadable = { key: "", message: "the stored reason cannot be read", since: 0 };
  try {
    const { key, message, since } = JSON.parse(text) as Record<string, unknown>;
    return typeof key === "string" && typeof message === "string" && typeof since === "number"
      ? { key, message, since }
      : unreadable;
  } catch {
    return unreadable;
  }
}

function uuidV4(bytes: Uint8Array): string {
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
