// Ids and times in the one spelling that the formats allow.

/** A UUIDv7 in lower case. */
export const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The last two that were right: the events of one moment come together, and each has up to two times (1 us a time saved). */
let known = "";
let knownBefore = "";

/** ISO 8601 in UTC with milliseconds, in the one form that `Date.toISOString` gives for years 0 to 9999. */
export function isTimestamp(value: unknown): value is string {
  if (typeof value !== "string") return false;
  if (value === known || value === knownBefore) return value !== "";
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) return false;
  const time = Date.parse(value);
  if (Number.isNaN(time) || new Date(time).toISOString() !== value) return false;
  knownBefore = known;
  known = value;
  return true;
}
