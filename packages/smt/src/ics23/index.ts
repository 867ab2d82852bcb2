/**
 * Proofs as ICS23 `CommitmentProof` messages, for verifiers that know only those. Good for well-formed trees only (formats.md,
 * section 1).
 *
 * @public
 * @packageDocumentation
 */
export type { Ics23Code } from "../codes.js";
export { toIcs23 } from "./export.js";
export { fromIcs23 } from "./import.js";
export { type Ics23Verdict, verifyIcs23 } from "./verify.js";
