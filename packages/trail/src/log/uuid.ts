// UUIDv7 (RFC 9562, section 5.7) with all 74 random bits fresh. The well-known library keeps a counter in them to order
// ids of one millisecond; ours must not: neighbours' ids would then be guessable, and an id is a censored leaf's only
// secret (formats.md, section 2). Order is `sequence`.
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** @param random 10 fresh bytes */
export function uuidV7(time: number, random: Uint8Array): string {
  const t = time.toString(16).padStart(12, "0");
  const r = (i: number) => hex[random[i]!]!;
  const versioned = hex[0x70 | (random[0]! & 0x0f)]!;
  const variant = hex[0x80 | (random[2]! & 0x3f)]!;
  return `${t.slice(0, 8)}-${t.slice(8)}-${versioned}${r(1)}-${variant}${r(3)}-${r(4)}${r(5)}${r(6)}${r(7)}${r(8)}${r(9)}`;
}

/** The milliseconds that an id of ours was made at; undefined for any other text. */
export function uuidTime(id: string): number | undefined {
  const digits = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/.exec(id);
  const time = digits === null ? Number.NaN : Number.parseInt(`${digits[1]}${digits[2]}`, 16);
  return time < latestTime ? time : undefined;
}

/** The first millisecond that `createdAt` has no four digits of a year for. */
const latestTime = Date.UTC(10_000, 0);
