/**
 * JSON text to a value without losing digits. Loads nothing else. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { parseJson } from "../parse.js";
