/**
 * Rows of the outbox, and who drains it. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { Breaker } from "../breaker/breaker.js";
export { submissionText } from "../client/client.js";
export { explorerUrl } from "../client/networks.js";
export { resign } from "../drain/resign.js";
export type { NetworkTarget, Payment } from "../drain/target.js";
export { anchorSchema } from "./schema.js";
export { anchorPartOf, parseStatement, type StatementRow, type StatementState } from "./statement-row.js";
