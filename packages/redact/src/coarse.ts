// The plain pass for what lies beyond the steps of an event (work.ts): a few patterns, each passing a place once. It knows no
// formats and no grammar. It takes what looks like a secret, wherever it stands, and what stands directly under a name of one; it
// takes nothing that a command could be: a mask ends at white space, a quote or an operator.
import { REDACTED } from "./marker.js";
import type { Span } from "./span.js";
import { looksChosen, looksOpaque } from "./values.js";

const KIND = "likely-secret";

/** The characters of a run that looks as if a machine chose it. */
const IN_RUN = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9+/=_.~-]/.test(String.fromCharCode(code)) ? 1 : 0,
);
const SHORTEST_RUN = 16;
const LONGEST_RUN = 4_096;
const NAMED =
  /(?:secret|passw?|pwd|cred|jwt|auth|cookie|token|key|mnemonic|phrase|sess)[\w.-]{0,32}["'\\\]]{0,8}(?:[=:]|%3[aAdD])/gi;
/** What may stand between a sign and the value: one more sign, blanks, quotes. */
const GAP = /[=:]{0,2}>?[ \t]{0,4}["'\\]{0,8}/y;
const WORD = /[^\s"'`\\;&|<>(){}$,]{1,4000}/y;
const SCHEME = /^(?:bearer|basic|token)$/i;
const ADDRESS = /:\/\/[^\s/@:"'<>]{0,64}:([^\s/@"'<>]{1,400})@/g;
/** Options, of which those are asked that take a password or `user:password`. */
const OPTION = /[\s"',]-(?:[pPaAwkKNbuU]|-[a-z-]{3,40})/g;
const TAKES =
  /^..(?:[pPaAwkKNbuU]|-(?:(?:[a-z]{1,20}-){0,3}(?:password|passphrase|token|secret|key|pass|auth)|user|proxy-user|body|value|from-literal))$/;
const OPTION_GAP = /[\s="',\\]{0,8}/y;
const HANDED = /\b(?:echo|printf|<<<)[ "']{0,4}([^\s"'`\\;&|<>(){}$]{3,400})/g;
/** What follows a word that hands over a secret, or a name behind such a word. */
const FOLLOWING =
  /\b((?:set|setx|setenv|put|login|auth|authtoken|unseal|unlock|token|secret|password|key)[ \t]{1,4})(?:([\w./:@-]{1,64})[ \t]{1,4})?["']{0,2}([^\s"'`\\;&|<>(){}$,]{6,400})/gi;
/** A value of any name: for texts with names in disguise. */
const VALUE = /[=:\uff1a\uff1d][ \t]{0,4}["'\\]{0,8}([^\s"'`\\;&|<>(){}$,=:]{5,4000})/g;

/** What to mask from a place of a text on. `isHidden`: names in it may be in disguise. `isCommand`: words in it may be what runs. */
export function coarseIn(text: string, from: number, isHidden: boolean, isCommand: boolean): Span[] {
  const found: Span[] = [];
  const take = (end: number, value: string) => {
    if (!value.includes("[REDACTED") && value !== REDACTED) found.push({ start: end - value.length, end, kind: KIND });
  };
  runsIn(text, from, (start, end) => {
    const value = text.slice(start, end);
    if (looksOpaque(value)) take(end, value);
  });
  each(NAMED, text, from, (_, sign) => {
    const gap = at(GAP, text, sign);
    let word = at(WORD, text, sign + gap.length);
    let end = sign + gap.length + word.length;
    if (SCHEME.test(word) && text[end] === " ") {
      word = at(WORD, text, end + 1);
      end += 1 + word.length;
    }
    // In a command a word behind blanks may be what runs: `sudo -p password: reboot`.
    if (word !== "" && (!isCommand || !/[ \t]$/.test(gap) || /^[^/]*\d/.test(word))) take(end, word);
    return end;
  });
  each(ADDRESS, text, from, ([, value], end) => take(end - 1, value!));
  each(OPTION, text, from, ([option], end) => {
    if (!TAKES.test(option)) return;
    const start = end + at(OPTION_GAP, text, end).length;
    const value = at(WORD, text, start);
    const sign = value.search(/[:=%]/);
    const secret = value.slice(sign + 1);
    if (sign >= 0 ? secret !== "" && !/^[/\\\d]/.test(secret) : looksChosen(secret)) take(start + value.length, secret);
  });
  each(HANDED, text, from, ([, value], end) => {
    if (looksChosen(value!)) take(end, value!);
  });
  each(FOLLOWING, text, from, ([whole, before, name, value], end) => {
    if (isMixed(value!)) take(end, value!);
    if (name !== undefined && isMixed(name)) take(end - whole.length + before!.length + name.length, name);
  });
  if (isHidden)
    each(VALUE, text, from, ([, value], end) => {
      if (looksChosen(value!)) take(end, value!);
    });
  return found;
}

/** Each run, in one pass: a pattern would begin anew at each character of a run that is too short. */
function runsIn(text: string, from: number, found: (start: number, end: number) => void): void {
  let start = from;
  for (let i = from; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0;
    const isIn = code < 128 && IN_RUN[code] === 1;
    if (isIn && i - start < LONGEST_RUN) continue;
    if (i - start >= SHORTEST_RUN) found(start, i);
    start = isIn ? i : i + 1;
  }
}

/** Letters and digits as somebody chooses a password: no word, number, path or version. */
const isMixed = (value: string): boolean => looksChosen(value) && /\d/.test(value) && /[A-Za-z]{2}/.test(value);

/** Calls `found` for each match with the place behind it, and goes on there or at the place that it returns. */
function each(
  pattern: RegExp,
  text: string,
  from: number,
  found: (match: RegExpExecArray, end: number) => unknown,
): void {
  pattern.lastIndex = from;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const end = pattern.lastIndex;
    const next = found(match, end);
    pattern.lastIndex = typeof next === "number" ? next : end;
  }
}

/** What matches at a place; empty where nothing does. */
function at(pattern: RegExp, text: string, place: number): string {
  pattern.lastIndex = place;
  return pattern.exec(text)?.[0] ?? "";
}
