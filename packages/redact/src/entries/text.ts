/**
 * Text without control characters. Loads nothing else. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { cleanLine } from "../clean.js";
