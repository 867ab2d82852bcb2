// What became of accepted statements: looked up until final, the network's own proof fetched and checked, what was lost
// noticed (issue: checking). The network's word is kept raw; only what holds against our own statement is believed.
import { verifyNetworkProof } from "@sealtrail/verify/statement";
import type { Batch, Detail, ProofAnswer } from "../client/answers.js";
import type { CallFailure } from "../client/http.js";
import { LeaseLostError } from "../outbox/lease.js";
import type { Outbox } from "../outbox/outbox.js";
import { parseStatement, type StatementRow } from "../outbox/statement-row.js";
import { askFor, callFor, type DrainedOutbox, join } from "./drained-outbox.js";
import { nextCheck } from "./outcome.js";
import { type DrainDeps, type DrainOptions, drainDeps, type NetworkTarget } from "./target.js";

/** What `check` found. @public */
export interface CheckReport {
  finalized: number;
  pending: number;
  /** Accepted once, unknown now for too long: back in the queue. */
  lost: number;
  busy: number;
  waitUntil?: number;
  failures: string[];
}

/** `all`: also those whose next look-up is not due yet. @public */
export async function check(
  outboxes: readonly Outbox[],
  target: NetworkTarget,
  options: DrainOptions & { all?: boolean } = {},
): Promise<CheckReport> {
  const deps = drainDeps(options);
  const report: CheckReport = { finalized: 0, pending: 0, lost: 0, busy: 0, failures: [] };
  for (const outbox of outboxes) {
    const due = outbox.dueChecks(target.network, options.all ? Number.MAX_SAFE_INTEGER : deps.clock());
    if (due.length === 0 || outbox.off() !== undefined) continue;
    const part = join(outbox, crypto.randomUUID(), deps);
    if (part === undefined) {
      report.busy++;
      continue;
    }
    try {
      for (const row of due) {
        if (part.stopped || part.breaker.blockedUntil() !== undefined || deps.signal?.aborted) break;
        const failure = await checkOne(part, row, target, deps, report);
        if (failure) report.failures.push(failure.message);
      }
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
      report.busy++;
    } finally {
      part.lease.release();
    }
    const until = part.breaker.blockedUntil();
    if (until !== undefined) report.waitUntil = Math.min(report.waitUntil ?? Infinity, until);
    report.pending += outbox.counts(target.network).accepted;
  }
  return report;
}

async function checkOne(
  part: DrainedOutbox,
  row: StatementRow,
  target: NetworkTarget,
  deps: DrainDeps,
  report: CheckReport,
): Promise<CallFailure | undefined> {
  const signed = parseStatement(row);
  if (signed === undefined)
    return { ok: false, kind: "bad-shape", message: `statement ${row.version} is damaged: run audit verify` };
  const { client } = target;
  const detail = await askFor(part, client, row.hash, signed);
  if (!detail.ok) {
    if (detail.kind !== "status" || detail.status !== 404) return stopped(part, detail);
    notFound(part, row, deps, report);
    return undefined;
  }
  let batch: Batch | undefined;
  const batchId = detail.value.batchId;
  if (batchId !== undefined) {
    const given = await callFor([part], () => client.batch(batchId));
    if (given.ok) batch = given.value;
    else if (given.status !== 404) return stopped(part, given);
  }
  const status = statusOf(detail.value, batch);
  const root = batch?.root ?? detail.value.root;
  if (status === "errored") {
    part.lease.write(() => {
      part.outbox.update(row.hash, {
        state: "rejected",
        reason: "ERRORED_COMMITMENT",
        detail: detail.raw,
        settledAt: deps.clock(),
      });
      part.outbox.report(
        "errored",
        `the network could not commit checkpoint ${row.version}; the next checkpoint covers its events`,
        row.version,
      );
    });
    return undefined;
  }
  if (status !== "finalized") {
    later(part, row, deps, { detail: detail.raw, batchId: batchId ?? null });
    return undefined;
  }
  const proof = await callFor([part], () => client.proof(row.hash));
  if (!proof.ok && proof.status !== 404) return stopped(part, proof);
  const held = proof.ok ? judge(proof.value, proof.raw, row.hash, root) : { proofState: null, networkProof: null };
  part.lease.write(() => {
    if (row.state === "accepted") report.finalized++;
    part.outbox.update(row.hash, {
      state: "finalized",
      settledAt: deps.clock(),
      detail: detail.raw,
      batchId: batchId ?? null,
      batchRoot: root ?? null,
      finalizedAt: batch?.finalizedAt ?? null,
      checks: row.checks + 1,
      checkAt: nextCheck(deps.clock(), row.checks + 1),
      ...held,
    });
    if (held.proofState === "invalid" && row.alarm !== "proof-invalid") {
      part.outbox.update(row.hash, { alarm: "proof-invalid" });
      const message = `the network's proof for checkpoint ${row.version} does not hold; it is kept, and counts for nothing`;
      part.outbox.report("proof-invalid", message, row.version);
    }
  });
  return undefined;
}

/** A proof that holds must lead to the root that we looked up ourselves. */
function judge(
  answer: ProofAnswer,
  raw: string,
  hash: string,
  root: string | undefined,
): Pick<StatementRow, "proofState" | "networkProof"> {
  if (answer.kind === "unchecked" || root === undefined) return { proofState: "unchecked", networkProof: raw };
  const verdict = verifyNetworkProof(answer.proof, { hash, root });
  if (verdict.ok) return { proofState: "verified", networkProof: JSON.stringify(answer.proof) };
  return { proofState: verdict.code === "data-digest-unknown" ? "unchecked" : "invalid", networkProof: raw };
}

/** Accepted and unknown: pending for an hour, then an alarm once, and the same bytes again. */
function notFound(part: DrainedOutbox, row: StatementRow, deps: DrainDeps, report: CheckReport): void {
  const now = deps.clock();
  if (row.state !== "accepted" || now - (row.acceptedAt ?? now) < deps.lostAfterMs) {
    later(part, row, deps, {});
    return;
  }
  report.lost++;
  part.lease.write(() => {
    part.outbox.update(row.hash, {
      state: "queued",
      acceptedAt: null,
      reason: "accepted, then unknown to the network",
    });
    if (row.alarm === "lost") return;
    part.outbox.update(row.hash, { alarm: "lost" });
    part.outbox.report(
      "lost",
      `the network accepted checkpoint ${row.version} and does not know it: it is sent again`,
      row.version,
    );
  });
}

function later(part: DrainedOutbox, row: StatementRow, deps: DrainDeps, changes: Partial<StatementRow>): void {
  const checks = row.checks + 1;
  part.lease.write(() =>
    part.outbox.update(row.hash, { ...changes, checks, checkAt: nextCheck(deps.clock(), checks) }),
  );
}

/** The second shape says it of the fingerprint, the first only of its batch. */
function statusOf(detail: Detail, batch: Batch | undefined): "finalized" | "errored" | "pending" {
  const said = detail.status ?? batch?.status;
  if (said === "ERRORED_COMMITMENT") return "errored";
  return said === "FINALIZED_COMMITMENT" || (detail.status === undefined && batch?.finalizedAt !== undefined)
    ? "finalized"
    : "pending";
}

function stopped(part: DrainedOutbox, failure: CallFailure): CallFailure {
  part.stopped = true;
  return failure;
}
