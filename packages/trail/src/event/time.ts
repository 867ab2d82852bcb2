// Times of hosts: ISO 8601 text or milliseconds, to the one form that an event holds.

let lastText = "";
let lastTime: string | undefined;

/** ISO 8601 UTC with milliseconds, or undefined for what is no time between the years 0 and 9999. */
export function isoTime(value: unknown): string | undefined {
  if (typeof value === "string") {
    // Checked when the line is read and asked for again when it is prepared: 1 us saved a line.
    if (value === lastText) return lastTime;
    if (value.length > 40 || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return undefined;
    // A time without a zone would be read in the zone of whoever ingests it.
    const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(value) ? value : `${value}Z`;
    lastTime = iso(Date.parse(zoned));
    lastText = value;
    return lastTime;
  }
  return typeof value === "number" ? iso(value) : undefined;
}

function iso(time: number): string | undefined {
  if (!(time >= -62_167_219_200_000 && time <= 253_402_300_799_999)) return undefined;
  return new Date(time).toISOString();
}
