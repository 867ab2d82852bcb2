// What stands where a secret stood.

export const REDACTED = "[REDACTED]";

/** Text after redaction, and how many values were replaced in it. */
export interface Redacted {
  text: string;
  count: number;
}
