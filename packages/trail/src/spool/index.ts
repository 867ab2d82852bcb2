// Events that a short process could not append.
export type { SpooledEvent } from "./entry.js";
export { spool, spooled, spoolFolders, type Waiting } from "./folder.js";
export { openSealed, replaceSealed, type SealedPayload, sealPayload } from "./sealed.js";
export { putAsideSpoolFile, type TakeInOptions, type TakenIn, takeInSpool } from "./take-in.js";
