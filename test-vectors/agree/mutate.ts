// One random change to a piece of evidence: to a JSON value, to a text, to bytes in hex.
import type { Random } from "./random.ts";

// biome-ignore lint/suspicious/noExplicitAny: evidence that is broken on purpose has no type
export type Json = any;

const zeros = "0".repeat(64);
const odd: readonly Json[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  0.5,
  2,
  255,
  256,
  257,
  1e15,
  2 ** 53 - 1,
  2 ** 53,
  1e21,
  "",
  "0",
  "00",
  "zz",
  "AB",
  zeros,
  "f".repeat(64),
  "inclusion",
  "exclusion",
  "leaf",
  "inner",
  "empty",
  "same",
  "added",
  "new",
  "raw",
  "censored",
  "none",
  "\ud800",
  "é",
  [],
  {},
  [[]],
  ["inner"],
  ["empty"],
  ["hash", zeros],
  ["added", "1".repeat(64)],
  ["leaf", 0],
  ["new", 0],
  { key: "00" },
];

interface Place {
  owner: Json;
  name: string | number;
}

/** Every member and item below `value`, at most `limit` of them. */
function placesOf(value: Json, limit = 20_000): Place[] {
  const places: Place[] = [];
  const waiting: Json[] = [value];
  while (waiting.length > 0 && places.length < limit) {
    const owner = waiting.pop();
    if (typeof owner !== "object" || owner === null) continue;
    for (const name of Array.isArray(owner) ? owner.keys() : Object.keys(owner)) {
      places.push({ owner, name });
      waiting.push(owner[name]);
    }
  }
  return places;
}

function changedText(text: string, random: Random): string {
  if (text === "") return "0";
  const at = random.below(text.length);
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + random.pick(["0", "f", "A", " ", "g"]) + text.slice(at);
    case 2:
      return text.toUpperCase();
    case 3:
      return text + text.slice(0, 2);
    default: {
      // A hex digit becomes another one.
      const digit = Number.parseInt(text[at]!, 16);
      const other = Number.isNaN(digit) ? "x" : (digit ^ (1 << random.below(4))).toString(16);
      return text.slice(0, at) + other + text.slice(at + 1);
    }
  }
}

function changedNumber(value: number, random: Random): number {
  return random.pick([value + 1, value - 1, -value, value * 2, value + 0.5, 0, 2 ** 53]);
}

/** Changes one place of `value` itself. Returns the value, or another in its place. */
export function mutateJson(value: Json, random: Random): Json {
  const places = placesOf(value);
  if (places.length === 0) return random.pick(odd);
  // Half of the time a place near the top, where there are few of them and most of the rules.
  const place = random.chance(2) ? places[random.below(Math.min(places.length, 16))]! : random.pick(places);
  const { owner, name } = place;
  const old = owner[name];
  const other = random.pick(places);
  switch (random.below(12)) {
    case 0:
      if (Array.isArray(owner)) owner.splice(name as number, 1);
      else delete owner[name];
      break;
    case 1:
      if (Array.isArray(owner)) owner.splice(name as number, 0, structuredClone(old));
      else owner[random.pick(["extra", "record", "context", "value", "terminal", "__proto__x"])] = structuredClone(old);
      break;
    case 2:
      owner[name] = structuredClone(random.pick(odd));
      break;
    case 3: {
      // A part of the evidence in another's place: everything well formed, in the wrong spot.
      const moved = structuredClone(other.owner[other.name]);
      owner[name] = moved;
      break;
    }
    case 4:
      if (Array.isArray(owner) && owner.length > 1) {
        const at = random.below(owner.length);
        [owner[name as number], owner[at]] = [owner[at], old];
      } else owner[name] = structuredClone(random.pick(odd));
      break;
    case 5:
      if (Array.isArray(owner)) owner.reverse();
      else owner[name] = [old];
      break;
    case 6:
      if (Array.isArray(old)) old.length = random.below(old.length + 1);
      else owner[name] = null;
      break;
    default:
      if (typeof old === "string") owner[name] = changedText(old, random);
      else if (typeof old === "number") owner[name] = changedNumber(old, random);
      else if (typeof old === "boolean") owner[name] = !old;
      else owner[name] = structuredClone(random.pick(odd));
  }
  return value;
}

const pieces = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "\\",
  "\\u",
  "\\ud83d",
  "\\ude00",
  "\\u0000",
  '"a":1',
  "0",
  "-0",
  "01",
  "1e999",
  "NaN",
  "Infinity",
  "-Infinity",
  "9007199254740993",
  "9007199254740991.5",
  "true",
  "null",
  " ",
  "\n",
  "\t",
  "\u0001",
  "\ufeff",
  "\u00a0",
  "é",
  "\u{1f600}",
  ".",
  "e5",
  "[[[[[[[[",
  "]]]]]]]]",
];

/** One change to a text: JSON, mostly. A surrogate pair that was cut in two has no UTF-8, so it becomes U+FFFD. */
export function mutateText(text: string, random: Random): string {
  return changedPart(text, random).toWellFormed();
}

function changedPart(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + 1 + random.below(random.chance(4) ? 40 : 3));
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at) + text.slice(end);
    case 1:
      return text.slice(0, end) + text.slice(at);
    case 2:
      return text.slice(0, at);
    case 3:
      return text.slice(0, at) + random.pick(pieces) + text.slice(end);
    default:
      return text.slice(0, at) + random.pick(pieces) + text.slice(at);
  }
}

/** One change to bytes in hex. */
export function mutateHex(hex: string, random: Random): string {
  const at = 2 * random.below(hex.length / 2 + 1);
  const byte = () => random.pick(["00", "01", "02", "03", "20", "30", "7f", "80", "ff"]);
  switch (random.below(6)) {
    case 0:
      return hex.slice(0, at);
    case 1:
      return hex.slice(0, at) + byte() + hex.slice(at);
    case 2:
      return hex.slice(0, at) + hex.slice(at + 2);
    case 3:
      return hex + byte();
    case 4:
      return hex.slice(0, at) + byte() + hex.slice(at + 2);
    default: {
      if (at >= hex.length) return hex;
      const flipped = Number.parseInt(hex.slice(at, at + 2), 16) ^ (1 << random.below(8));
      return hex.slice(0, at) + flipped.toString(16).padStart(2, "0") + hex.slice(at + 2);
    }
  }
}
