// What becomes of a statement: the transitions of the outbox, each in one transaction under the lease.
import { LONGEST_CHECK_MS, type Outbox } from "../outbox/outbox.js";
import type { StatementRow } from "../outbox/statement-row.js";
import type { DrainedOutbox } from "./drained-outbox.js";

/** When an accepted statement is looked up first, and at most how seldom: 30 s doubling to 10 min. */
export function nextCheck(now: number, checks: number): number {
  return now + Math.min(30_000 * 2 ** Math.min(checks, 10), LONGEST_CHECK_MS);
}

export function accepted(part: DrainedOutbox, row: StatementRow, now: number): void {
  part.lease.write(() => {
    part.outbox.update(row.hash, {
      state: "accepted",
      acceptedAt: now,
      reason: null,
      checks: 0,
      checkAt: nextCheck(now, 0),
    });
    firstSuccess(part.outbox, `the first statement is accepted on ${row.target}`, row.version);
  });
}

/** Told once in the life of a trail, inside the caller's transaction. */
export function firstSuccess(outbox: Outbox, message: string, version: number): void {
  if (!outbox.wasReported("first-success")) outbox.report("first-success", message, version);
}

/** Held until `audit anchor resign`. */
export function rejected(part: DrainedOutbox, row: StatementRow, reason: string, now: number): void {
  part.lease.write(() => {
    part.outbox.update(row.hash, { state: "rejected", reason, settledAt: now });
    const hint = `see why, then: audit anchor resign ${row.version}`;
    part.outbox.report("rejected", `checkpoint ${row.version} was refused (${reason}): ${hint}`, row.version);
  });
}

/** What lies in the file is not what was signed: it is never sent. */
export function damaged(part: DrainedOutbox, row: StatementRow, code: string): void {
  part.lease.write(() => {
    const reason = `the stored statement was changed (${code})`;
    part.outbox.update(row.hash, { state: "rejected", reason, settledAt: part.outbox.clock() });
    part.outbox.report("rejected", `checkpoint ${row.version}: ${reason}: run audit verify`, row.version);
  });
}

/** Back to the queue: nothing of it is on the network. */
export function requeued(part: DrainedOutbox, rows: readonly StatementRow[], reason: string | null): void {
  part.lease.write(() => {
    for (const row of rows) part.outbox.update(row.hash, { state: "queued", reason, acceptedAt: null });
  });
}

/** About to be sent: from here on only the network can say whether it was. */
export function sending(part: DrainedOutbox, rows: readonly StatementRow[], now: number): void {
  part.lease.write(() => {
    for (const row of rows) part.outbox.update(row.hash, { state: "sent", sentAt: now });
  });
}

/** The whole queue stands still; told once. */
export function held(part: DrainedOutbox, key: string, message: string): void {
  part.stopped = true;
  part.lease.write(() => {
    if (part.outbox.hold()?.key === key) return;
    part.outbox.setHold({ key, message });
    part.outbox.report("held", message);
  });
}

export function rolledBack(part: DrainedOutbox, where: string): void {
  part.stopped = true;
  part.lease.write(() => {
    if (part.outbox.off() !== undefined) return;
    part.outbox.disable("rolled-back");
    const message = `${where} holds statements of this trail that this file does not know: it is an older copy. Nothing is sent any more; run audit verify, then audit recover`;
    part.outbox.report("rolled-back", message);
  });
}

/** Told once. */
export function foreignRecords(part: DrainedOutbox, count: number): void {
  part.lease.write(() => {
    if (part.outbox.wasReported("foreign-record")) return;
    const message = `the network lists ${count} records about this trail that no key of it is shown to have signed; they count for nothing`;
    part.outbox.report("foreign-record", message);
  });
}
