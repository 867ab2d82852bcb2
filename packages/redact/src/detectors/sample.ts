// Samples of tokens, made from the notation of `TokenFormat.samples`. For tests and benchmarks: no value was ever issued.
import { ALNUM } from "./format.js";

const DIGITS = "0123456789";
const UPPER = ALNUM.slice(0, 26);
const LOWER = ALNUM.slice(26, 52);
const ALPHABETS: Readonly<Record<string, string>> = {
  a: ALNUM,
  d: DIGITS,
  l: LOWER + DIGITS,
  U: UPPER + DIGITS,
  x: `${DIGITS}abcdef`,
  X: `${DIGITS}ABCDEF`,
  w: `${ALNUM}_-`,
  b: `${ALNUM}+/`,
  s: `${UPPER}234567`,
};

/** `ghp_<a36>` with characters in place of `<a36>`. `next(n)` gives a whole number below n. */
export function sampleOf(notation: string, next: (below: number) => number): string {
  return notation.replace(/<([adlUxXwbs])(\d{1,4})>/g, (_, alphabet: string, length: string) => {
    const characters = ALPHABETS[alphabet]!;
    let text = "";
    for (let i = 0; i < Number(length); i++) text += characters[next(characters.length)];
    // Nearly every long token holds a digit; a sample without would be a curiosity.
    if (text.length >= 12 && !/\d/.test(text)) text = `${text.slice(0, 5)}7${text.slice(6)}`;
    // Encoders do not end a token with a sign of their own.
    return text.replace(/[_-]$/, "Q").replace(/^[_-]/, "Q");
  });
}

/** A generator of numbers with a seed (mulberry32), the same everywhere. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}
