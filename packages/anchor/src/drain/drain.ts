// One pass over the outboxes of some trails: everything that waits is brought to its place, in version order, by one
// process at a time. Safe to kill anywhere and to run as often as one likes.
import { checkSubmission } from "@sealtrail/verify/signing";
import type { SignedFingerprint } from "@sealtrail/verify/statement";
import type { CallFailure } from "../client/http.js";
import type { Around } from "../ledger/ledger.js";
import { LeaseLostError } from "../outbox/lease.js";
import type { Outbox, ReportKind } from "../outbox/outbox.js";
import { parseStatement, type StatementRow, submissionOf } from "../outbox/statement-row.js";
import { type DrainedOutbox, join } from "./drained-outbox.js";
import { damaged, firstSuccess, rolledBack } from "./outcome.js";
import { detectRollback, isUnknownOfOurs, ownStatements } from "./rollback.js";
import { BATCH, type Item, submit } from "./submit.js";
import {
  credentialKey,
  type DrainDeps,
  type DrainOptions,
  drainDeps,
  type LedgerTarget,
  type NetworkTarget,
  type Target,
} from "./target.js";

/** What `drain` did, and why statements still wait. @public */
export interface DrainReport {
  /** Statements that reached their place in this pass. */
  anchored: number;
  rejected: number;
  /** Still waiting after it. */
  waiting: number;
  /** Trails that another process is draining. */
  busy: number;
  /** The breaker lets nothing through before: milliseconds. */
  waitUntil?: number;
  /** Why a queue stands still until the operator acts. */
  held: string[];
  /** Why nothing is sent for a trail any more. */
  off: string[];
  /** What went wrong on the way, one line each. */
  failures: string[];
}

/**
 * Sends what waits in the outboxes to the target, in version order. May be killed at any point and run again.
 *
 * @public
 */
export async function drain(
  outboxes: readonly Outbox[],
  target: Target,
  options: DrainOptions = {},
): Promise<DrainReport> {
  const deps = drainDeps(options);
  const report: DrainReport = { anchored: 0, rejected: 0, waiting: 0, busy: 0, held: [], off: [], failures: [] };
  if (target.network !== "ledger") target.payment?.check(target.network, outboxes);
  const parts: DrainedOutbox[] = [];
  const before = outboxes.map((outbox) => tally(outbox, target));
  try {
    for (const outbox of outboxes) {
      if (pending(outbox, target).length === 0 && !hasOpenPayment(outbox, target) && !lacks(outbox, target)) continue;
      const off = outbox.off();
      const held = mayGo(outbox, target, deps);
      if (off !== undefined) report.off.push(off);
      else if (held !== undefined) report.held.push(held);
      else {
        const part = join(outbox, crypto.randomUUID(), deps);
        if (part === undefined) report.busy++;
        else {
          parts.push(part);
          for (const row of pending(outbox, target)) {
            const verdict = checkSubmission(submissionOf(row));
            if (!verdict.ok || verdict.signed.hash !== row.hash)
              damaged(part, row, verdict.ok ? "hash-mismatch" : verdict.code);
          }
        }
      }
    }
    if (target.network === "ledger") for (const part of parts) toLedger(part, target, report);
    else await toNetwork(parts, target, deps, report);
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    report.busy++;
  } finally {
    for (const part of parts) part.lease.release();
  }
  for (const [i, outbox] of outboxes.entries()) {
    const after = tally(outbox, target);
    report.anchored += Math.max(0, after.anchored - before[i]!.anchored);
    report.rejected += Math.max(0, after.rejected - before[i]!.rejected);
    report.waiting += after.waiting;
  }
  for (const part of parts) {
    const off = part.outbox.off();
    const hold = part.outbox.hold();
    if (off !== undefined) report.off.push(off);
    // A hold is about a network's credential, so it does not stop a ledger file.
    if (hold !== undefined && target.network !== "ledger") report.held.push(hold.message);
  }
  return report;
}

async function toNetwork(
  parts: readonly DrainedOutbox[],
  target: NetworkTarget,
  deps: DrainDeps,
  report: DrainReport,
): Promise<void> {
  const failed = (failure: CallFailure | undefined) => failure && report.failures.push(failure.message);
  for (const part of parts) {
    const until = part.breaker.blockedUntil();
    if (until !== undefined) {
      part.stopped = true;
      report.waitUntil = Math.min(report.waitUntil ?? Infinity, until);
    } else if (pending(part.outbox, target).some((row) => row.state === "queued")) {
      failed(await detectRollback(part, target));
    }
  }
  const { payment } = target;
  if (!target.client.hasApiKey && payment !== undefined) {
    for (const part of parts) {
      for (let first = true; !part.stopped && !deps.signal?.aborted; first = false) {
        const rows = pending(part.outbox, target);
        if (rows.length === 0 && !payment.isOpen(part.outbox, target)) break;
        if (!first) await deps.sleep(deps.pauseMs);
        failed(await payment.submit(part, rows, target, deps));
      }
    }
  } else {
    const tried = new Set<string>();
    for (let first = true; !deps.signal?.aborted; first = false) {
      const items = nextBatch(parts, target, tried);
      if (items.length === 0) break;
      if (!first) await deps.sleep(deps.pauseMs);
      for (const { row } of items) tried.add(row.hash);
      failed(await submit(items, target, deps));
    }
  }
  for (const part of parts) {
    const until = part.breaker.blockedUntil();
    if (until !== undefined) report.waitUntil = Math.min(report.waitUntil ?? Infinity, until);
  }
}

/** Up to ten statements that were not tried in this pass, every trail's in version order. */
function nextBatch(parts: readonly DrainedOutbox[], target: Target, tried: ReadonlySet<string>): Item[] {
  const items: Item[] = [];
  for (const part of parts) {
    if (part.stopped) continue;
    for (const row of pending(part.outbox, target)) {
      if (items.length === BATCH) return items;
      if (!tried.has(row.hash)) items.push({ part, row });
    }
  }
  return items;
}

/** A ledger file knows no "maybe": what `append` returned for is on disk. */
function toLedger(part: DrainedOutbox, target: LedgerTarget, report: DrainReport): void {
  const { outbox, lease } = part;
  const rows = pending(outbox, target);
  const own = ownStatements(outbox);
  const whole = rows.flatMap((row) => parseStatement(row) ?? []);
  const { path } = target.ledger;
  const reports: [ReportKind, string][] = [];
  const around: Around = {
    known: (entry) => !isUnknownOfOurs(entry.statement, own),
    newest: newestWritten(outbox),
    all: () => outbox.rows(WRITTEN).flatMap((row) => wholeIn(row) ?? []),
    again: (count) => {
      reports.push(["ledger-again", `${count} statements were in ${path} no more, and are written again`]);
    },
    damaged: ({ code, line }) => {
      const how = "to go on with a sound file, keep this one and name another as ledgerFile: it gets all statements";
      const message = `${path} was changed by somebody: ${code}, line ${line}. New statements stand behind it; ${how}`;
      reports.push(["ledger-damaged", message]);
    },
  };
  try {
    if (!target.ledger.append(whole, around)) {
      rolledBack(part, "the ledger file");
      return;
    }
  } catch (error) {
    report.failures.push(`ledger file: ${error instanceof Error ? error.message : String(error)}`);
    return;
  }
  lease.write(() => {
    const now = outbox.clock();
    for (const [kind, message] of reports) {
      if (kind === "ledger-again" || !outbox.wasReported(kind, message)) outbox.report(kind, message);
    }
    if (rows[0]) firstSuccess(outbox, `the first statement is in ${target.ledger.path}`, rows[0].version);
    for (const { hash } of whole)
      outbox.update(hash, { state: "finalized", sentAt: now, acceptedAt: now, settledAt: now });
  });
}

const WRITTEN = { states: ["accepted", "finalized"], target: "ledger" } as const;

function newestWritten(outbox: Outbox): string | undefined {
  return outbox.rows({ ...WRITTEN, last: 1 })[0]?.hash;
}

/** The ledger file was cut, or is another one now: it gets what was written before. */
function lacks(outbox: Outbox, target: Target): boolean {
  if (target.network !== "ledger") return false;
  const newest = newestWritten(outbox);
  return newest !== undefined && !target.ledger.endsWith(newest);
}

/** The row's statement, if it is what was signed. */
function wholeIn(row: StatementRow): SignedFingerprint | undefined {
  const verdict = checkSubmission(submissionOf(row));
  return verdict.ok && verdict.signed.hash === row.hash ? verdict.signed : undefined;
}

export function pending(outbox: Outbox, target: Target): StatementRow[] {
  return outbox.rows({ states: ["queued", "sent"], target: target.network });
}

function hasOpenPayment(outbox: Outbox, target: Target): boolean {
  return target.network !== "ledger" && (target.payment?.isOpen(outbox, target) ?? false);
}

/** A queue on hold goes on when the operator asks for it or has given another credential. */
function mayGo(outbox: Outbox, target: Target, deps: DrainDeps): string | undefined {
  const hold = outbox.hold();
  if (hold === undefined || target.network === "ledger") return undefined;
  if (hold.key !== credentialKey(target)) outbox.setHold(undefined);
  else if (!deps.release) return hold.message;
  return undefined;
}

function tally(outbox: Outbox, target: Target): { anchored: number; rejected: number; waiting: number } {
  const counts = outbox.counts(target.network);
  return {
    anchored: counts.accepted + counts.finalized,
    rejected: counts.rejected,
    waiting: counts.queued + counts.sent,
  };
}
