// Events that a short process could not append.
export type { SpooledEvent } from "./entry.js";
export { countLost, spool, spooled, spoolFolders, type Waiting, waits } from "./folder.js";
export { openSealed, replaceSealed, type SealedPayload, sealPayload } from "./sealed.js";
export { putAsideSpoolFile, type TakenIn, takeInSpool } from "./take-in.js";
