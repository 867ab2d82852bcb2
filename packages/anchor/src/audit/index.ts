/**
 * What an audit of anchors finds, and how a ledger file is read. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { readLedger } from "../ledger/ledger.js";
export type { AnchorFinding, AnchorFindingCode } from "./findings.js";
export type { AnchorEvidence, AnchorVerdict, RetiredKey } from "./verify-anchors.js";
