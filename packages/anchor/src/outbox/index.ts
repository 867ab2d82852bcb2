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
export { anchorPartOf, type StatementRow, type StatementState, signedIn } from "./statement-row.js";
