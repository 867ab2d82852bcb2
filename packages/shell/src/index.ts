/**
 * What a shell command would run, and the place of each piece in the text.
 *
 * @public
 * @packageDocumentation
 */
export { parseShell } from "./parse.js";
export { isShell, nameOf, scriptWords } from "./runners.js";
export { readWords } from "./simple.js";
export type { Assignment, Command, Limits, Opaque, Range, Redirection, Script, Word } from "./types.js";
