/**
 * Masks secrets in texts, values and shell commands; a mask never hides what a command runs. `./json` and `./text` are
 * parts of it that load little.
 *
 * @public
 * @packageDocumentation
 */
export { cleanLine, cleanText, cut } from "./clean.js";
export type { Secret } from "./compose.js";
export { type KeyVerdict, keyVerdict } from "./keywords.js";
export { REDACTED, type Redacted } from "./marker.js";
export { parseJson } from "./parse.js";
export type { Pattern } from "./patterns.js";
export { type RedactionPolicy, type RedactionSettings, redactionPolicy } from "./policy.js";
export { addAll } from "./span.js";
export { redactId, redactText } from "./text.js";
export { type Cut, MAX_DEPTH, MOST_PLACES, type Unserializable, ValueWriter } from "./value.js";
export { Work } from "./work.js";
