// @sealtrail/shell: what a shell command runs.
export type { Assignment, Command, Range, Redirection, Word } from "./types.js";
