/**
 * An event, its hashes and its epoch, as the log writes them and every verifier recomputes them. For the other packages of
 * Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { canonicalEvent, type EventBody, isEventBody } from "./body.js";
export { type Range, rangesAClaim, rangesOf } from "./claim.js";
export { epochAfter } from "./epoch.js";
export { type Hold, holdIn } from "./holds.js";
export { censoredKey, contentHash, type Genesis, genesisHash, rawKey, saltOf, sealed } from "./keys.js";
