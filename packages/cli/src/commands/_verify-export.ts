/** `audit verify --from <export>`: no trail, no database; what is recomputed comes from the file alone. */
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import type { ExportCode, ExportReport } from "@sealtrail/trail";
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
  "raw-key-differs": "the event is not what its raw key commits to",
  "content-differs": "the content is not what the event commits to",
  missing: "the event has no payload, and no erasure or retention event says why",
  "destroyed-under-hold": "its payload was destroyed while a legal hold kept it",
  "pruned-too-early": "it was pruned before floor and age rule allowed it",
  "leaf-twice": "a key stands there twice",
  "checkpoint-broken": "the checkpoint does not follow the one before it, or does not fit the events",
  "root-differs": "the leaves do not give the checkpoint's root",
  "known-root-differs": "the leaves do not give the root that you kept",
};

/** What is wrong with the file itself is no tampering, but nothing was verified either. */
const UNREADABLE: ReadonlySet<ExportCode> = new Set(["not-an-export", "not-recomputable"]);

export async function verifyExportFile(
  context: Context,
  name: string,
  knownRoots: readonly { sequence: number; root: string }[],
): Promise<Verified> {
  const { LineSplitter, MAX_LINE_BYTES, nativeSha256, verifyExport } = await import("@sealtrail/trail");
  // Opened here, so that a file that is not there is an error of this command.
  const bytes = name === "-" ? context.io.stdin : (await open(resolve(context.io.cwd, name))).createReadStream();
  let firstLine: string | undefined;
  async function* lines() {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const splitter = new LineSplitter();
    let unread = 0;
    const noted = (line: string) => {
      firstLine ??= line;
      return line;
    };
    for await (const piece of bytes) {
      unread += piece.length;
      for (const line of splitter.push(piece)) {
        unread = splitter.pending;
        // A line that can't be decoded is a bad line, not the end of the program.
        yield noted(line.bytes === undefined ? "" : text(decoder, line.bytes));
      }
      // One that never ends is, and so are empty lines without end.
      if (unread > MAX_LINE_BYTES) yield "";
    }
    const last = splitter.end();
    if (last !== undefined) yield noted(last.bytes === undefined ? "" : text(decoder, last.bytes));
  }
  const report = await verifyExport(lines(), { hash: nativeSha256, knownRoots });
  const first = report.findings[0];
  const isUnreadable = first !== undefined && UNREADABLE.has(first.code);
  if (isUnreadable || firstLine === undefined) {
    await checkKind("export", new TextEncoder().encode(firstLine ?? ""), name);
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

function text(decoder: TextDecoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return "";
  }
}

function asVerified(report: ExportReport): Verified {
  const { ok, events, checkpoints, checkpointsVerified, eventsRecomputed, contentsRecomputed, destroyed, root } =
    report;
  const note = (kind: string, count: number, detail: string) => ({ kind, count, detail });
  const bare = events - destroyed - eventsRecomputed;
  const unchecked = bare > 0 ? `; that the other ${bare} say what their keys commit to is not checked` : "";
  return {
    status: !ok ? "tampered" : events === 0 ? "empty" : "verified",
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
        `${eventsRecomputed} of ${events} events recomputed with their salts${unchecked}`,
      ),
      note("contents-recomputed", contentsRecomputed, `${contentsRecomputed} contents recomputed`),
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
