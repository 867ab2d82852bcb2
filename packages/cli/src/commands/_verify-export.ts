/** `audit verify --from <export>`: no trail, no database; what is recomputed comes from the file alone. */
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import type { ExportReport } from "@sealtrail/verify";
import { EXPORT_CODES, type ExportCode } from "@sealtrail/verify/codes";
import type { Context } from "../context.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import type { Verified } from "./_verify-anchors.js";
import { checkKind } from "./_wrong-file.js";

const UNCHECKED = "have no salt, so nothing vouches for them: ask for an export --with-salts";

/** What is wrong with the file itself is no tampering, but nothing was verified either. */
const UNREADABLE: ReadonlySet<ExportCode> = new Set(["not-an-export", "not-recomputable"]);

export async function verifyExportFile(
  context: Context,
  name: string,
  knownRoots: readonly { sequence: number; root: string }[],
): Promise<Verified> {
  const { MAX_LINE_BYTES } = await import("@sealtrail/trail/ingest");
  const { nativeSha256 } = await import("@sealtrail/trail/log");
  const { verifyExport } = await import("@sealtrail/verify");
  const { linesOf } = await import("@sealtrail/smt/archive");
  // Opened here, so that a file that is not there is an error of this command.
  const bytes = name === "-" ? context.io.stdin : (await open(resolve(context.io.cwd, name))).createReadStream();
  let firstLine: Uint8Array | undefined;
  // Byte order marks and blank lines stay in: two readers of one file must see the same lines.
  async function* lines() {
    for await (const line of linesOf(bytes, MAX_LINE_BYTES)) {
      firstLine ??= line;
      yield line;
    }
  }
  const report = await verifyExport(lines(), { hash: nativeSha256, knownRoots });
  const first = report.findings[0];
  const isUnreadable = first !== undefined && UNREADABLE.has(first.code);
  if (firstLine === undefined || isUnreadable) await checkKind("export", firstLine ?? new Uint8Array(0), name);
  if (isUnreadable) {
    throw new CliError(
      "not-verifiable",
      EXIT.data,
      `${name}: ${EXPORT_CODES[first.code]}`,
      "export it whole: audit export ndjson",
    );
  }
  return asVerified(report);
}

function statusOf({ ok, findings, events, contentsUnchecked }: ExportReport): Verified["status"] {
  if (ok && events === 0) return "empty";
  if (ok) return contentsUnchecked === 0 ? "verified" : "unvouched";
  return findings.every(({ code }) => code === "trail-restarted") ? "restarted" : "tampered";
}

function asVerified(report: ExportReport): Verified {
  const { events, checkpoints, checkpointsVerified, eventsRecomputed, destroyed, root } = report;
  const { contentsRecomputed, contentsUnchecked } = report;
  const note = (kind: string, count: number, detail: string) => ({ kind, count, detail });
  return {
    status: statusOf(report),
    findings: report.findings.map(({ code, line, sequence }) => ({
      kind: code,
      detail: `${EXPORT_CODES[code]} (line ${line})`,
      ...(sequence !== undefined && { sequence }),
    })),
    moreFindings: 0,
    notes: [
      note(
        "events-recomputed",
        eventsRecomputed,
        `${eventsRecomputed} of ${events} events recomputed from their salts`,
      ),
      note("contents-recomputed", contentsRecomputed, `${contentsRecomputed} contents recomputed`),
      ...(contentsUnchecked > 0
        ? [note("contents-unchecked", contentsUnchecked, `${contentsUnchecked} contents ${UNCHECKED}`)]
        : []),
      ...(report.restarted
        ? [note("restarted", 1, "the trail was begun anew in the place of another: event 1 says which")]
        : []),
      ...(destroyed > 0
        ? [note("destroyed", destroyed, `${destroyed} events were erased or pruned: only their place is there`)]
        : []),
    ],
    events,
    lastSequence: events,
    checkpoints,
    checkpointsVerified,
    ...(root !== undefined && { root }),
  } as Verified;
}
