// What opens a trail, and nothing of what fills one: a command that only reads starts a third faster without redaction and sources.
export { settleRestart } from "./restart/index.js";
export { Trail } from "./trail.js";
