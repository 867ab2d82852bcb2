/** Values on the command line that are more than text: numbers, hashes, times, spans. A wrong one is a usage error (64) that names its option. */
import { usage } from "./errors.js";

/** The 32 bytes of 64 hex characters; capitals are taken, since people paste them. */
export function hash(text: string, name: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw usage(`${name} is not a hash`, "give 64 hex characters");
  return text.toLowerCase();
}

export function whole(text: string, name: string, least = 0): number {
  const n = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(n) || n < least) {
    throw usage(
      `${name} is not a whole number${least > 0 ? ` from ${least} on` : ""}`,
      `write it like ${name} ${Math.max(least, 10)}`,
    );
  }
  return n;
}

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `90s`, `15m`, `2h`, `7d`, `1w`, in milliseconds. */
export function span(text: string, name: string): number {
  const found = /^(\d{1,9})([smhdw])$/.exec(text);
  if (!found) throw usage(`${name} is no span of time`, "write it like 30m, 12h or 7d");
  return Number(found[1]) * UNITS[found[2]!]!;
}

/** Date, or date and time; without a zone it is the reader's own, as everything that is printed for people. */
const TIME = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Date.parse takes the 30th of February for the 2nd of March. */
function isDay(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split("-").map(Number);
  return day! >= 1 && day! <= new Date(Date.UTC(year!, month!, 0)).getUTCDate();
}

/** Words for days, in the user's time zone, and how many days before today they began. */
const DAYS: Record<string, number> = { today: 0, yesterday: 1 };

/** Reads a time, a span before now, `today` or `yesterday`; a day stands for its first moment. Returns ISO 8601 in UTC. */
export function time(text: string, name: string, now: number): string {
  if (/^\d+[smhdw]$/.test(text)) return new Date(now - span(text, name)).toISOString();
  if (Object.hasOwn(DAYS, text)) {
    const day = new Date(now);
    day.setHours(0, 0, 0, 0);
    day.setDate(day.getDate() - DAYS[text]!);
    return day.toISOString();
  }
  const ms =
    TIME.test(text) && isDay(text)
      ? Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(" ", "T"))
      : Number.NaN;
  if (Number.isNaN(ms)) {
    throw usage(`${name} is no time`, "write it like 2026-11-22T08:00:00Z, 2026-11-22, yesterday or 2h");
  }
  return new Date(ms).toISOString();
}

/** The last moment before a day that ends a range, or the time itself: `--until 2026-11-23` takes nothing of that day. */
export function timeUntil(text: string, name: string, now: number): string {
  const at = time(text, name, now);
  const isDayOnly = text.length === 10 || Object.hasOwn(DAYS, text);
  return isDayOnly ? new Date(Date.parse(at) - 1).toISOString() : at;
}

export type Moment = { version: number } | { sequence: number } | { time: string };

/** `v:12` a version, `s:340` a sequence, else a time. */
export function moment(text: string, name: string, now: number): Moment {
  const found = /^([vs]):(.*)$/.exec(text);
  if (!found) return { time: time(text, name, now) };
  const [, letter, digits] = found;
  if (!/^\d{1,16}$/.test(digits!) || !Number.isSafeInteger(Number(digits)) || Number(digits) < 1)
    throw usage(`${name}: ${letter}: takes a whole number from 1 on`, `write it like ${name} ${letter}:10`);
  const n = Number(digits);
  return letter === "v" ? { version: n } : { sequence: n };
}

const SIZES: Record<string, number> = {
  "": 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** `500MB`, `2GiB`, or plain bytes. */
export function size(text: string, name: string): number {
  const found = /^(\d{1,12}) ?([kKMGT]?i?B?)$/.exec(text);
  const unit = found && Object.hasOwn(SIZES, found[2]!) ? SIZES[found[2]!] : undefined;
  if (!found || unit === undefined) throw usage(`${name} is no size`, "write it like 500MB or 2GiB");
  return Number(found[1]) * unit;
}
