/**
 * The record compared with the hosts' own logs. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { type LoggedCall, type LogsReconciled, reconcileLogs } from "./host-logs.js";
export { reconcileOpenclaw, type ToolCall } from "./openclaw.js";
