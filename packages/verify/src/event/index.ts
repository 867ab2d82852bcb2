/**
 * An event, its fields, its hashes and its epoch, as the log writes them and every verifier recomputes them. For the other
 * packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { canonicalEvent, type EventBody, hasFewValues, isEventBody, MAX_VALUES } from "./body.js";
export { type Range, rangesAClaim, rangesOf } from "./claim.js";
export { epochAfter } from "./epoch.js";
export {
  EVENT_FIELDS,
  type EventField,
  type EventFieldEntry,
  type EventFieldName,
  type FieldKind,
  type FieldsWith,
  fieldNames,
  type HashedValue,
  type UnplacedFields,
} from "./fields.js";
export { type Hold, holdIn } from "./holds.js";
export { censoredKey, contentHash, type Genesis, genesisHash, rawKey, saltOf, sealed } from "./keys.js";
