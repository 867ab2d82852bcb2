// Times of hosts, to the one form that an event holds: ISO 8601 UTC with milliseconds.
//
// `isoTime` reads what RFC 3339 and ISO 8601 allow, and milliseconds. `hostTime` reads the other forms of logs as well. Neither
// accepts a time that does not exist: 30 February, a wrong weekday or an hour 25 give undefined, and the caller keeps the text.

let lastText = "";
let lastTime: string | undefined;

/** ISO 8601 text, or milliseconds since 1970. Undefined for what is no time between the years 0 and 9999. @public */
export function isoTime(value: unknown): string | undefined {
  if (typeof value === "number") return iso(value);
  if (typeof value !== "string") return undefined;
  // Checked when the line is read and asked for again when it is prepared: 1 us saved a line.
  if (value === lastText) return lastTime;
  const time = isoText(value);
  lastText = value;
  lastTime = time;
  return time;
}

/**
 * A time in any form that logs use: ISO 8601 and its relatives, RFC 1123 and 2822, asctime, Apache, nginx; seconds, milliseconds,
 * microseconds or nanoseconds since 1970 as a number or as digits, told apart by their size.
 *
 * @public
 */
export function hostTime(value: unknown): string | undefined {
  if (typeof value === "number") return sinceEpoch(value);
  if (typeof value !== "string" || value.length > 64) return undefined;
  const text = value.trim();
  if (/^-?\d{1,20}(?:\.\d{1,12})?$/.test(text) && !isCompactDate(text)) return digits(text);
  return isoTime(text) ?? nameOfMonth(text);
}

/** `20260105` and `20260105080000` are dates; as numbers they would lie in 1970 and in 2612. */
function isCompactDate(text: string): boolean {
  return text.length === 8 || (text.length === 14 && /^(?:19|20)\d\d/.test(text));
}

// --- ISO 8601 ---------------------------------------------------------------------------------------------------------

const COMMON = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?Z$/;
/** Date and time apart by T, t, blanks or `_`; a comma before the fraction; a zone after a blank, or none. */
const WIDE =
  /^(\d{4})([-/.]?)(\d\d)([-/.]?)(\d\d)[Tt _]\s{0,3}(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,12}))?)?\s{0,3}(Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?(?:\s{1,2}(?:UTC|GMT))?)?$/;
const ORDINAL = /^(\d{4})-?(\d{3})([Tt].{4,40})$/;
const WEEK = /^(\d{4})-?W(\d\d)-?([1-7])([Tt].{4,40})$/;
const COMPACT = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;

function isoText(value: string): string | undefined {
  if (value.length > 64) return undefined;
  const common = COMMON.exec(value);
  if (common !== null) {
    const [, year, month, day, hour, minute, second, fraction] = common;
    return made({ year, month, day, hour, minute, second, fraction });
  }
  const wide = WIDE.exec(value);
  if (wide !== null && wide[2] === wide[4]) {
    const [, year, , month, , day, hour, minute, second, fraction, zone] = wide;
    return made({ year, month, day, hour, minute, second, fraction, zone });
  }
  const ordinal = ORDINAL.exec(value);
  if (ordinal !== null)
    return onDay(Date.UTC(Number(ordinal[1]), 0, 1), Number(ordinal[2]) - 1, daysIn(ordinal[1]!), ordinal[3]!);
  const week = WEEK.exec(value);
  if (week !== null) return inWeek(week);
  const compact = COMPACT.exec(value);
  if (compact === null) return undefined;
  const [, year, month, day, hour, minute, second] = compact;
  return made({ year, month, day, hour, minute, second });
}

interface Parts {
  year: string | undefined;
  month: string | undefined;
  day: string | undefined;
  hour: string | undefined;
  minute: string | undefined;
  second?: string | undefined;
  fraction?: string | undefined;
  /** Without one: UTC. The reader's own zone would be a guess. */
  zone?: string | undefined;
}

function made({ year, month, day, hour, minute, second = "0", fraction = "0", zone }: Parts): string | undefined {
  const [y, mo, d, h, mi] = [Number(year), Number(month), Number(day), Number(hour), Number(minute)];
  let s = Number(second);
  let ms = Number(fraction.slice(0, 3).padEnd(3, "0"));
  if (mo < 1 || mo > 12 || d < 1 || d > daysInMonth(y, mo)) return undefined;
  if (mi > 59 || s > 60 || h > 24 || (h === 24 && (mi > 0 || s > 0 || ms > 0))) return undefined;
  if (s === 60) {
    // A leap second stands at the end of an hour. `Date` cannot represent it, so it becomes the last millisecond of the same
    // minute.
    if (mi !== 59) return undefined;
    s = 59;
    ms = 999;
  }
  const offset = offsetOf(zone);
  if (offset === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(y, mo - 1, d);
  date.setUTCHours(h, mi, s, ms);
  return iso(date.getTime() - offset * 60_000);
}

/** Minutes east of Greenwich. */
function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined || /^(?:Z|UTC|GMT|UT)$/i.test(zone)) return 0;
  const named = ZONES[zone.toUpperCase()];
  if (named !== undefined) return named * 60;
  const parts = /^([+-])(\d\d):?(\d\d)?/.exec(zone);
  if (parts === null) return undefined;
  const [hours, minutes] = [Number(parts[2]), Number(parts[3] ?? 0)];
  if (hours > 23 || minutes > 59) return undefined;
  return (parts[1] === "-" ? -1 : 1) * (hours * 60 + minutes);
}

/** The zones that RFC 2822 names. */
const ZONES: Readonly<Record<string, number>> = {
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
};

function daysInMonth(year: number, month: number): number {
  if (month === 2) return daysIn(String(year)) === 366 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function daysIn(year: string): number {
  const y = Number(year);
  return (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0 ? 366 : 365;
}

function onDay(from: number, days: number, limit: number, time: string): string | undefined {
  if (days < 0 || days >= limit) return undefined;
  return isoText(`${new Date(from + days * 86_400_000).toISOString().slice(0, 10)}${time}`);
}

function inWeek([, year, week, day, time]: RegExpExecArray): string | undefined {
  const fourth = new Date(Date.UTC(Number(year), 0, 4));
  const monday = fourth.getTime() - ((fourth.getUTCDay() + 6) % 7) * 86_400_000;
  const days = (Number(week) - 1) * 7 + Number(day) - 1;
  // The year has a week 53 where its 28 December lies in one.
  const last = Math.floor((Date.UTC(Number(year), 11, 28) - monday) / 86_400_000 / 7) + 1;
  return Number(week) < 1 || Number(week) > last ? undefined : onDay(monday, days, 371, time!);
}

// --- Other texts ------------------------------------------------------------------------------------------------------

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");
/** `Mon, 05 Jan 2026 08:00:02 GMT`, `5 Jan 2026 08:00 +0100`. */
const MAIL =
  /^(?:([A-Za-z]{3})[a-z]{0,6},\s{1,3})?(\d{1,2})[\s-]([A-Za-z]{3})[\s-](\d{4})\s{1,3}(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:\s{1,3}(GMT|UTC|UT|Z|[ECMP][SD]T|[+-]\d\d:?\d\d))?$/i;
/** `Mon Jan  5 08:00:02 2026`, with or without a zone before the year. */
const ASCTIME =
  /^([A-Za-z]{3})\s{1,3}([A-Za-z]{3})\s{1,3}(\d{1,2})\s{1,3}(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:\s{1,3}(GMT|UTC|[ECMP][SD]T|[+-]\d\d:?\d\d))?\s{1,3}(\d{4})$/i;
/** `05/Jan/2026:08:00:02 +0000`, in brackets as Apache and nginx write it. */
const APACHE =
  /^\[?(\d{1,2})\/([A-Za-z]{3})\/(\d{4}):(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:\s{1,3}([+-]\d\d:?\d\d|Z|UTC|GMT))?\]?$/i;

function nameOfMonth(text: string): string | undefined {
  const mail = MAIL.exec(text);
  if (mail !== null) {
    const [, weekday, day, month, year, hour, minute, second, fraction, zone] = mail;
    return named({ weekday, day, month, year, hour, minute, second, fraction, zone });
  }
  const asctime = ASCTIME.exec(text);
  if (asctime !== null) {
    const [, weekday, month, day, hour, minute, second, fraction, zone, year] = asctime;
    return named({ weekday, day, month, year, hour, minute, second, fraction, zone });
  }
  const apache = APACHE.exec(text);
  if (apache === null) return undefined;
  const [, day, month, year, hour, minute, second, fraction, zone] = apache;
  return named({ weekday: undefined, day, month, year, hour, minute, second, fraction, zone });
}

function named({ weekday, month, ...parts }: Parts & { weekday: string | undefined }): string | undefined {
  const at = MONTHS.indexOf(month!.toLowerCase());
  if (at < 0) return undefined;
  if (weekday !== undefined) {
    const day = new Date(Date.UTC(Number(parts.year), at, Number(parts.day))).getUTCDay();
    if (DAYS[day] !== weekday.toLowerCase()) return undefined;
  }
  return made({ ...parts, month: String(at + 1) });
}

// --- Numbers ----------------------------------------------------------------------------------------------------------

/** Below it, read as seconds, lies mid-1979: a duration or a counter, not the time of an event. */
const leastSeconds = 3e8;
const UNITS: readonly (readonly [limit: number, milliseconds: number])[] = [
  [1e11, 1_000],
  [1e14, 1],
  [1e17, 1e-3],
  [1e20, 1e-6],
];

function sinceEpoch(value: number): string | undefined {
  if (!(value >= leastSeconds)) return undefined;
  const unit = UNITS.find(([limit]) => value < limit);
  return unit === undefined ? undefined : iso(Math.floor(value * unit[1] + 1e-3));
}

function digits(text: string): string | undefined {
  const whole = text.split(".", 1)[0]!;
  // More digits than a number holds: the last ones are parts of a millisecond.
  return sinceEpoch(whole.length > 15 ? Number(`${whole.slice(0, 15)}${"0".repeat(whole.length - 15)}`) : Number(text));
}

function iso(time: number): string | undefined {
  if (!(time >= -62_167_219_200_000 && time <= 253_402_300_799_999)) return undefined;
  return new Date(time).toISOString();
}
