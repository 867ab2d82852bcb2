/**
 * The record of a leaf, and the leaf's value. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { type EventPlace, isLeafRecord, type LeafRecord, recordOf, recordValue } from "./tree/record.js";
