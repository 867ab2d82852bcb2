/**
 * What every reader and writer of the formats needs: strict JSON, canonical JSON, hashes, and checks of shape. For the other
 * packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export type { ShapeCode, StrictCode } from "../codes.js";
export { sha256 } from "../hash/sha256.js";
export { canonicalJson, type JsonObject, type JsonValue, jcs } from "./jcs.js";
export { isTimestamp, uuidV7 } from "./scalars.js";
export { checkHex, checkMembers, checkShape, isCount, isHash, isObject, type Members, membersOf } from "./shape.js";
export { type Limits, type Parsed, parseStrict } from "./strict.js";
