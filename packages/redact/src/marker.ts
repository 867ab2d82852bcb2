// What stands where a secret stood.
import type { Secret } from "./compose.js";

/** The text that stands where a secret was. @public */
export const REDACTED = "[REDACTED]";

/** Text after redaction, and how many values were replaced in it. @public */
export interface Redacted {
  text: string;
  count: number;
  /** What was replaced, in the order of the text; absent where nothing was. Never to be written. */
  secrets?: readonly Secret[];
}
