// What stands where a secret stood.
import type { Secret } from "./compose.js";

export const REDACTED = "[REDACTED]";

/** Text after redaction, and how many values were replaced in it. */
export interface Redacted {
  text: string;
  count: number;
  /** What was replaced, in the order of the text; absent where nothing was. Never to be written. */
  secrets?: readonly Secret[];
}
