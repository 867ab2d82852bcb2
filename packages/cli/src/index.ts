/**
 * Runs the command `audit` in this process, with streams, environment and clock of the caller.
 *
 * @public
 * @packageDocumentation
 */
export { EXIT, EXIT_CODES, type ExitCode } from "./exit.js";
export type { Io, Sink } from "./io.js";
export { run } from "./run.js";
