// One line of a ledger file, `sealtrail-ledger/1`: a signed statement, chained to the line before by its hash.
//   {"at", "format", "number", "previous", "statement": {content, proofs, hash}}   as RFC 8785 text, then a newline
// `previous` is H of the entry before without its newline, or 64 zeros; `number` counts entries from 1, and after 2^53 - 1
// from 1 again, so that no line that somebody puts in can end the count. Pure.

import { bytesToHex } from "@sealtrail/smt";
import { canonicalJson, parseStrict, sha256 } from "@sealtrail/smt/formats";
import type { LedgerCode } from "../codes.js";
import { isIsoTime, parseSigned, type SignedFingerprint } from "../statement/fingerprint.js";
import { closedObject } from "../statement/shape.js";

export const LEDGER_FORMAT = "sealtrail-ledger/1";
/** Bytes of a line without its newline. */
export const LONGEST_LINE = 65_536;
export const NO_LINE = "0".repeat(64);

export interface LedgerEntry {
  format: typeof LEDGER_FORMAT;
  number: number;
  previous: string;
  /** When the line was written, by the writer's clock. */
  at: string;
  statement: SignedFingerprint;
}

export function lineOf(entry: LedgerEntry): string {
  return canonicalJson(entry)!;
}

export function lineHash(line: string | Uint8Array): string {
  return bytesToHex(sha256(line));
}

export function numberAfter(number: number): number {
  return number === Number.MAX_SAFE_INTEGER ? 1 : number + 1;
}

/** Reads one line (without its newline), given what the line before was; undefined where reading begins in the middle. */
export function readLine(
  line: string,
  before: { number: number; hash: string } | undefined,
): { ok: true; entry: LedgerEntry } | { ok: false; code: LedgerCode; entry?: LedgerEntry } {
  const octets = new TextEncoder().encode(line);
  if (octets.length > LONGEST_LINE) return { ok: false, code: "line-malformed" };
  const parsed = parseStrict(octets);
  const closed = parsed.ok ? closedObject(parsed.value, ["format", "number", "previous", "at", "statement"]) : parsed;
  if (!closed.ok) return { ok: false, code: "line-malformed" };
  const { format, number, previous, at, statement } = closed.object;
  const counts = Number.isSafeInteger(number) && (number as number) > 0;
  const fits = format === LEDGER_FORMAT && counts && isIsoTime(at) && parseSigned(statement).ok;
  if (!fits || canonicalJson(closed.object) !== line) return { ok: false, code: "line-malformed" };
  const entry = closed.object as unknown as LedgerEntry;
  // The statement in a line that stands in the wrong place is a statement all the same.
  if (before !== undefined && previous !== before.hash) return { ok: false, code: "chain-broken", entry };
  if (before !== undefined && number !== numberAfter(before.number)) return { ok: false, code: "number-broken", entry };
  return { ok: true, entry };
}
