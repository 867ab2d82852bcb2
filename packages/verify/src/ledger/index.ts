/**
 * The lines of a ledger file. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export {
  LEDGER_FORMAT,
  type LedgerCode,
  type LedgerEntry,
  LONGEST_LINE,
  lineHash,
  lineOf,
  NO_LINE,
  numberAfter,
  readLine,
} from "./entry.js";
