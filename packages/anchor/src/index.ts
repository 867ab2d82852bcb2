// @sealtrail/anchor: checkpoints signed, stored and published where the trail's owner cannot take them back.
// What a stranger needs to check them is `./check`, which runs anywhere; the rest needs Node.

export { verifyContent } from "@sealtrail/verify/statement";
export * from "./audit/findings.js";
export * from "./audit/verify-anchors.js";
export { Breaker, type BreakerStatus, type BreakerTime } from "./breaker/breaker.js";
export type * from "./client/answers.js";
export * from "./client/client.js";
export { type CallFailure, clean, type FailureKind } from "./client/http.js";
export * from "./client/networks.js";
export { type CheckReport, check } from "./drain/check.js";
export { type DrainReport, drain } from "./drain/drain.js";
export { type ResignResult, resign } from "./drain/resign.js";
export type { DrainOptions, LedgerTarget, NetworkTarget, Payment, Target } from "./drain/target.js";
export { type WatchOptions, type WatchPass, watch } from "./drain/watch.js";
export * from "./keys/key-change.js";
export * from "./keys/key-file.js";
export * from "./ledger/ledger.js";
export * from "./outbox/outbox.js";
export { anchorSchema } from "./outbox/schema.js";
export * from "./outbox/signed-checkpoint.js";
export { anchorPartOf, type StatementRow, type StatementState, signedIn } from "./outbox/statement-row.js";
export { eventsAfter } from "./outbox/unsigned.js";
export * from "./policy.js";
export * from "./sign/sign.js";
