/** The anchors' part of `audit verify`: each checkpoint against what was signed of it, here and in the ledger file. */
import { existsSync, statSync } from "node:fs";
import type { AnchorFindingCode, AnchorVerdict } from "@sealtrail/anchor/audit";
import type { Finding, Trail, VerifyReport } from "@sealtrail/trail";
import type { Note } from "@sealtrail/trail/log";
import type { Signer } from "@sealtrail/verify";
import { anchorPolicyOf } from "../anchor-policy.js";
import { anchorPlan, ledgerFile, signingKey } from "../anchoring.js";
import type { Context } from "../context.js";
import { retiredKeys, signersOf } from "../signers.js";
import { openOutboxReadOnly } from "./_outbox.js";
import { oldestWithout } from "./anchor-status.js";

export interface AnchorSummary {
  readonly checked: number;
  /** Newest version that the file says was accepted. */
  readonly anchoredVersion: number;
  /** Newest version for which a line of the ledger file or a network's proof was seen here. */
  readonly shownVersion: number;
  /** False: who signed was not checked, for want of a key. */
  readonly signerChecked: boolean;
}

/** A replay's report, with what the anchors add. */
export interface Verified extends Omit<VerifyReport, "status" | "findings" | "notes"> {
  /** `unvouched` (of an export): the events hold, and it shows contents that nothing vouches for. */
  readonly status: VerifyReport["status"] | "unvouched";
  readonly findings: readonly (Omit<Finding, "kind"> & { kind: Finding["kind"] | AnchorFindingCode })[];
  readonly notes: readonly (Omit<Note, "kind"> & { kind: Note["kind"] | AnchorFindingCode })[];
}

async function trustedSigners(context: Context, trail: Trail, given: readonly Signer[]): Promise<readonly Signer[]> {
  if (given.length > 0) return given;
  try {
    const key = await signingKey(context);
    return key ? await signersOf(trail, key.signerId) : [];
  } catch {
    // A key that cannot be read is for the anchor commands to complain about; here it only means: not checked.
    return [];
  }
}

/**
 * Judges the anchors by the given signers, or by the configured key and those before it. Where the key was changed while this
 * looked, key and statements may be of two moments: then it looks again. `isCopy`: the file was handed to somebody, who need not
 * have its ledger file too.
 */
export async function anchorVerdict(
  context: Context,
  trail: Trail,
  given: readonly Signer[],
  isCopy = false,
): Promise<AnchorVerdict> {
  for (let look = 1; ; look++) {
    const key = await currentKey(context);
    const verdict = await verdictNow(context, trail, given, isCopy);
    if (given.length > 0 || look === mostLooks || verdict.findings.every(({ severity }) => severity === "note"))
      return verdict;
    context.readConfigAgain();
    if ((await currentKey(context)) === key) return verdict;
  }
}

const mostLooks = 5;

async function currentKey(context: Context): Promise<string | undefined> {
  return signingKey(context).then(
    (key) => key?.signerId,
    () => undefined,
  );
}

async function verdictNow(
  context: Context,
  trail: Trail,
  given: readonly Signer[],
  isCopy: boolean,
): Promise<AnchorVerdict> {
  const { readLedger } = await import("@sealtrail/anchor/audit");
  const { verifyAnchors } = await import("@sealtrail/anchor");
  const outbox = await openOutboxReadOnly(trail);
  const ledger = ledgerFile(context);
  const signers = await trustedSigners(context, trail, given);
  const retired = await retiredKeys(trail, signers);
  const policy = anchorPolicyOf(context.config);
  const wanted = await anchorPlan(context).then(
    (plan) => plan.on,
    () => false,
  );
  // A statement enters the outbox before the ledger file. The ledger's size is taken before the outbox is read, so that the
  // outbox holds every statement up to there.
  const ledgerSize = statSync(ledger, { throwIfNoEntry: false })?.size ?? 0;
  // One moment for statements and checkpoints: another process may sign meanwhile.
  trail.database.exec("BEGIN");
  try {
    const anchored = outbox.signedUpTo() > 0;
    const isInLedger = outbox.rows({ target: "ledger", last: 1 }).length > 0;
    const isLedgerHere = existsSync(ledger);
    const lacksLedger = isCopy && isInLedger && !isLedgerHere;
    const oldestUnanchoredAt = oldestWithout(trail, outbox.anchoredUpTo());
    const verdict = verifyAnchors({
      tree: trail.genesis.tree,
      checkpoints: trail.checkpoints(),
      statements: outbox.rows(),
      signers,
      retired,
      stopped: outbox.off(),
      toldAccepted: [...outbox.toldAccepted(), ...acceptedOnRecord(trail)],
      ...(isLedgerHere || (isInLedger && !isCopy) ? { ledger: readLedger(ledger), ledgerSize } : {}),
      ...(wanted || anchored ? { overdue: { oldestUnanchoredAt, now: context.io.now(), policy } } : {}),
    });
    if (!lacksLedger) return verdict;
    const message = `not checked against the ledger file: there is none at ${ledger}; put it there, with config.json`;
    return { ...verdict, findings: [...verdict.findings, { code: "ledger-missing", severity: "note", message }] };
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_OUT_OF_RANGE") throw error;
    const message = "a stored anchor statement holds an integer beyond 2^53, which no release writes";
    const finding = { code: "statement-damaged", severity: "tampered", message } as const;
    return { findings: [finding], checked: 0, anchoredVersion: 0, shownVersion: 0, signerChecked: false };
  } finally {
    trail.database.exec("COMMIT");
  }
}

/** Checkpoints of which the log itself says that their statement was the first to go out. */
function acceptedOnRecord(trail: Trail): number[] {
  const versions: number[] = [];
  try {
    for (const { source, metadata } of trail.events({ type: "system.anchor" })) {
      if (source !== "sealtrail" || metadata?.kind !== "first-success") continue;
      if (typeof metadata.version === "number") versions.push(metadata.version);
    }
  } catch {
    // A log that cannot be read is named by the replay.
  }
  return versions;
}

/** The worse of the two verdicts, all findings in one list. */
export function withAnchors(
  replayed: VerifyReport,
  verdict: AnchorVerdict,
): { report: Verified; anchors: AnchorSummary } {
  const about = (f: AnchorVerdict["findings"][number]) => ({
    kind: f.code,
    detail: f.message,
    ...(f.sequence === undefined ? {} : { sequence: f.sequence }),
    ...(f.version === undefined ? {} : { version: f.version }),
  });
  const bad = verdict.findings.filter((f) => f.severity !== "note");
  const notes = verdict.findings.filter((f) => f.severity === "note");
  const tampered = bad.some((f) => f.severity === "tampered");
  const quiet = replayed.status === "verified" || replayed.status === "empty";
  const status = tampered ? "tampered" : quiet && bad.length > 0 ? "rolled-back" : replayed.status;
  const report: Verified = {
    ...replayed,
    status,
    findings: [...replayed.findings, ...bad.map(about)],
    notes: [...replayed.notes, ...notes.map((f) => ({ kind: f.code, count: 1, detail: f.message }))],
  };
  const { checked, anchoredVersion, shownVersion, signerChecked } = verdict;
  return { report, anchors: { checked, anchoredVersion, shownVersion, signerChecked } };
}
