// @sealtrail/shell: what a shell command would run, and where each piece of it stands in the text.
export { parseShell } from "./parse.js";
export { isShell, nameOf, scriptWords } from "./runners.js";
export { readWords } from "./simple.js";
export type { Assignment, Command, Limits, Opaque, Range, Redirection, Script, Word } from "./types.js";
