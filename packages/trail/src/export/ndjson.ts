// Writes `sealtrail-export/1`. Lines are made one at a time as they are taken.
import { hexToBytes } from "@sealtrail/smt";
import { jcs } from "@sealtrail/smt/formats";
import { saltOf } from "@sealtrail/verify/event";
import { EXPORT_FORMAT, type ExportHeader } from "@sealtrail/verify/export";
import { hexOf, nativeSha256 } from "../log/native.js";
import type { Trail } from "../trail.js";
import type { ExportOptions } from "./format.js";
import { type ExportRow, exportRows } from "./rows.js";
import { snapshot } from "./snapshot.js";

/** Writes events as `sealtrail-export/1`, which `verifyExport` of `@sealtrail/verify` checks. @public */
export function* exportNdjson(trail: Trail, options: ExportOptions): Generator<string, void, undefined> {
  const { filter = {}, includeContent = false, withSalts = false, anchorOf = () => undefined } = options;
  const filtered = Object.values(filter).some((value) => value !== undefined);
  const header: ExportHeader = {
    format: EXPORT_FORMAT,
    exportedAt: options.exportedAt,
    genesis: trail.genesis,
    machineId: trail.machineId,
    filter: filtered ? filter : null,
    recomputable: !filtered,
    content: includeContent,
    salts: withSalts,
  };
  yield `${JSON.stringify(header)}\n`;
  let events = 0;
  let lastSequence = 0;
  for (const at of snapshot(trail.database)) {
    const checkpoints = filtered ? [][Symbol.iterator]() : trail.checkpoints()[Symbol.iterator]();
    let next = checkpoints.next();
    for (const row of exportRows(at, trail, filter)) {
      // One whose events are all before this one: the log ends with a checkpoint or goes on after it.
      for (; !next.done && next.value.lastSequence < row.sequence; next = checkpoints.next()) {
        yield `${JSON.stringify({ checkpoint: next.value })}\n`;
      }
      yield line(row, includeContent, withSalts, anchorOf(row.sequence) ?? null);
      events++;
      lastSequence = row.sequence;
    }
    for (; !next.done; next = checkpoints.next()) yield `${JSON.stringify({ checkpoint: next.value })}\n`;
  }
  yield `${JSON.stringify({ end: { events, lastSequence } })}\n`;
}

function line(row: ExportRow, includeContent: boolean, withSalts: boolean, anchor: unknown): string {
  const { id, createdAt, previousHash, type, category } = row.columns;
  // The event stands in the bytes that were hashed.
  const event = row.canonical ?? jcs({ category, createdAt, id, previousHash, sequence: row.sequence, type } as never);
  const content = includeContent ? row.content() : undefined;
  const rest = JSON.stringify({
    ...(row.canonical === undefined && { destroyed: true }),
    rawHash: row.rawHash,
    censoredHash: row.censoredHash,
    record: row.record,
    anchor,
    ...(content && { content: Buffer.from(content).toString("base64") }),
    ...(row.contentSalt !== undefined && salts(row.contentSalt, withSalts)),
  });
  return `{"event":${event},${rest.slice(1)}\n`;
}

/** Every event comes with the salt of its raw key. Without it nobody could see whether the event says what was recorded. */
function salts(contentSalt: string, withSalts: boolean): { contentSalt: string } | { salt: string } {
  return withSalts ? { contentSalt } : { salt: hexOf(saltOf(hexToBytes(contentSalt), nativeSha256)) };
}
