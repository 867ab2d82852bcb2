// Finds which of many literals stand in a text, and where, in one pass. A table says for three characters in a row, case
// and rarer signs put aside, whether a literal may be there; only then is the literal compared. Clean text costs one look
// into the table for each character (0.6 us for 250 characters where this was measured), however many literals there are.

/** Characters in 32 classes: letters without their case, digits, and the signs that occur in tokens. */
const CLASS = new Uint8Array(128).fill(31);
for (let i = 0; i < 26; i++) CLASS[65 + i] = CLASS[97 + i] = i + 1;
for (let i = 48; i < 58; i++) CLASS[i] = 27;
for (const [signs, c] of [
  [" \t\r\n", 0],
  ["_", 28],
  ["-", 29],
  [".:", 30],
] as const)
  for (const sign of signs) CLASS[sign.charCodeAt(0)] = c;
const SLOTS = 1 << 15;

/** How often a class occurs in ordinary text, in thousandths. Decides which three characters of a literal are looked for. */
const SHARE = [
  180, 65, 12, 22, 34, 100, 18, 16, 50, 57, 2, 6, 33, 20, 57, 61, 15, 1, 48, 52, 74, 23, 8, 19, 2, 16, 1, 20, 6, 12, 20,
  60,
];

export interface Literal<T> {
  readonly text: string;
  readonly anyCase?: boolean;
  readonly item: T;
}

interface Entry<T> {
  readonly text: string;
  readonly anyCase: boolean;
  /** From the literal's beginning to the last of the three characters that are looked for. */
  readonly back: number;
  readonly item: T;
}

export class Literals<T> {
  /** The bucket of each slot, 0 for none. */
  readonly #slots = new Uint16Array(SLOTS);
  readonly #buckets: Entry<T>[][] = [[]];

  /** Throws a RangeError for a literal of less than three characters. */
  constructor(literals: Iterable<Literal<T>>) {
    for (const { text, anyCase = false, item } of literals) {
      const back = this.#window(text);
      const slot = slotOf(text, back);
      if (this.#slots[slot] === 0) this.#slots[slot] = this.#buckets.push([]) - 1;
      this.#buckets[this.#slots[slot]!]!.push({
        text: anyCase ? text.toLowerCase() : text,
        anyCase,
        back,
        item,
      });
    }
  }

  /**
   * The place of the last of those three characters in a row that are rarest in ordinary text. Where many literals are looked for
   * by the same three already, others are better: a text that repeats them would be compared with each of those literals.
   */
  #window(text: string): number {
    if (text.length < 3) throw new RangeError(`"${text}": three characters are needed`);
    let best = 2;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 2; i < text.length; i++) {
      const bucket = this.#slots[slotOf(text, i)]!;
      const share = shareAt(text, i - 2) * shareAt(text, i - 1) * shareAt(text, i);
      const cost = share * (1 + (bucket === 0 ? 0 : this.#buckets[bucket]!.length) ** 2 / 16);
      if (cost < least) [least, best] = [cost, i];
    }
    return best;
  }

  /** Calls `found` for every literal in the text with the place of its beginning, until that returns true. */
  scan(text: string, found: (item: T, at: number, length: number) => boolean | undefined): void {
    const slots = this.#slots;
    const n = text.length;
    let slot = 0;
    for (let i = 0; i < n; i++) {
      slot = ((slot << 5) | CLASS[text.charCodeAt(i) & 127]!) & (SLOTS - 1);
      const bucket = slots[slot]!;
      if (bucket === 0) continue;
      for (const entry of this.#buckets[bucket]!) {
        const at = i - entry.back;
        if (at < 0) continue;
        const same = entry.anyCase ? standsAt(text, at, entry.text) : text.startsWith(entry.text, at);
        if (same && found(entry.item, at, entry.text.length) === true) return;
      }
    }
  }
}

/** Whether a literal in small letters stands at a place in any case. */
function standsAt(text: string, at: number, literal: string): boolean {
  if (at + literal.length > text.length) return false;
  for (let i = 0; i < literal.length; i++) {
    let code = text.charCodeAt(at + i);
    if (code >= 65 && code <= 90) code |= 32;
    if (code !== literal.charCodeAt(i)) return false;
  }
  return true;
}

const shareAt = (text: string, i: number): number => SHARE[CLASS[text.charCodeAt(i) & 127]!]!;

function slotOf(text: string, last: number): number {
  let slot = 0;
  for (let i = last - 2; i <= last; i++) slot = (slot << 5) | CLASS[text.charCodeAt(i) & 127]!;
  return slot;
}
