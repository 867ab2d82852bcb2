/**
 * The lines of a ledger file. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */

export type { LedgerCode } from "../codes.js";
export {
  LEDGER_FORMAT,
  type LedgerEntry,
  LONGEST_LINE,
  lineHash,
  lineOf,
  NO_LINE,
  numberAfter,
  readLine,
} from "./entry.js";
