// Redaction: what may be written of what a host says.
export { cleanLine, cleanText, cut } from "./clean.js";
export { type KeyVerdict, keyVerdict } from "./keywords.js";
export { REDACTED, type Redacted } from "./marker.js";
export { parseJson } from "./parse.js";
export { type RedactionPolicy, type RedactionSettings, redactionPolicy } from "./policy.js";
export { redactText } from "./text.js";
export { MAX_DEPTH, type Unserializable, ValueWriter } from "./value.js";
