// Masks are put into a text once, for all detectors. What they cover is kept beside the text: each mask leaves a commitment.
import { REDACTED } from "./marker.js";
import type { Span } from "./span.js";

/** A value that was masked, with the name of the detector that found it. @internal */
export interface Secret {
  readonly kind: string;
  /** What stood there. Never to be written: only its commitment is. */
  readonly value: string;
  /** Where it stood below the text or value that was given, as in `env.TOKEN`; absent for the text itself. */
  readonly at?: string;
}

/** A text with masks in it, which may be looked at again: a mask can join what stood apart. */
export class Masking {
  readonly #original: string;
  /** In order, over the original text; none overlap. */
  #masks: Span[] = [];
  #text: string;
  /** Shift from the text to the original behind each mask. */
  #ends: number[] = [];

  constructor(original: string) {
    this.#original = original;
    this.#text = original;
  }

  /** The text as it is now. */
  get text(): string {
    return this.#text;
  }

  get count(): number {
    return this.#masks.length;
  }

  /** Whether a span of the current text covers anything that is no mask. */
  isNew(spans: readonly Span[]): boolean {
    return spans.some((span) => span.end > span.start && !this.#isMask(span));
  }

  #isMask({ start, end }: Span): boolean {
    if (end - start >= REDACTED.length) return isMask(this.#text.slice(start, end));
    // A part of a mark is no more than the mark.
    const reach = REDACTED.length - 1;
    const from = Math.max(0, start - reach);
    const mark = this.#text.slice(from, end + reach).indexOf(REDACTED);
    return mark >= 0 && from + mark <= start && from + mark + REDACTED.length >= end;
  }

  /** Adds masks for spans of the current text. False when all of them are masked already. */
  add(spans: readonly Span[]): boolean {
    if (spans.length === 0) return false;
    const added: Span[] = [];
    for (const span of spans) {
      if (span.end <= span.start) continue;
      if (this.#isMask(span)) continue;
      if (this.#masks.length === 0) {
        added.push(span);
        continue;
      }
      const [start, end] = [this.#place(span.start, false), this.#place(span.end, true)];
      if (end > start) added.push({ ...span, start, end });
    }
    if (added.length === 0) return false;
    const masks = merged(this.#masks.length === 0 ? added : [...this.#masks, ...added]);
    if (masks.length === this.#masks.length && masks.every((mask, i) => isSame(mask, this.#masks[i]!))) return false;
    this.#masks = masks;
    this.#write();
    return true;
  }

  /** What the masks cover, in order. A mark that stood in the text from the beginning is none. */
  secrets(): Secret[] {
    return this.#masks.map(({ start, end, kind }) => ({ kind, value: this.#original.slice(start, end) }));
  }

  #write(): void {
    let out = "";
    let done = 0;
    this.#ends = [];
    for (const { start, end, quote = "" } of this.#masks) {
      out += this.#original.slice(done, start) + quote + REDACTED + quote;
      done = end;
      this.#ends.push(out.length);
    }
    this.#text = out + this.#original.slice(done);
  }

  /** The place in the original; inside a mask, that mask's beginning or end. */
  #place(at: number, isEnd: boolean): number {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle]! <= at) low = middle + 1;
      else high = middle;
    }
    // Masks before `low` end at or before `at`.
    const before = this.#masks[low - 1];
    const shift = before === undefined ? 0 : before.end - this.#ends[low - 1]!;
    const mask = this.#masks[low];
    if (mask !== undefined && at + shift > mask.start) return isEnd ? mask.end : mask.start;
    return at + shift;
  }
}

const isMask = (text: string): boolean =>
  text === REDACTED || (text.includes(REDACTED) && text.replaceAll(REDACTED, "").trim() === "");

const isSame = (a: Span, b: Span): boolean => a.start === b.start && a.end === b.end;

/** Overlapping spans become one; it has the kind of the one that begins first, the longer where two begin together. */
function merged(spans: Span[]): Span[] {
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  const out: Span[] = [];
  for (const span of spans) {
    const last = out.at(-1);
    if (last !== undefined && span.start < last.end) {
      if (span.end > last.end) out[out.length - 1] = { start: last.start, end: span.end, kind: last.kind };
    } else out.push(span);
  }
  return out;
}
