// `audit verify`, the anchors' part: every checkpoint against its signed statement, every statement against the line of
// checkpoints, and both against what lies outside. The file's owner may have written anything into it: nothing stored is
// believed but signatures by keys that the caller names, and the checkpoints that the caller has replayed from the log.
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import { canonicalJson } from "@sealtrail/smt/formats";
import type { Signer } from "@sealtrail/verify";
import { findSigner, matchStatement } from "@sealtrail/verify/signing";
import {
  type DocumentId,
  documentIdOf,
  parseDocumentId,
  type SignedFingerprint,
  verifyFingerprint,
  verifyNetworkProof,
} from "@sealtrail/verify/statement";
import type { LedgerFault, LedgerLine } from "../ledger/ledger.js";
import { parseStatement, type StatementRow } from "../outbox/statement-row.js";
import { type AnchorPolicy, overdueBy } from "../policy.js";
import { type AnchorFinding, type AnchorFindingCode, FINDING_MESSAGES } from "./findings.js";

export interface AnchorEvidence {
  /** The trail's tree: what lies outside about another one says nothing here. */
  tree: string;
  /** The trail's whole line, in order, as the replay of the log confirmed it. */
  checkpoints: Iterable<Checkpoint>;
  /** `outbox.rows()` */
  statements: Iterable<StatementRow>;
  /** `readLedger(path)`; absent where the trail has none. */
  ledger?: Iterable<LedgerLine | LedgerFault>;
  /** Versions that other rows, or events of the log, say were accepted or written once: `outbox.toldAccepted()` and more. */
  toldAccepted?: Iterable<number>;
  /** Bytes of the ledger file before the statements were read. What stands behind may be newer than they are. */
  ledgerSize?: number;
  /** Statements seen elsewhere: a bundle, an auditor's copy, a look-up. */
  outside?: Iterable<SignedFingerprint>;
  /** The trail's signers. Empty: who signed is not checked, and the result says so. */
  signers: readonly Signer[];
  /** Keys that one of the signers came in the place of, and the first version that they no longer speak for. Their statements
   * for later versions are no fault of the trail's (a process may have had the old key in memory), and show nothing. */
  retired?: readonly RetiredKey[];
  /** `outbox.off()`: why this file's own outbox was stopped for good, if it was. */
  stopped?: string | undefined;
  /** For `anchor-overdue`: `createdAt` (ms) of the oldest event that no anchor covers, and now. */
  overdue?: { oldestUnanchoredAt: number | undefined; now: number; policy: AnchorPolicy };
}

export interface RetiredKey {
  /** 128 hex digits. */
  publicKey: string;
  fromVersion: number;
}

export interface AnchorVerdict {
  findings: AnchorFinding[];
  /** Statements whose signature and content were checked. */
  checked: number;
  /** Newest version that the file says was accepted, by a statement that holds; 0 without one. */
  anchoredVersion: number;
  /** Newest version for which something outside the outbox was seen here: a line of the ledger file, or a proof of the
   * network's that leads from the statement to a root. 0 without one. */
  shownVersion: number;
  signerChecked: boolean;
}

interface Line {
  byVersion: Map<number, Checkpoint>;
  byDocumentId: Map<string, Checkpoint>;
  newest: Checkpoint | undefined;
  /** The last event in a statement of ours that holds and went out: what was only signed, nobody outside has seen. */
  signedUpTo: number;
}

/**
 * Checks each checkpoint against its signed statement, each statement against the chain of checkpoints, and both
 * against what was seen outside.
 *
 * @public
 */
export function verifyAnchors(evidence: AnchorEvidence): AnchorVerdict {
  const findings: AnchorFinding[] = [];
  const line = readLine(evidence.checkpoints);
  const verdict: AnchorVerdict = {
    findings,
    checked: 0,
    anchoredVersion: 0,
    shownVersion: 0,
    signerChecked: evidence.signers.length > 0,
  };
  /** Our own statements by hash, as they stand in the outbox. */
  const known = new Map<string, string | undefined>();
  const stated = new Set<number>();
  const inLedger = new Map<string, number>();
  const replaced: StatementRow[] = [];
  const sound: StatementRow[] = [];
  /** Id of the newest statement of a version that counts. */
  const current = new Map<number, number>();
  const others: Others = { count: 0, first: Number.POSITIVE_INFINITY, last: 0 };
  const trees = new OtherTrees(evidence);
  /** Hashes of our statements that show nothing: their key was replaced or revoked. */
  const without = new Set<string>();
  const retired = { count: 0, first: Number.POSITIVE_INFINITY, last: 0 };
  for (const row of evidence.statements) {
    known.set(row.hash, canonicalJson(parseStatement(row)));
    stated.add(row.version);
    verdict.checked++;
    const fault = faultOf(row, line, evidence);
    if (fault !== undefined) {
      const sequence = line.byVersion.get(row.version)?.firstSequence;
      push(findings, fault.code, { version: row.version, sequence, detail: fault.detail });
      continue;
    }
    const counts = evidence.signers.length === 0 || speaksFor(row, evidence.signers);
    if (!counts) {
      retired.count++;
      retired.first = Math.min(retired.first, row.version);
      retired.last = Math.max(retired.last, row.version);
      without.add(row.hash);
    }
    sound.push(row);
    if (row.state === "superseded") replaced.push(row);
    else if (!current.has(row.version) || row.id > current.get(row.version)!) current.set(row.version, row.id);
    if (counts && row.proofState === "verified") verdict.shownVersion = Math.max(verdict.shownVersion, row.version);
    if (row.sentAt !== null || row.acceptedAt !== null) line.signedUpTo = Math.max(line.signedUpTo, row.lastSequence);
    const isAnchored = row.state === "accepted" || row.state === "finalized";
    // The ledger knows no state between; a row that says so was changed, and its line has to be there all the same.
    if (row.target === "ledger" && isAnchored) inLedger.set(row.hash, row.version);
    if (counts && isAnchored) {
      verdict.anchoredVersion = Math.max(verdict.anchoredVersion, row.version);
    }
  }
  for (const row of replaced) {
    if (row.target !== "ledger" && row.acceptedAt === null && (current.get(row.version) ?? 0) > row.id) continue;
    const detail = "marked as replaced, and no later statement replaces it";
    push(findings, "statement-damaged", { version: row.version, detail });
  }
  for (const version of wronglyWaiting(sound, evidence.toldAccepted ?? [])) {
    const detail = "the statement is marked as waiting, and it is on record that it went out";
    push(findings, "receipt-missing", { version, detail });
  }
  for (const version of signedVersions(line)) {
    if (!stated.has(version)) push(findings, "statement-missing", { version });
  }
  if (evidence.ledger !== undefined) {
    const size = evidence.ledgerSize ?? Number.POSITIVE_INFINITY;
    for (const item of evidence.ledger) {
      const isOurs = item.entry !== undefined && known.has(item.entry.statement.hash);
      if (item.offset >= size && !isOurs) continue;
      if ("code" in item) {
        const from = item.lines === undefined || item.lines === 1 ? "line" : `${item.lines} lines from`;
        push(findings, FAULTS[item.code] ?? "ledger-damaged", { detail: `${from} ${item.line}: ${item.code}` });
      }
      if (item.entry === undefined) continue;
      const { hash } = item.entry.statement;
      // Its hash is only what the line says: the words that were signed, and the signature, must be there with it.
      if (known.has(hash) && !isStatement(item.entry.statement, known.get(hash))) {
        push(findings, "ledger-damaged", { detail: `line ${item.line}: not the statement that it names` });
        continue;
      }
      const version = inLedger.get(hash);
      if (version !== undefined && !without.has(hash)) verdict.shownVersion = Math.max(verdict.shownVersion, version);
      inLedger.delete(hash);
      trees.add(item.entry.statement);
      checkOutside(item.entry.statement, known, line, evidence, findings, others);
    }
    for (const version of inLedger.values()) push(findings, "ledger-missing", { version });
  }
  for (const signed of evidence.outside ?? []) {
    trees.add(signed);
    checkOutside(signed, known, line, evidence, findings, others);
  }
  for (const detail of trees.found()) push(findings, "tree-id-mismatch", { detail });
  if (others.count > 0) {
    const detail = `${others.count} of them, events ${others.first} to ${others.last}`;
    push(findings, "other-signer", { sequence: others.first, detail });
  }
  if (retired.count > 0) {
    const detail = `${retired.count} of them, versions ${retired.first} to ${retired.last}`;
    push(findings, "retired-signer", { version: retired.first, detail });
  }
  // The network is not asked here: it showed newer statements when the outbox was drained, which stopped it for good.
  if (evidence.stopped === "rolled-back" && !findings.some((f) => f.code === "rolled-back")) {
    push(findings, "rolled-back", { detail: "seen when statements were last to be sent" });
  }
  const { overdue } = evidence;
  const late = overdue && overdueBy(overdue.oldestUnanchoredAt, overdue.now, overdue.policy);
  if (late !== undefined) push(findings, "anchor-overdue", { detail: `by ${Math.ceil(late / 60_000)} min` });
  return verdict;
}

const FAULTS: { readonly [code in LedgerFault["code"]]?: AnchorFindingCode } = {
  "torn-end": "ledger-torn",
  "torn-line": "ledger-torn",
  "line-twice": "ledger-copied",
  "line-ends": "ledger-copied",
};

/** Statements about this very tree by keys that are not its signers. */
interface Others {
  count: number;
  first: number;
  last: number;
}

/** Trees beside this one that a signer of this one made statements about. */
class OtherTrees {
  readonly #own: string;
  readonly #signers: readonly Signer[];
  readonly #trees = new Map<string, { count: number; signed: boolean }>();
  /** Signatures that are still checked: one that holds is enough for a tree, and a stranger's file may have any number that do not. */
  #left = 1_000;

  constructor({ tree, signers }: AnchorEvidence) {
    this.#own = tree;
    this.#signers = signers;
  }

  add(statement: SignedFingerprint): void {
    const tree = parseDocumentId(statement.content.documentId)?.tree;
    if (tree === undefined || tree === this.#own || this.#signers.length === 0) return;
    let found = this.#trees.get(tree);
    if (found === undefined) {
      if (this.#left === 0) return;
      found = { count: 0, signed: false };
      this.#trees.set(tree, found);
    }
    found.count++;
    if (found.signed || this.#left === 0) return;
    this.#left--;
    const verified = verifyFingerprint(statement);
    found.signed = verified.ok && this.#signers.some(({ publicKey }) => verified.signers.includes(publicKey));
  }

  *found(): Generator<string> {
    for (const [tree, { count, signed }] of this.#trees) if (signed) yield `tree ${tree}, ${count} of them`;
  }
}

type Fault = { code: AnchorFindingCode; detail?: string };

/** One row of the outbox. The first thing that is wrong with it names it. */
function faultOf(row: StatementRow, line: Line, { signers, retired = [] }: AnchorEvidence): Fault | undefined {
  const signed = parseStatement(row);
  if (signed === undefined || signed.hash !== row.hash) return { code: "statement-damaged" };
  const verified = verifyFingerprint(signed);
  if (!verified.ok) {
    return {
      code: verified.code === "hash-mismatch" ? "statement-damaged" : "statement-forged",
      detail: verified.code,
    };
  }
  const isRetired = ({ publicKey, fromVersion }: RetiredKey) =>
    verified.signers.includes(publicKey) && fromVersion <= row.version;
  if (signers.length > 0 && !findSigner(verified.signers, row.version, signers) && !retired.some(isRetired)) {
    return { code: "foreign-signer", detail: `${verified.signers[0]!.slice(0, 16)}...` };
  }
  const checkpoint = line.byVersion.get(row.version);
  if (checkpoint === undefined) return { code: "version-unknown" };
  const match = matchStatement(signed.content, checkpoint);
  if (!match.ok) {
    if (match.code === "root-differs" && !line.byDocumentId.has(signed.content.documentId)) return { code: "rebuilt" };
    const lineOnly = match.code === "checkpoint-differs" || match.code === "timestamp-differs";
    return { code: lineOnly ? "line-changed" : "range-swapped", detail: match.code };
  }
  if (row.firstSequence !== checkpoint.firstSequence || row.lastSequence !== checkpoint.lastSequence) {
    return { code: "range-swapped", detail: "the row's own range" };
  }
  return receiptFault(row);
}

/** Whether one of the signers, for this version, made the row's statement. Its signatures were checked before. */
function speaksFor(row: StatementRow, signers: readonly Signer[]): boolean {
  const proofs = parseStatement(row)?.proofs ?? [];
  return (
    findSigner(
      proofs.map(({ id }) => id),
      row.version,
      signers,
    ) !== undefined
  );
}

/** What a row says of the network's answer, against that answer. */
function receiptFault(row: StatementRow): Fault | undefined {
  if (row.target === "ledger") {
    const wrong = { rejected: "refused", sent: "sent" }[row.state as string];
    const detail = `marked as ${wrong}, and a ledger file knows only waiting and written`;
    if (wrong !== undefined) return { code: "statement-damaged", detail };
  }
  if (row.state === "queued" || row.state === "sent") return waitingFault(row);
  if (row.state !== "accepted" && row.state !== "finalized") return undefined;
  if (row.acceptedAt === null) return { code: "receipt-missing" };
  if (row.state === "accepted" && isSettled(row)) {
    return { code: "receipt-missing", detail: "marked as accepted, and other cells say that it was final" };
  }
  if (row.state === "finalized" && row.target !== "ledger" && !row.detail) return { code: "receipt-missing" };
  if (row.proofState !== "verified") return undefined;
  if (row.networkProof === null || row.batchRoot === null) return { code: "receipt-missing" };
  const verdict = verifyNetworkProof(readJson(row.networkProof), { hash: row.hash, root: row.batchRoot });
  return verdict.ok ? undefined : { code: "network-proof-broken", detail: verdict.code };
}

/** A row that is marked as waiting must not show that it was taken: its receipt would be lost with the mark. */
function waitingFault(row: StatementRow): Fault | undefined {
  if (row.state === "sent" && row.sentAt === null) {
    return { code: "statement-damaged", detail: "marked as sent, without a time" };
  }
  const isWritten = row.target === "ledger" && row.sentAt !== null;
  // An accepted statement that the network lost waits again: the alarm says so, and the network's record may remain.
  const hasRecord = (row.detail !== null || row.batchId !== null) && row.alarm !== "lost";
  if (!isWritten && !hasRecord && row.acceptedAt === null && !isSettled(row)) return undefined;
  const where = row.target === "ledger" ? "written to the ledger file" : "accepted";
  return {
    code: "receipt-missing",
    detail: `the statement is marked as waiting, and other cells say that it was ${where}`,
  };
}

/** Whether a row has what only a final one gets. */
function isSettled(row: StatementRow): boolean {
  const { settledAt, batchRoot, finalizedAt, proofState, networkProof } = row;
  return [settledAt, batchRoot, finalizedAt, proofState, networkProof].some((cell) => cell !== null);
}

/**
 * Versions that are marked as waiting although something beside the row says that they went out: `told`, a later line of the
 * ledger file, or a later statement that was sent. Both are written, and sent, in order.
 */
function* wronglyWaiting(rows: readonly StatementRow[], told: Iterable<number>): Generator<number> {
  const isWaiting = ({ state, alarm }: StatementRow) => (state === "queued" || state === "sent") && alarm !== "lost";
  const out = new Set(rows.filter((row) => !isWaiting(row)).map((row) => row.version));
  const waiting = new Set(rows.filter(isWaiting).map((row) => row.version));
  const found = new Set([...told].filter((version) => waiting.has(version) && !out.has(version)));
  const written = rows.filter((row) => row.target === "ledger" && row.state === "finalized").map((row) => row.version);
  const newest = written.reduce((most, version) => Math.max(most, version), 0);
  const sent = new Map<string, StatementRow>();
  for (const row of rows) {
    const last = sent.get(row.target);
    if (row.sentAt !== null && (last === undefined || row.version > last.version)) sent.set(row.target, row);
  }
  for (const row of rows) {
    if (!isWaiting(row)) continue;
    const last = sent.get(row.target);
    // One that was signed anew, in the place of a refused one, is younger than what was sent.
    const wasSent = row.sentAt === null && last !== undefined && row.version < last.version && row.id < last.id;
    if (wasSent || (row.target === "ledger" && row.version < newest)) found.add(row.version);
  }
  yield* found;
}

/**
 * A statement that was found outside. Only what one of the signers signed says anything: else a stranger could write into
 * a ledger file and call the trail tampered with.
 */
function checkOutside(
  signed: SignedFingerprint,
  known: ReadonlyMap<string, unknown>,
  line: Line,
  { tree, signers, stopped }: AnchorEvidence,
  findings: AnchorFinding[],
  others: Others,
): void {
  const id = parseDocumentId(signed.content.documentId);
  if (id === undefined || id.tree !== tree) return;
  if (known.has(signed.hash)) return;
  const verified = verifyFingerprint(signed);
  if (!verified.ok) return;
  if (signers.length > 0 && !signers.some((signer) => verified.signers.includes(signer.publicKey))) {
    others.count++;
    others.first = Math.min(others.first, id.firstSequence);
    others.last = Math.max(others.last, id.lastSequence);
    return;
  }
  const ours = line.byDocumentId.get(signed.content.documentId);
  if (ours !== undefined) {
    // Our own checkpoint, and the outbox has forgotten that it was signed.
    push(findings, "statement-missing", { version: ours.version, sequence: ours.firstSequence });
  } else if (
    id.firstSequence > line.signedUpTo &&
    (stopped === "rolled-back" || id.lastSequence > (line.newest?.lastSequence ?? 0))
  ) {
    // Newer than all that this file has (or had, before it went on as an older copy), and nothing that it ever published
    // contradicts it.
    push(findings, "rolled-back", { sequence: id.firstSequence, detail: describe(id) });
  } else push(findings, "equivocation", { sequence: id.firstSequence, detail: describe(id) });
}

/** Most lines are our own to the letter; only of others is the signature worth checking. */
function isStatement(statement: SignedFingerprint, own: string | undefined): boolean {
  return (own !== undefined && canonicalJson(statement) === own) || verifyFingerprint(statement).ok;
}

/** Every version that the line itself says was signed. */
function signedVersions(line: Line): Set<number> {
  const versions = new Set<number>();
  for (const { lastSigned } of line.byVersion.values()) if (lastSigned > 0) versions.add(lastSigned);
  return versions;
}

function readLine(checkpoints: Iterable<Checkpoint>): Line {
  const line: Line = { byVersion: new Map(), byDocumentId: new Map(), newest: undefined, signedUpTo: 0 };
  for (const checkpoint of checkpoints) {
    line.byVersion.set(checkpoint.version, checkpoint);
    line.byDocumentId.set(documentIdOf(checkpoint), checkpoint);
    line.newest = checkpoint;
  }
  return line;
}

/** What is worth a word, and is no fault of the evidence. */
const NOTES: ReadonlySet<AnchorFindingCode> = new Set([
  "anchor-overdue",
  "ledger-copied",
  "ledger-torn",
  "other-signer",
  "tree-id-mismatch",
  "retired-signer",
]);

function push(
  findings: AnchorFinding[],
  code: AnchorFindingCode,
  about: { version?: number | undefined; sequence?: number | undefined; detail?: string | undefined },
): void {
  const severity = NOTES.has(code) ? "note" : code === "rolled-back" ? "rolled-back" : "tampered";
  const { version, sequence, detail } = about;
  const where = version === undefined ? "" : `checkpoint ${version}: `;
  const finding: AnchorFinding = {
    code,
    severity,
    message: `${where}${FINDING_MESSAGES[code]}${detail ? ` (${detail})` : ""}`,
  };
  if (version !== undefined) finding.version = version;
  if (sequence !== undefined) finding.sequence = sequence;
  findings.push(finding);
}

function describe(id: DocumentId): string {
  return `events ${id.firstSequence} to ${id.lastSequence}`;
}

function readJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}
