/** `audit verify --from <export>`: no trail, no database; what is recomputed comes from the file alone. */
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import type { ExportReport } from "@sealtrail/verify";
import type { ExportCode } from "@sealtrail/verify/export";
import type { Context } from "../context.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit.js";
import type { Verified } from "./_verify-anchors.js";
import { checkKind } from "./_wrong-file.js";

const DETAIL: Record<ExportCode, string> = {
  "not-an-export": "the file is no sealtrail-export/1",
  "bad-line": "a line that no export has",
  "cut-short": "the export has no end, or lacks lines before it",
  "not-recomputable": "a filtered export: no root can be recomputed from a part",
  "sequence-gap": "an event is missing, or out of order",
  "chain-broken": "the event does not name the one before it",
  "censored-key-differs": "id, type, category or time are not what the censored key commits to",
  "record-differs": "the event's record is not what its place in the log gives",
  "session-chain-broken": "the event does not name its session's event before it",
  "salt-missing": "this event has no salt: nothing says whether it is what was recorded",
  "raw-key-differs": "the event is not what its raw key commits to",
  "content-missing": "the export announces contents, and this event has none",
  "content-differs": "the content is not what the event commits to",
  missing: "the event has no payload, and no erasure or retention event says why",
  "system-destroyed": "one of the trail's own events was destroyed, which no release does",
  "trail-restarted": "the trail was begun anew in the place of another (restarted), and nobody has accepted it",
  "destroyed-under-hold": "its payload was destroyed while a legal hold kept it",
  "pruned-too-early": "it was pruned before floor and age rule allowed it",
  "leaf-twice": "a key stands there twice",
  "checkpoint-broken": "the checkpoint does not follow the one before it, or does not fit the events",
  "root-differs": "the leaves do not give the checkpoint's root",
  "known-root-differs": "the leaves do not give the root that you kept",
};

const UNCHECKED = "have no salt, so nothing vouches for them: ask for an export --with-salts";

/** Bytes of a first line, up to which a file that is no export is told by name. */
const MOST_TO_RECOGNISE = 1024 * 1024;

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
  // A long line is not looked at: to parse it can take hundreds of megabytes.
  if (firstLine === undefined || (isUnreadable && firstLine.length <= MOST_TO_RECOGNISE)) {
    await checkKind("export", firstLine ?? new Uint8Array(0), name);
  }
  if (isUnreadable) {
    throw new CliError(
      "not-verifiable",
      EXIT.data,
      `${name}: ${DETAIL[first.code]}`,
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
      detail: `${DETAIL[code]} (line ${line})`,
      ...(sequence !== undefined && { sequence }),
    })),
    moreFindings: 0,
    notes: [
      note(
        "events-recomputed",
        eventsRecomputed,
        `${eventsRecomputed} of ${events} events recomputed with their salts`,
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
