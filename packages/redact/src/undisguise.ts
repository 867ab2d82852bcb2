// Names in disguise: look-alike letters (`p\u0430ssword` with a Cyrillic a), zero-width characters in the middle, escapes
// (`\\u0070assword`, `%70assword`), and what a shell leaves out of a word (`PASS""WORD`); and the text as it would be read
// without them. Where no such name is in disguise, it costs a search for what may be one.

import { type Share, UNBOUNDED, type Work } from "./work.js";

/** Letters of other scripts that look like ours, pairwise. Those of full width and of mathematics are known by NFKC. */
const LOOKALIKES = new Map(
  Object.entries({
    a: "\u0430\u03b1\u0251",
    b: "\u044c\u0184",
    c: "\u0441\u03f2\u1d04",
    d: "\u0501\u0256",
    e: "\u0435\u0454\u03b5",
    g: "\u0261\u0581",
    h: "\u04bb\u0570",
    i: "\u0456\u03b9\u0131",
    j: "\u0458\u03f3",
    k: "\u043a\u03ba",
    l: "\u04cf\u0399\u2113",
    n: "\u0578\u043f",
    o: "\u043e\u03bf\u0585",
    p: "\u0440\u03c1",
    q: "\u051b\u0566",
    r: "\u0433\u1d26",
    s: "\u0455\u017f\ua731",
    t: "\u0442\u03c4",
    u: "\u03c5\u057d\u028b",
    v: "\u03bd\u0475",
    w: "\u0461\u051d\u03c9",
    x: "\u0445\u03c7",
    y: "\u0443\u03b3\u04af",
    z: "\u1d22",
    A: "\u0410\u0391",
    B: "\u0412\u0392",
    C: "\u0421\u03f9",
    D: "\u13a0",
    E: "\u0415\u0395",
    H: "\u041d\u0397",
    I: "\u0406\u04c0",
    J: "\u0408",
    K: "\u041a\u039a",
    M: "\u041c\u039c",
    N: "\u039d",
    O: "\u041e\u039f\u0555",
    P: "\u0420\u03a1",
    S: "\u0405\u054f",
    T: "\u0422\u03a4",
    W: "\u051c",
    X: "\u0425\u03a7",
    Y: "\u04ae\u03a5",
    Z: "\u0396",
  }).flatMap(([letter, looks]) => [...looks].map((look) => [look, letter] as const)),
);
const LOOK = [...LOOKALIKES.keys()].join("");
const ZERO = "\\u00ad\\u034f\\u180e\\u200b-\\u200d\\u2060-\\u2064\\ufe00-\\ufe0f\\ufeff";
const WIDE = "\\uff0b-\\uff5d";
const QUOTES = "[\"'`\\\\]{1,8}|\\$[@*]|\\$\\(\\)|\\$\\{[@*]\\}";
const ESCAPE = "\\\\{1,8}u00[2-7][0-9a-fA-F]|\\\\{1,8}x[2-7][0-9a-fA-F]|%[2-7][0-9a-fA-F]";

const OTHER = /[\u0080-\uffff]/;
const ZERO_IN_WORD = new RegExp(`\\w[${ZERO}]`);
const ESCAPED = new RegExp(ESCAPE);
/** Where a disguise may be: in a word, beside a letter, or an escape. Each only for texts that have what it is made with. */
const HINTS: readonly (readonly [made: RegExp, hint: RegExp])[] = [
  [/["'`\\$]/, new RegExp(`[A-Za-z_-](?:${QUOTES})[A-Za-z_-]`, "g")],
  [OTHER, new RegExp(`[A-Za-z_][${LOOK}]|[${LOOK}][A-Za-z_]|[${WIDE}]|\\ud835`, "g")],
  [/%[2-7]|\\[ux]/, new RegExp(ESCAPE, "g")],
];
const DISGUISE = new RegExp(
  `([${ZERO}]+)|(${ESCAPE})|(?<=[\\w-])(${QUOTES})(?=[A-Za-z_-])|([${LOOK}${WIDE}]|\\ud835[\\udc00-\\udfff])`,
  "g",
);

const WORDS =
  /secret|pass[-_. ]?(?:word|wd|phrase)|credential|jwt|bearer|cookie|auth|token|(?:api|private|access)[-_. ]?key/gi;
const WORD = new RegExp(WORDS.source, "i");
const QUOTES_ALL = /["'`\\]+|\$[@*]|\$\(\)|\$\{[@*]\}/g;
/** No letters but ours, and none escaped. */
const PLAIN = /^(?:[^%\\\u0080-\uffff]|\\(?![ux]))*$/;
/** What is read around a hint: a longer name than any of those, in disguise. */
const REACH = 48;
const MOST_LOOKS = 2_000;
const STEPS_OF_LOOK = 64;

/** Whether a name that says "secret" stands there only in disguise, or a sign that cannot be seen stands in a word. Looks around
 * each hint, and at no place twice. */
export function isDisguised(text: string, work?: Work): boolean {
  return (
    (OTHER.test(text) && ZERO_IN_WORD.test(text)) ||
    HINTS.some(([made, hint]) => made.test(text) && isHinted(text, hint, work))
  );
}

/** The same without looking: a text has signs that a disguise may be made of. */
export function mayBeDisguised(text: string): boolean {
  return OTHER.test(text) || ESCAPED.test(text);
}

function isHinted(text: string, pattern: RegExp, work: Work | undefined): boolean {
  pattern.lastIndex = 0;
  let looks = 0;
  for (let hint = pattern.exec(text); hint !== null; hint = pattern.exec(text)) {
    const around = text.slice(Math.max(0, hint.index - REACH), hint.index + 2 * REACH);
    pattern.lastIndex = Math.max(pattern.lastIndex, hint.index + REACH);
    // Most of what hints at a disguise are quotes and escaped line ends: without them there is no such name either.
    if (PLAIN.test(around) && !WORD.test(around.replace(QUOTES_ALL, ""))) continue;
    // In a text full of hints a name in disguise is taken for given: looking for it would cost more than reading the text so.
    if (++looks > MOST_LOOKS || work?.take(STEPS_OF_LOOK) === false) return true;
    const { plain } = undisguised(around);
    if (plain !== around && namesIn(plain) > namesIn(around)) return true;
  }
  return false;
}

const namesIn = (text: string): number => text.match(WORDS)?.length ?? 0;

/** What a letter of full width or of mathematics stands for. */
function plainLetter(letter: string): string {
  const code = letter.charCodeAt(0);
  if (code >= 0xff00) return String.fromCharCode(code - 0xfee0);
  let known = MATHEMATICS.get(letter);
  if (known === undefined) {
    const plain = letter.normalize("NFKC");
    known = /^[\x21-\x7e]$/.test(plain) ? plain : letter;
    MATHEMATICS.set(letter, known);
  }
  return known;
}

/** Letters of mathematics that were met, of 1,024. */
const MATHEMATICS = new Map<string, string>();

/** A name as it reads, for keys of objects. */
export function withoutDisguise(text: string): string {
  return isDisguised(text) ? undisguised(text).plain : text;
}

/** The text as it reads, and where each place of it stands in the text as it is. */
export function undisguised(text: string, share: Share = UNBOUNDED): { plain: string; at: (place: number) => number } {
  let plain = "";
  let done = 0;
  // Behind which place of the plain text the two are how far apart.
  const places: number[] = [0];
  const shifts: number[] = [0];
  for (const match of text.matchAll(DISGUISE)) {
    const [whole, zero, escaped, quotes, letter] = match;
    if (whole === "") continue;
    if (!share.take(1, match.index)) break;
    let instead = "";
    if (escaped !== undefined) {
      const char = String.fromCharCode(Number.parseInt(escaped.slice(-2), 16));
      // Of what a URL escapes, letters and signs; `%20` and `%25` are everyday.
      if (!/[A-Za-z0-9=:"'_-]/.test(char)) continue;
      instead = char;
    } else if (letter !== undefined) {
      instead = LOOKALIKES.get(letter) ?? plainLetter(letter);
    } else if (zero === undefined && quotes === undefined) continue;
    plain += text.slice(done, match.index) + instead;
    done = match.index + whole.length;
    places.push(plain.length);
    shifts.push(done - plain.length);
  }
  plain += text.slice(done);
  return {
    plain,
    at(place) {
      let [low, high] = [0, places.length - 1];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (places[middle]! <= place) low = middle;
        else high = middle - 1;
      }
      return place + shifts[low]!;
    },
  };
}
