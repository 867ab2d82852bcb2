// Trails that were damaged or rolled back: set aside, begun anew, accepted.
export { type Begun, restartedFrom } from "./begun.js";
export { looksSpoiled, speaksOfDamage } from "./damage.js";
export { type RestartOptions, recordIn, restartTrail } from "./restart.js";
export { heldRestart, settleRestart } from "./turn.js";
