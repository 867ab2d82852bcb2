/** The verdicts of `audit verify` about a trail and about an export: made, printed, and turned into exit codes. */
import type { Trail } from "@sealtrail/trail";
import { writeNote } from "../beside.js";
import type { Context } from "../context.js";
import { CliError, toCliError, usage } from "../errors.js";
import { EXIT } from "../exit.js";
import { type OpenOptions, withTrail } from "../open.js";
import { clean, count, plural } from "../text.js";
import { hash, whole } from "../values.js";
import { checkpointsFrom, signersFrom } from "./_trusted.js";
import { type AnchorSummary, anchorVerdict, type Verified, withAnchors } from "./_verify-anchors.js";
import { verifyExportFile } from "./_verify-export.js";

const EXITS: Record<Verified["status"], number> = {
  verified: EXIT.ok,
  unvouched: EXIT.inconclusive,
  tampered: EXIT.failed,
  restarted: EXIT.failed,
  "rolled-back": EXIT.failed,
  empty: EXIT.inconclusive,
};

const MEANING: Record<Verified["status"], string> = {
  unvouched: "the events are what was recorded; nothing vouches for the contents beside them",
  verified: "the log is what its chain, its tree and every checkpoint say",
  tampered: "what the file holds is not what was recorded",
  restarted: "this is a trail begun anew in the place of another",
  "rolled-back": "this copy is older than what you supplied",
  empty: "no events, so nothing to verify",
};

const NO_ANCHORS: AnchorSummary = { checked: 0, anchoredVersion: 0, shownVersion: 0, signerChecked: false };

function knownRoot(text: string): { sequence: number; root: string } {
  const at = text.indexOf(":");
  if (at < 0)
    throw usage(
      "--known-root has no colon",
      "write it like --known-root 340:ROOT, with the 64 hex characters of the root",
    );
  return { sequence: whole(text.slice(0, at), "--known-root", 1), root: hash(text.slice(at + 1), "--known-root") };
}

/** What the caller kept, as the options of `audit verify` give it. */
export interface Kept {
  /** `sequence:root` each. */
  readonly "known-root": readonly string[];
  readonly "known-checkpoint": readonly string[];
}

/** Checks an export file (`-`: stdin). Resolves with the exit code. */
export async function verifyExport(context: Context, from: string, kept: Kept): Promise<number> {
  const knownRoots = kept["known-root"].map(knownRoot);
  for (const { lastSequence, root } of await checkpointsFrom(context, kept["known-checkpoint"]))
    knownRoots.push({ sequence: lastSequence, root });
  const report = await verifyExportFile(context, from, knownRoots);
  if (context.json) await context.object({ ...report, anchors: NO_ANCHORS });
  else await print(context, report, NO_ANCHORS, knownRoots.length);
  return EXITS[report.status];
}

/** Replays the trail of the context. Resolves with the exit code. */
export async function verifyTrail(
  context: Context,
  kept: Kept & { readonly signer: readonly string[] },
  { isCopy = false } = {},
): Promise<number> {
  const knownRoots = kept["known-root"].map(knownRoot);
  const signers = await signersFrom(context, kept.signer);
  const checkpoints = await checkpointsFrom(context, kept["known-checkpoint"]);
  return orDamaged(context, { readOnly: true }, async (trail) => {
    const { anchorSchema } = await import("@sealtrail/anchor/outbox");
    const bar = await context.progress("verify");
    const replayed = await trail.verify({
      knownRoots,
      knownCheckpoints: checkpoints,
      otherTables: [anchorSchema],
      onProgress: (done, total) => bar.update(done, total),
    });
    bar.stop();
    const verdict = await anchorVerdict(context, trail, signers, isCopy).catch((error: unknown) => {
      // Of a file whose checkpoints cannot even be read, the replay has said so already.
      if (replayed.status === "verified" || replayed.status === "empty") throw error;
      return { findings: [], ...NO_ANCHORS };
    });
    const { report, anchors } = withAnchors(replayed, verdict);
    noteVerified(context, trail.genesis.tree, report);
    if (context.json) await context.object({ ...report, anchors });
    else await print(context, report, anchors, knownRoots.length + checkpoints.length);
    return EXITS[report.status];
  });
}

/** Writes the note for `audit status`. It stands beside the trail, because a changed trail could change a note of its own. */
function noteVerified(context: Context, tree: string, report: Verified): void {
  const findings = report.findings.slice(0, 3).map(({ kind, sequence }) => ({ kind, sequence: sequence ?? null }));
  const { status, events, lastSequence } = report;
  const at = new Date(context.io.now()).toISOString();
  writeNote(context.io, context.db, "verified", { tree, at, status, events, lastSequence, findings });
}

const WAY_OUT = "keep a copy as it is; then restore a backup, or go on with audit recover";

/** A file that SQLite or the trail cannot open is a failed verification too: it does not hold what was recorded. */
async function orDamaged(
  context: Context,
  options: OpenOptions,
  work: (trail: Trail) => Promise<number>,
): Promise<number> {
  try {
    return await withTrail(context, options, work);
  } catch (error) {
    const known = toCliError(error);
    if (known.code !== "corrupt" && known.code !== "trail-damaged") throw withoutVerify(known);
    const said = known.code === "corrupt" ? textOfCause(error) : known.message;
    // SQLite names the row of its schema that it cannot read.
    const kind = said.startsWith("malformed database schema") ? "schema-altered" : "file-damaged";
    const who = known.code === "corrupt" ? "SQLite cannot open the file: " : "";
    const detail = `${who}${said}. To go on: ${WAY_OUT}`;
    const report: Verified = {
      status: "tampered",
      findings: [{ kind, detail }],
      moreFindings: 0,
      notes: [],
      events: 0,
      lastSequence: 0,
      checkpoints: 0,
      checkpointsVerified: 0,
    };
    if (context.json) await context.object({ ...report, anchors: NO_ANCHORS });
    else await print(context, report, NO_ANCHORS, 0);
    return EXIT.failed;
  }
}

/** The error's advice is to run `audit verify`, which is this command. Other advice is given instead. */
function withoutVerify(error: CliError): CliError {
  if (error.exit !== EXIT.io || !error.hint.includes("audit verify")) return error;
  return new CliError(error.code, error.exit, error.message, WAY_OUT, { cause: error.cause });
}

function textOfCause(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return (cause instanceof Error ? cause.message : String(cause)).slice(0, 200);
}

async function print(context: Context, report: Verified, anchors: AnchorSummary, known: number): Promise<void> {
  const { bold, green, red, yellow } = context.color;
  const paint = { 0: green, 1: red }[EXITS[report.status]] ?? yellow;
  const lines = [`${bold(paint(report.status))}: ${MEANING[report.status]}`];
  if (report.status !== "empty") {
    lines.push(
      `  ${plural(report.events, "event")} read, last ${count(report.lastSequence)}; ${count(report.checkpointsVerified)} of ${plural(report.checkpoints, "checkpoint")} reproduced from the log`,
    );
  }
  if (report.root !== undefined) lines.push(`  root ${report.root}`);
  for (const finding of report.findings) {
    const at =
      finding.sequence !== undefined
        ? ` at sequence ${finding.sequence}`
        : finding.version !== undefined
          ? ` at checkpoint ${finding.version}`
          : "";
    lines.push(`  ${red(finding.kind)}${at}: ${clean(finding.detail)}`);
  }
  if (report.moreFindings > 0) lines.push(`  and ${count(report.moreFindings)} more`);
  for (const note of report.notes) lines.push(`  note: ${note.kind}: ${clean(note.detail)}`);
  if (anchors.checked > 0) {
    const { anchoredVersion, shownVersion } = anchors;
    const shown =
      anchoredVersion <= shownVersion
        ? ""
        : `, claimed by this file; ${shownVersion === 0 ? "nothing seen here shows an anchor" : `shown here: ${count(shownVersion)}`}`;
    lines.push(
      `  ${plural(anchors.checked, "anchor statement")} checked, newest anchored checkpoint ${count(anchoredVersion)}${shown}`,
    );
  }
  if (report.status === "verified" && anchors.checked > 0 && !anchors.signerChecked) {
    lines.push("  not checked: who signed the anchors. Give --signer");
  }
  if (report.status === "verified" && known === 0) {
    lines.push(
      "  not checked: anything outside this file. --known-root and --known-checkpoint compare it with what you kept",
    );
  }
  await context.lines(lines);
}
