/**
 * Opens a trail without loading redaction and sources, which a command that only reads does not need. For the other
 * packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { settleRestart } from "./restart/index.js";
export { Trail } from "./trail.js";
