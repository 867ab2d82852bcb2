/**
 * Trails that were damaged or rolled back: set aside, begun anew, accepted. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { restartedFrom } from "./begun.js";
export { speaksOfDamage } from "./damage.js";
export { restartTrail } from "./restart.js";
export { heldRestart, settleRestart } from "./turn.js";
