/**
 * What checking a log needs besides its hashes: the chains of sessions, and which records account for destroyed events.
 * For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { type ErasureFault, ErasureTracker } from "./erasures.js";
export { SessionChains, sessionName } from "./session-chains.js";
