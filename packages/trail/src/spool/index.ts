/**
 * Events that a short process could not append. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export type { SpooledEvent } from "./entry.js";
export { spool, spooled, spoolFolders } from "./folder.js";
export { openSealed, replaceSealed, type SealedPayload, sealPayload } from "./sealed.js";
export { putAsideSpoolFile, type TakenIn, takeInSpool } from "./take-in.js";
