// Trails that were damaged or rolled back: set aside, begun anew, accepted.
export { type Begun, restartedFrom } from "./begun.js";
export { speaksOfDamage } from "./damage.js";
export { type RestartOptions, restartTrail } from "./restart.js";
export { heldRestart, settleRestart } from "./turn.js";
