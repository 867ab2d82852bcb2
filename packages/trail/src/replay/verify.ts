// The whole trail verified: log, head, line of checkpoints, roots rebuilt from the log, stored nodes, and what the caller
// knows from outside. Reads one snapshot, writes nothing.
import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { bytesToHex, type Sha256 } from "@sealtrail/smt";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import type { TreeStore } from "@sealtrail/smt/sqlite";
import { genesisHash } from "@sealtrail/verify/event";
import { defaultFloorMs } from "../erasure/retention.js";
import { TrailError } from "../log/errors.js";
import type { TrailRow } from "../log/genesis.js";
import { hexOf, nativeSha256 } from "../log/native.js";
import { reading, sqliteCode } from "../log/transaction.js";
import { predecessorOf } from "../restart/predecessor.js";
import { leavesOf } from "../tree/leaves.js";
import { positionsAfter } from "../tree/positions.js";
import { BesideError, RootsBeside, TreeThread } from "./beside.js";
import { readLine } from "./checkpoint-chain.js";
import { checkCalls, checkDedupe, checkHolds, checkJoins, checkPositions } from "./derived.js";
import { type Finding, findingLimit, type Note, type VerifyReport, type VerifyStatus } from "./findings.js";
import { LogReplay } from "./log-replay.js";
import { type LogTree, Roots } from "./roots.js";
import { same } from "./row-check.js";
import { alteredSchema, unsoundFile } from "./schema-check.js";
import { auditNodes, leafFinder, storedLine } from "./stored-tree.js";
import { compareKnown, type Known, type KnownRoot, sequencesOf } from "./trusted.js";

/** What the caller knows of the trail from elsewhere, and what else is checked. @public */
export interface VerifyOptions {
  /** Roots that the caller holds: after event `sequence` the tree had this root (hex). */
  knownRoots?: readonly KnownRoot[];
  /** Checkpoints that the caller holds, already parsed. */
  knownCheckpoints?: readonly Checkpoint[];
  /**
   * The SQL by which other packages make their tables in the trail's file. Where it is given, every table and index that
   * neither they nor the trail make is a finding.
   */
  otherTables?: readonly string[] | undefined;
  /** Called about 100 times; `total` is the log's length by its head. */
  onProgress?: (done: number, total: number) => void;
}

export interface VerifyInput {
  db: DatabaseSync;
  trail: TrailRow;
  store: TreeStore;
  hash: Sha256;
  /** Milliseconds since 1970: nothing was pruned later than that. Without, only the log's own times count. */
  now?: number | undefined;
  /** Where there is a second thread, it makes the tree while this one reads the log. */
  beside?: TreeThread | undefined;
}

const corrupt = 11;
const sqlError = 1;
/** Bytes of a file, some 20,000 events, from which a second thread saves more than it takes to start. */
const besideFrom = 16 << 20;

/** With a second thread where that pays and can be had. `path`: the file of `input.db`. */
export async function verifyFile(input: VerifyInput, path: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const pays = statSync(path).size >= besideFrom && input.hash === nativeSha256;
  const beside = pays ? await TreeThread.start(path) : undefined;
  if (beside === undefined) return verify(input, options);
  try {
    return verify({ ...input, beside }, options);
  } catch (error) {
    if (!(error instanceof BesideError)) throw error;
  } finally {
    await beside.stop();
  }
  return verify(input, options);
}

export function verify(input: VerifyInput, options: VerifyOptions = {}): VerifyReport {
  for (const { sequence, root } of options.knownRoots ?? []) {
    if (!Number.isSafeInteger(sequence) || sequence < 1) throw new RangeError("knownRoots: a sequence from 1 expected");
    if (!/^[0-9a-f]{64}$/.test(root)) throw new RangeError("knownRoots: a root is 64 lower-case hex digits");
  }
  const known: Known = { roots: options.knownRoots ?? [], checkpoints: options.knownCheckpoints ?? [] };
  const findings: Finding[] = [];
  let moreFindings = 0;
  const report = (finding: Finding) => {
    if (findings.length < findingLimit) findings.push(finding);
    else moreFindings++;
  };
  const outcome = {
    events: 0,
    lastSequence: 0,
    checkpoints: 0,
    checkpointsVerified: 0,
    root: undefined as string | undefined,
  };
  const notes: Note[] = [];
  try {
    reading(input.db, () => {
      replayAll(input, known, options, { report, findings, notes, outcome });
      tellRestart(input.db, report, notes);
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_OUT_OF_RANGE") {
      report({ kind: "file-damaged", detail: "a cell holds an integer beyond 2^53, which no release writes" });
    } else if (sqliteCode(error) === sqlError && findings.some((f) => f.kind === "schema-altered")) {
      // What it did not find, a table or a column, has been named.
    } else if (sqliteCode(error) !== corrupt) throw error;
    else report({ kind: "file-damaged", detail: "SQLite cannot read the file to its end: restore it from a backup" });
  }
  findings.sort((a, b) => (a.sequence ?? Number.POSITIVE_INFINITY) - (b.sequence ?? Number.POSITIVE_INFINITY));
  const { root, ...counts } = outcome;
  return {
    status: statusOf(findings, outcome.events),
    findings,
    moreFindings,
    notes,
    ...counts,
    ...(root === undefined ? {} : { root }),
  };
}

interface Sink {
  report: (finding: Finding) => void;
  findings: Finding[];
  notes: Note[];
  outcome: {
    events: number;
    lastSequence: number;
    checkpoints: number;
    checkpointsVerified: number;
    root: string | undefined;
  };
}

function replayAll(
  { db, trail, store, hash, now, beside }: VerifyInput,
  known: Known,
  { onProgress, otherTables }: VerifyOptions,
  { report, findings, notes, outcome }: Sink,
): void {
  for (const finding of alteredSchema(db, otherTables)) report(finding);
  const column = alteredTrailRow(db, trail);
  if (column !== undefined) {
    report({
      kind: "genesis-altered",
      column,
      detail: `the trail's own row: ${column} is not as any release writes it`,
    });
  }
  const head = readHead(db);
  // The line is asVerdict first, told last: what is wrong with the log explains what is wrong with the tree.
  const lineFindings: Finding[] = [];
  const { line, altered } = readLine({
    stored: storedLine(db),
    genesis: trail.genesis,
    newestHash: head?.checkpoint ?? null,
    hash,
    report: (finding) => lineFindings.push(finding),
  });
  const boundaries = new Set(line.map((c) => c.lastSequence));
  const wanted = new Set([...boundaries, ...sequencesOf(known)]);
  const roots = beside === undefined ? new Roots(wanted, hash) : new RootsBeside(beside, db, wanted);
  const total = head?.sequence ?? 0;
  const step = Math.max(1, Math.floor(total / 100));
  const log = new LogReplay(
    {
      db,
      trail,
      hash,
      roots,
      report,
      wantsDetail: () => findings.length < findingLimit,
      onRow: (n) => {
        if (onProgress !== undefined && n % step === 0) onProgress(n, total);
      },
    },
    boundaries,
  );
  log.run();
  for (const finding of unsoundFile(db)) report(finding);
  checkDerived(log, line, { db, secret: trail.dedupeSecret }, report);
  outcome.events = log.rows;
  outcome.lastSequence = log.lastSequence;
  outcome.checkpoints = line.length;
  if (log.everyRowUnexplained) machineChanged(findings, report);
  checkHead(head, log, trail, hash, report);
  checkDestroyed(log, line, now, report, notes);
  if (log.genesisStands) for (const finding of lineFindings) report(finding);
  checkRoots({ line, altered, roots, log, db, store, trail, hash }, report, outcome);
  const { strayNodes } = auditNodes(db, store, roots, report);
  if (strayNodes > 0) {
    const detail = `${strayNodes} stored nodes belong to no version: left by a process that was killed, harmless`;
    notes.push({ kind: "stray-nodes", count: strayNodes, detail });
  }
  compareKnown(known, { tree: trail.genesis.tree, lastSequence: log.lastSequence, line, roots, hash }, report);
  const covered = line.at(-1)?.lastSequence ?? 0;
  if (log.lastSequence > covered) {
    const count = log.lastSequence - covered;
    notes.push({
      kind: "after-last-checkpoint",
      count,
      detail: `${count === 1 ? "1 event" : `${count} events`} after the last checkpoint: checked against chain and head only`,
    });
  }
}

/** What a lenient reading of the trail's row passes over: the genesis hash covers what was read, not how it was spelled. */
function alteredTrailRow(db: DatabaseSync, trail: TrailRow): string | undefined {
  const rows = db.prepare("SELECT tree, createdAt, epochDurationMs, formats, machineId FROM trail").all();
  if (rows.length !== 1) return "id";
  const { genesis, machineId } = trail;
  const expected = { ...genesis, formats: JSON.stringify(genesis.formats), machineId };
  return Object.entries(expected).find(([name, value]) => rows[0]?.[name] !== value)?.[0];
}

/** The tables beside the log. Where one is missing, that was told as an altered schema. */
function checkDerived(
  log: LogReplay,
  line: readonly Checkpoint[],
  { db, secret }: { db: DatabaseSync; secret: Uint8Array },
  report: (finding: Finding) => void,
): void {
  const { erasures, freezes, coalesced, lastSequence } = log;
  const keyless = new Set(log.keyless);
  const isGone = (sequence: number) => erasures.isDestroyed(sequence);
  for (const check of [
    () => freezes.settle(db, line, report),
    () => checkHolds(db, erasures.holdsInForce, report),
    () => checkDedupe(db, { lastSequence, isGone, coalesced, keyless }, report),
    () => checkCalls(db, lastSequence, report),
    () => checkJoins(db, report),
    () => checkPositions(db, secret, report),
  ]) {
    try {
      check();
    } catch (error) {
      if (sqliteCode(error) !== sqlError) throw error;
    }
  }
}

/** A payload is only destroyed once a checkpoint covers the event, so that the tree can vouch for what is left of it. */
function checkDestroyed(
  log: LogReplay,
  line: readonly Checkpoint[],
  now: number | undefined,
  report: (finding: Finding) => void,
  notes: Note[],
): void {
  const { erasures } = log;
  if (now !== undefined) erasures.passed(now);
  const counts = erasures.end();
  if (erasures.last > (line.at(-1)?.lastSequence ?? 0)) {
    const sequence = erasures.last;
    report({
      kind: "unauthorized-erasure",
      sequence,
      detail: `event ${sequence}: its payload is gone, and no checkpoint covers it`,
    });
  }
  if (counts.erased > 0) {
    notes.push({
      kind: "erased",
      count: counts.erased,
      detail: `${counts.erased} events erased: their leaves stand, what they said is gone`,
    });
  }
  if (counts.pruned > 0) {
    const days = Math.floor(counts.lowestFloorMs / 86_400_000);
    const low = counts.lowestFloorMs < defaultFloorMs ? `; the lowest floor that was set was ${days} days` : "";
    notes.push({
      kind: "pruned",
      count: counts.pruned,
      detail: `${counts.pruned} events pruned by policy: their leaves stand, what they said is gone${low}`,
    });
  }
}

interface Head {
  sequence: number;
  rawKey: string;
  checkpoint: string | null;
}

function readHead(db: DatabaseSync): Head | undefined {
  const rows = db.prepare("SELECT id, sequence, rawKey, checkpoint FROM head").all() as Record<string, unknown>[];
  const row = rows[0];
  if (rows.length !== 1 || row === undefined || row.id !== 1) return undefined;
  if (typeof row.sequence !== "number" || !(row.rawKey instanceof Uint8Array)) return undefined;
  return {
    sequence: row.sequence,
    rawKey: hexOf(row.rawKey),
    checkpoint: row.checkpoint instanceof Uint8Array ? hexOf(row.checkpoint) : null,
  };
}

function checkHead(
  head: Head | undefined,
  log: LogReplay,
  trail: TrailRow,
  hash: Sha256,
  report: (finding: Finding) => void,
): void {
  if (head === undefined) {
    report({ kind: "head-mismatch", detail: "the log head is missing or unreadable" });
    return;
  }
  if (head.sequence > log.lastSequence) {
    const sequence = log.lastSequence + 1;
    report({
      kind: "truncated",
      sequence,
      detail: `the log ends at ${log.lastSequence}, its head says ${head.sequence}`,
    });
    return;
  }
  if (head.sequence < log.lastSequence) {
    const sequence = head.sequence + 1;
    report({
      kind: "row-inserted",
      sequence,
      detail: `the log head ends at ${head.sequence}, rows go on to ${log.lastSequence}`,
    });
    return;
  }
  if (log.rows === 0) {
    if (head.rawKey !== bytesToHex(genesisHash(trail.genesis, hash))) {
      report({ kind: "genesis-altered", detail: "the trail's own row is not what the log head commits to" });
    }
  } else if (log.lastKey !== undefined && head.rawKey !== log.lastKey) {
    const sequence = head.sequence;
    report({ kind: "head-mismatch", sequence, detail: "the log head names another raw key than the newest row has" });
  }
}

function checkRoots(
  input: {
    line: readonly Checkpoint[];
    altered: ReadonlySet<number>;
    roots: LogTree;
    log: LogReplay;
    db: DatabaseSync;
    store: TreeStore;
    trail: TrailRow;
    hash: Sha256;
  },
  report: (finding: Finding) => void,
  outcome: Sink["outcome"],
): void {
  const { line, altered, roots, log } = input;
  let told = false;
  for (const c of line) {
    const at = roots.at(c.lastSequence);
    if (at === undefined) {
      if (c.lastSequence > log.lastSequence && !told) {
        told = true;
        const sequence = log.lastSequence + 1;
        report({
          kind: "truncated",
          sequence,
          version: c.version,
          detail: `checkpoint ${c.version} goes on to event ${c.lastSequence}`,
        });
      }
      continue;
    }
    const epoch = log.epochAt(c.lastSequence);
    if (epoch !== undefined && epoch !== c.epoch && log.genesisStands) {
      report({
        kind: "checkpoint-altered",
        version: c.version,
        column: "epoch",
        detail: `checkpoint ${c.version}: the log gives epoch ${epoch}`,
      });
      continue;
    }
    if (at.root === c.root) {
      if (!altered.has(c.version)) outcome.checkpointsVerified++;
      outcome.root = at.root;
      continue;
    }
    // Where a leaf is known to be missing the roots cannot come out: the missing row has been told.
    if (!at.complete || told) continue;
    if (altered.has(c.version)) {
      report({
        kind: "checkpoint-altered",
        version: c.version,
        column: "root",
        detail: `checkpoint ${c.version}: the log gives another root`,
      });
      continue;
    }
    told = true;
    const sequence = firstForeign(input, line[line.indexOf(c) - 1], c);
    const finding: Finding = {
      kind: "root-mismatch",
      version: c.version,
      detail: `checkpoint ${c.version} (events ${c.firstSequence} to ${c.lastSequence}): the log gives another root`,
    };
    report(sequence === undefined ? finding : { ...finding, sequence });
  }
  if (roots.conflict) report({ kind: "row-altered", detail: "two events have one key" });
}

/** The first event whose leaves the stored tree does not hold in their place: where a log was rewritten and chained anew, or
 * where a row lies that has only the tree to vouch for it. */
function firstForeign(
  input: { db: DatabaseSync; store: TreeStore; trail: TrailRow; hash: Sha256 },
  before: Checkpoint | undefined,
  c: Checkpoint,
): number | undefined {
  const { db, store, trail, hash } = input;
  const find = leafFinder(store);
  const from = before === undefined ? undefined : { sequence: before.lastSequence, epoch: before.epoch };
  try {
    for (const { place, raw, censored } of positionsAfter(db, trail.genesis, from, c.lastSequence)) {
      for (const leaf of leavesOf(place, raw, censored, hash)) {
        const stored = find(leaf.key);
        // The stored tree is damaged too, and its audit says so.
        if (stored === "damaged") return undefined;
        if (stored?.tag !== leaf.tag || !same(stored.valueHash, hash(leaf.value))) return place.sequence;
      }
    }
  } catch (error) {
    if (!(error instanceof TrailError)) throw error;
  }
  return undefined;
}

/** Breaking the file must be no way to erase it: a trail that stands in another's place says so until that is accepted. */
function tellRestart(db: DatabaseSync, report: (finding: Finding) => void, notes: Note[]): void {
  const begun = predecessorOf(db);
  if (begun === undefined) return;
  const detail = `begun ${begun.createdAt} in the place of a trail that was ${begun.metadata.reason ?? "damaged"}, kept as ${begun.metadata.keptAs ?? "unknown"}`;
  if (begun.acceptedAt === undefined) report({ kind: "trail-restarted", sequence: 1, detail });
  else notes.push({ kind: "restarted", count: 1, detail: `${detail}; accepted by event ${begun.acceptedAt}` });
}

/** Every row fails in the same way: one cell of the trail's own row explains it better than all of them. */
function machineChanged(findings: Finding[], report: (finding: Finding) => void): void {
  findings.length = 0;
  report({ kind: "genesis-altered", column: "machineId", detail: "no event was made under this machine id" });
}

function statusOf(findings: readonly Finding[], events: number): VerifyStatus {
  const kinds = new Set(findings.map((f) => f.kind));
  const fromOutside = new Set(["tree-id-mismatch", "rollback-detected", "trail-restarted"]);
  if ([...kinds].some((kind) => !fromOutside.has(kind))) return "tampered";
  if (kinds.has("tree-id-mismatch") || kinds.has("trail-restarted")) return "restarted";
  if (kinds.has("rollback-detected")) return "rolled-back";
  return events === 0 ? "empty" : "verified";
}
