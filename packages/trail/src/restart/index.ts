/**
 * Trails that were damaged or rolled back: set aside, begun anew, accepted. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */

export { speaksOfDamage } from "./damage.js";
export { predecessorOf } from "./predecessor.js";
export { restartTrail } from "./restart.js";
export { heldRestart, settleRestart } from "./swap.js";
